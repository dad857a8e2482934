//! The core of Tauscope, without a runtime and without a window: prompts, attention, and the loop from noise to a picture.
//!
//! From the bottom up: [`error`], [`caught()`], [`CancelToken`], [`write_file()`], [`data_folder()`] and [`units`]; [`model`], a model
//! folder, checked before anything is loaded; [`attention`], controls and maps; [`prompt`], text and its tokens;
//! [`diffusion`], schedulers and the text-to-image loop over traits. Sessions are in `tauscope-runtime`, files of pictures
//! and maps in `tauscope-studio`.

pub mod attention;
mod cancel;
mod data_folder;
pub mod diffusion;
pub mod error;
pub mod model;
mod panics;
pub mod prompt;
pub mod units;
mod write_file;

pub use cancel::CancelToken;
pub use data_folder::data_folder;
pub use error::{Error, Result};
pub use panics::caught;
pub use write_file::write_file;
