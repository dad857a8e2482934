//! One thread that owns a loaded model: requests in, events out.

mod messages;

pub use messages::{Event, JobId, ModelInfo, ModelSource, PaintedStep, Painting, Request};
