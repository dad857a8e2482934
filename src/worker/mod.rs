//! One thread that owns a loaded model: requests in, events out.
//!
//! [`Worker`] is the side that the window holds; none of its calls waits for the model. What a model is lies behind
//! [`Loader`] and [`Painter`]: [`Engine`] is the real one, and [`fake`] scripts one for tests. [`GroupFinder`] is a second, small thread,
//! for the entities of a prompt. What this is not: the text-to-image loop (see [`crate::diffusion`]), or anything that
//! knows of windows.

mod borrowed;
mod branch;
mod decode;
mod engine;
pub mod fake;
mod groups;
mod handle;
mod kept_maps;
mod look;
mod mailbox;
mod messages;
mod model;
mod painting;
mod panics;
mod reader;
mod recipe;
mod state;
mod studio;

pub use borrowed::{Borrowed, settings_of_picture};
pub use branch::{Branch, BranchedFrom, from_the_seed};
pub use decode::{Decode, Decoded};
pub use engine::{Engine, EngineLoader, EngineOptions};
pub use groups::{Answer, GroupFinder, find_groups};
pub use handle::Worker;
pub use kept_maps::KeptMaps;
pub use look::{Look, Looked};
pub use messages::{Event, JobId, ModelInfo, ModelSource, Request};
pub use model::{Commission, LoadedModel, Loader, Painter};
pub use painting::{PaintedStep, Painting, Stage};
pub use reader::Reader;
pub use recipe::Recipe;
