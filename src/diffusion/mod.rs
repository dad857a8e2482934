//! From a prompt and noise to a picture: schedulers, guidance and the text-to-image loop.
//!
//! Pure over the traits in [`components`]: it does no I/O and runs as well with a fake UNet.

mod cancel;
mod components;
mod noise;
pub mod scheduler;

pub use cancel::CancelToken;
pub use components::{Components, Prediction, TextEmbedding, UnetInput};
pub use noise::{GENERATOR, initial_noise, step_noise};
