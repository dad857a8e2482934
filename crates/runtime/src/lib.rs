//! The ONNX Runtime library, execution providers and sessions: the only room besides `operators` that knows `ort`.
//!
//! [`Runtime::start`] finds the shared library (or fetches it with pip) and loads it, once per process.
//! [`choose_device`] finds out where graphs can run. [`open_session`] makes a session of a graph in memory, [`run`] runs
//! it so that it can be cancelled, [`Sdxl`] is a whole model of them, [`Memory`] says what the process takes, and
//! [`MemoryPlan`] what is kept in it. What this is not: the attention operators
//! (`operators`) or the loop that calls the sessions (`diffusion`).

mod bound;
mod bundle;
mod can_run;
mod child;
mod cpu_operators;
mod decoder;
mod device;
mod embeddings;
mod environment;
mod failure;
mod fetch;
mod file_name;
mod fixed_shapes;
mod guidance;
mod heap;
mod library;
mod memory;
mod memory_plan;
mod nvidia;
mod operator_probe;
pub mod operators;
mod pip;
mod python;
mod run;
mod sdxl;
mod self_test;
mod session;
mod tensor;
mod text_encoders;
mod untouched;
mod webgpu;
mod weight_files;
mod wheel;

pub use cpu_operators::runs_on_cpu;
pub use device::{ChosenDevice, Device, choose_device};
pub use environment::Runtime;
pub use fetch::{FetchProgress, FetchStage};
pub use library::LibraryOptions;
pub use memory::{Memory, peak_resident_bytes};
pub use memory_plan::{Keep, LowMemory, MemoryPlan};
pub use operator_probe::operators_refused;
pub use run::run;
pub use sdxl::Sdxl;
pub use self_test::{SelfTest, self_test};
pub use session::{SessionOptions, open_session, physical_cores};
pub use untouched::{ProbeInput, UntouchedUnet};
