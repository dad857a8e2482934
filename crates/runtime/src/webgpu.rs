//! WebGPU as a plugin: a library of its own that any ONNX Runtime takes in, found in a Python package or fetched.

use std::path::PathBuf;

use ort::environment::Environment;

use super::{
    Device, LibraryOptions,
    bundle::WEBGPU,
    fetch::{self, FetchProgress},
    pip::Pip,
    python,
};
use tauscope_core::{CancelToken, error::Result};
use tauscope_onnx::reductions_of_empty_tensors;

/// The Python package that holds the plugin.
const PACKAGE: &str = "onnxruntime_ep_webgpu";

/// The provider, as ONNX Runtime calls it.
const PROVIDER: &str = "WebGpuExecutionProvider";

const LIBRARY: &str = if cfg!(windows) {
    "onnxruntime_providers_webgpu.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime_providers_webgpu.dylib"
} else {
    "libonnxruntime_providers_webgpu.so"
};

/// Takes in the plugin, found or else fetched, and says what keeps it from being used, as it is to be read after a
/// colon.
///
/// # Errors
/// Those of [`fetch::fetch`].
pub(super) fn register(
    environment: &Environment,
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Option<String>> {
    let Some(path) = find(options, progress, cancel)? else {
        return Ok(Some(format!("its plugin {LIBRARY} is missing")));
    };
    if let Err(error) = environment.register_ep_library(PACKAGE, &path) {
        return Ok(Some(format!("its plugin {} is refused ({error})", path.display())));
    }
    let none = device(environment, Device::WebGpu).is_none();
    Ok(none.then(|| "ONNX Runtime finds no GPU on this machine".to_owned()))
}

/// What sessions on `device` are made with if that is the plugin's: the first GPU.
pub(super) fn device(environment: &Environment, device: Device) -> Option<ort::device::Device<'_>> {
    let is_ours = |offered: &ort::device::Device<'_>| offered.ep().is_ok_and(|name| name == PROVIDER);
    environment.devices().find(is_ours).filter(|_| device == Device::WebGpu)
}

/// What its sessions of `graph` are configured with: it refuses some reductions of empty tensors, which the CPU is left
/// with.
pub(super) fn options(graph: &[u8]) -> [(String, String); 1] {
    [(format!("{PROVIDER}.forceCpuNodeNames"), reductions_of_empty_tensors(graph).join("\n"))]
}

fn find(
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Option<PathBuf>> {
    let there = |folder: PathBuf| Some(folder.join(LIBRARY)).filter(|path| path.is_file());
    let fetched = options.library_folder();
    if let Some(path) = fetched.as_ref().and_then(|folder| there(folder.join(WEBGPU.folder))) {
        return Ok(Some(path));
    }
    if let Some(path) = python::folders(PACKAGE, cancel).into_iter().find_map(there) {
        return Ok(Some(path));
    }
    match (fetched, WEBGPU.wheels()) {
        (Some(folder), Some(wheels)) if !options.offline => {
            fetch::fetch(&folder, &WEBGPU, wheels, &Pip::usual(), progress, cancel).map(there)
        }
        _ => Ok(None),
    }
}
