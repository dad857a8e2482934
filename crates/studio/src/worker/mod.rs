//! One thread that owns a loaded model: requests in, events out.
//!
//! [`Worker`] is the side that the window holds; none of its calls waits for the model. It reaches the model through
//! [`ModelLoader`] and [`Painter`]: [`Engine`] is the real one, and tests script one (`tauscope-testing`).
//! [`EntityFinder`] is a second, small thread, for the entities of a prompt. What this is not: the text-to-image loop
//! (see [`tauscope_core::diffusion`]), or anything that knows about windows.

mod decode;
mod engine;
mod entity_finder;
mod handle;
mod look;
mod mailbox;
mod messages;
mod model;
mod reader;
mod state;
mod studio;

pub use decode::{Decode, Decoded};
pub use engine::{Engine, EngineLoader, EngineOptions};
pub use entity_finder::{Answer, EntityFinder, find_entities};
pub use handle::Worker;
pub use look::{Look, Looked};
pub use messages::{Event, Request};
pub use model::{Commission, LoadedModel, ModelLoader, Painter};
pub use reader::Reader;
