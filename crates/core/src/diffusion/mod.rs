//! From a prompt and noise to a picture: schedulers, guidance and the text-to-image loop.
//!
//! [`text_to_image()`] paints; [`look_at_patch()`] runs one step again to see where a place looks. Pure over the traits in
//! [`components`]: it does no I/O and runs as well with a fake UNet.

mod components;
mod conditioning;
mod decode;
mod defaults;
mod live;
mod look_at_patch;
mod noise;
mod notice;
mod preview;
pub mod scheduler;
mod settings;
mod soundness;
mod start;
mod steer;
mod structured;
mod text_to_image;
mod tiles;
mod tokens;
mod whose;

pub use components::{Components, Prediction, TextEmbedding, UnetInput};
pub use decode::decode;
pub use defaults::Defaults;
pub use live::LiveControl;
pub use look_at_patch::look_at_patch;
pub use noise::{GENERATOR, initial_noise, step_noise};
pub use notice::Notice;
pub use preview::LatentPreview;
pub use settings::{MAX_PROMPT_BYTES, MAX_SIDE, MAX_STEPS, SIZE_STEP, Settings, VAE_FACTOR};
pub use soundness::{PictureFault, hints};
pub use start::{Checkpoint, Start};
pub use steer::{Change, Steer};
pub use structured::value_context;
pub use text_to_image::{Job, Outcome, Progress, StepReport, recorded_layer, text_to_image};
pub use tiles::Tiles;
pub use tokens::token_plan;
