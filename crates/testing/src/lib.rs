//! What the tests and benches of several crates share. Its functions panic where a test would fail.
//!
//! * [`runtime`], [`engine`] and related functions: ONNX Runtime and the embedded model, loaded alike for all tests,
//! * [`scenes`]: a copy of the embedded model, to change; [`variants`]: copies changed into SDXL's relatives,
//! * [`fake`]: a scripted model for the worker, without files and without ONNX Runtime,
//! * [`hub`]: a hub to download from,
//! * [`reference`]: what an independent implementation computed,
//! * [`cross_attention_graph`]: graphs of one layer,
//! * [`untrusted`]: every reader of anybody's bytes, for fuzzers and for the inputs that they found.
//!
//! What this is not: part of the program, or a place for what only one crate's tests need. Unit tests of the crates
//! that it depends on cannot use their types through it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

pub mod cross_attention_graph;
mod engines;
pub mod fake;
pub mod hub;
mod ports;
pub mod reference;
mod scenes;
#[path = "../../core/src/model/tiny_graph.rs"]
#[expect(dead_code, reason = "the tests of the module `model` write whole graphs with it")]
mod tiny_graph;
pub mod untrusted;
pub mod variants;

use std::path::{Path, PathBuf};

pub use engines::{engine, engine_of, library_options, load, runtime};
pub use scenes::{scenes, set};

/// A file of the repository, by its path from the repository's root.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// Where all tests keep what they fetch: in the build folder, never in the user's data folder.
pub fn data_dir() -> PathBuf {
    in_repository("target/tmp")
}
