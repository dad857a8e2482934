//! ONNX Runtime with what Tauscope puts into it: its operators, rewritten graphs, weights beside their graphs, and pictures
//! that come of all that. One library and one environment of it serve all of these tests, as they serve the program.

mod decode;
mod forms;
mod network;
mod operators_in_ort;
mod patch_rows;
mod portable;
mod rewritten;
mod sessions;
#[cfg(unix)]
mod weight_files;
