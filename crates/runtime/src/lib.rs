//! The ONNX Runtime library, its devices and sessions: the only room besides `operators` that knows `ort`.
//!
//! [`Runtime::start`] finds the shared library (or fetches it with pip) and loads it, once per process. A [`Device`] is
//! one of its execution providers, and [`choose_device`] finds out which one can run graphs here. [`open_session`] makes a
//! session of a graph in memory, [`run`] runs it so that it can be cancelled, and [`Sdxl`] is a whole model of them.
//! [`Network`] is any other graph.
//! [`Memory`] says what the process takes, and [`MemoryPlan`] decides what stays loaded. What this is not: the attention
//! operators (`operators`) or the loop that calls the sessions (`diffusion`).

mod bound;
mod bundle;
mod can_run;
mod child;
mod choose_device;
mod cpu_operators;
mod decoder;
mod device;
mod embeddings;
mod environment;
mod failure;
mod fetch;
mod fetch_lock;
mod fetch_progress;
mod fetcher;
mod file_name;
mod fixed_shapes;
mod guidance;
mod heap;
mod library;
mod library_options;
mod load_library;
mod memory;
mod memory_plan;
mod network;
mod operator_probe;
pub mod operators;
mod pip;
mod python;
mod run;
mod sdxl;
mod self_test;
mod session;
mod session_loader;
mod session_options;
mod tensor;
mod text_encoders;
mod text_memory;
mod unet;
mod unet_inputs;
mod untouched;
mod weight_files;
mod wheel;

pub use choose_device::{ChosenDevice, choose_device};
pub use cpu_operators::runs_on_cpu;
pub use device::Device;
pub use environment::Runtime;
pub use fetch_progress::{FetchProgress, FetchStage};
pub use library_options::LibraryOptions;
pub use memory::{Memory, peak_resident_bytes};
pub use memory_plan::{Keep, MemoryPlan};
pub use network::{Feed, Network};
pub use operator_probe::operators_refused;
pub use run::run;
pub use sdxl::Sdxl;
pub use self_test::{SelfTest, self_test};
pub use session::open_session;
pub use session_options::{LowMemory, SessionOptions, physical_cores};
pub use untouched::{ProbeInput, UntouchedUnet};
