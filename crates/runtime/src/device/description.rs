//! What a device is: all that the program knows of an execution provider, in one value. This file says which facts
//! there are; the files beside it state them, and [`Device`](super::Device) lists those.

use std::path::Path;

use ort::{environment::Environment, ep::ExecutionProviderDispatch, session::builder::SessionBuilder};

use super::super::{bundle::Bundle, fetcher::Fetcher};
use tauscope_core::error::Result;
use tauscope_onnx::Graph;

/// An execution provider of ONNX Runtime, and what it takes to run there.
///
/// No field has a default, so a new device has to answer every question.
pub(crate) struct DeviceDescription {
    /// For people: "DirectML".
    pub(crate) name: &'static str,
    /// As the command line takes it: "directml".
    pub(crate) argument: &'static str,
    /// What it runs on, as the command line's help lists it.
    pub(crate) summary: &'static str,
    /// What helps if it cannot be used.
    pub(crate) remedy: &'static str,
    /// Whether it is taken unasked if the library has it and it starts.
    pub(crate) is_automatic: bool,
    /// Whether `operators` has kernels for it.
    pub(crate) runs_operators: bool,
    /// Whether it computes in half precision what is stored in it.
    pub(crate) computes_half: bool,
    /// Whether it computes on the threads that a session is given.
    pub(crate) uses_threads: bool,

    /// The ONNX Runtime that has it.
    pub(crate) library: &'static Bundle,
    /// What else is fetched for it.
    pub(crate) extra: Option<&'static Bundle>,
    /// A library beside ONNX Runtime's that is loaded first, since the system may have an older one of the same name.
    pub(crate) preloaded: Option<&'static str>,

    /// Says that the driver is missing, without which no library helps. `None` if that shows only when the device is
    /// tried.
    pub(crate) missing_driver: Option<fn() -> Option<Missing>>,
    /// Loads what the provider needs besides the ONNX Runtime in the folder, and says what is missing.
    pub(crate) load_needed: Option<LoadNeeded>,
    /// How it comes to an ONNX Runtime that was built without it.
    pub(crate) plugin: Option<Plugin>,

    /// Whether the loaded library was built with it, which says nothing of the machine.
    pub(crate) is_in_library: fn() -> ort::Result<bool>,
    /// The provider, configured to be as exact as the graph.
    pub(crate) provider: fn() -> ExecutionProviderDispatch,
    /// Sets what its sessions want besides the provider.
    pub(crate) configure: fn(SessionBuilder) -> ort::Result<SessionBuilder>,
    /// The operators of a graph that it is known not to have; none if its provider says that well enough itself.
    pub(crate) missing_operators: fn(&Graph) -> Vec<&str>,
}

/// What a device lacks, as a clause that follows a colon: "libcudnn.so.9 is missing".
pub(crate) type Missing = String;

/// Loads libraries for the ONNX Runtime in a folder, fetched where they are not found.
pub(crate) type LoadNeeded = fn(&Path, &mut Fetcher<'_>) -> Result<Option<Missing>>;

/// A provider in a library of its own, which any ONNX Runtime takes in.
#[derive(Clone, Copy)]
pub(crate) struct Plugin {
    /// Finds or fetches the library and registers it, and says what is missing.
    pub(crate) register: fn(&Environment, &mut Fetcher<'_>) -> Result<Option<Missing>>,
    /// What it offers on this machine, once it is registered.
    pub(crate) offered: for<'a> fn(&'a Environment) -> Option<ort::device::Device<'a>>,
    /// What a session of a serialised graph is configured with.
    pub(crate) options: fn(&[u8]) -> Vec<(String, String)>,
}
