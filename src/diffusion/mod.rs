//! From a prompt and noise to a picture: schedulers, guidance and the text-to-image loop.
//!
//! Pure over the traits in [`components`]: it does no I/O and runs as well with a fake UNet.

mod cancel;
mod components;
mod conditioning;
mod live;
mod noise;
mod preview;
pub mod scheduler;
mod settings;
mod start;
mod steer;
mod text_to_image;
mod tokens;

pub use cancel::CancelToken;
pub use components::{Components, Prediction, TextEmbedding, UnetInput};
pub use live::LiveControl;
pub use noise::{GENERATOR, initial_noise, step_noise};
pub use preview::LatentPreview;
pub use settings::{MAX_SIDE, MAX_STEPS, SIZE_STEP, Settings, VAE_FACTOR};
pub use start::{Checkpoint, Start};
pub use steer::{Change, Steer};
pub(crate) use text_to_image::recorded_layers;
pub use text_to_image::{Job, Outcome, Progress, StepReport, text_to_image};
pub use tokens::token_plan;
