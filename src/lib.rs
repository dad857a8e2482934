//! Tauscope: watch Stable Diffusion XL paint, see where every word looks, and steer it.
//!
//! The crate is one program; `main.rs` is its entry. The rooms, from the ground up:
//!
//! * [`error`]: the one error type,
//! * [`onnx`], [`model`], [`operators`]: graphs as data, folders on disk, attention kernels,
//! * [`runtime`], [`attention`], [`prompt`]: sessions, control and record, text,
//! * [`diffusion`]: from noise to a picture, over traits,
//! * [`hub`]: models of Hugging Face, in its cache or downloaded into it,
//! * [`worker`]: the one thread that owns a loaded model,
//! * [`export`]: pictures and maps as files,
//! * [`history`]: finished paintings, kept on disk,
//! * [`app`], [`cli`]: the window and the command line.
//!
//! `ARCHITECTURE.md` tells how they fit together and which rules hold between them.

pub mod app;
pub mod attention;
pub mod cli;
pub mod diffusion;
pub mod error;
pub mod export;
pub mod history;
pub mod hub;
pub mod model;
pub mod onnx;
pub mod operators;
pub mod prompt;
pub mod runtime;
pub mod worker;

pub use error::{Error, Result};
