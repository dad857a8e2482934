//! One thread that owns a loaded model: requests in, events out.

mod engine;
mod messages;
mod recipe;

pub use engine::{Engine, EngineOptions};
pub use messages::{Event, JobId, ModelInfo, ModelSource, PaintedStep, Painting, Request};
pub use recipe::Recipe;
