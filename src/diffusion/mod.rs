//! From a prompt and noise to a picture: schedulers, guidance and the text-to-image loop.
//!
//! Pure over the traits in [`components`]: it does no I/O and runs as well with a fake UNet.

mod cancel;
mod components;
pub mod scheduler;

pub use cancel::CancelToken;
pub use components::{Components, Prediction, TextEmbedding, UnetInput};
