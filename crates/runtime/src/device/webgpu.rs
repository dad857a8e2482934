//! Any GPU by way of WebGPU, a plugin: a library of its own that any ONNX Runtime takes in, found in a Python package or
//! fetched.

use std::path::PathBuf;

use ort::{
    environment::Environment,
    ep::{self, ExecutionProvider},
};

use super::{
    super::{
        bundle::{Bundle, wheels},
        fetcher::Fetcher,
        python,
    },
    cpu,
    description::{DeviceDescription, Missing, Plugin},
};
use tauscope_core::error::Result;
use tauscope_onnx::reductions_of_empty_tensors;

pub(super) static WEBGPU: DeviceDescription = DeviceDescription {
    name: "WebGPU",
    argument: "webgpu",
    summary: "Any GPU",
    remedy: "It needs a GPU with its driver, on Linux for Vulkan (`sudo apt install libvulkan1`). --device webgpu \
             without --offline fetches the plugin; `pip install onnxruntime-ep-webgpu` installs it for Python. Or \
             choose --device cpu.",
    is_automatic: false,
    runs_operators: false,
    computes_half: true,
    uses_threads: false,
    library: &cpu::LIBRARY,
    extra: Some(&PLUGIN),
    preloaded: None,
    missing_driver: None,
    load_needed: None,
    plugin: Some(Plugin { register, offered, options }),
    is_in_library: ep::WebGPU::is_available,
    provider: || ep::WebGPU::default().build(),
    configure: Ok,
    missing_operators: |_| Vec::new(),
};

/// The WebGPU provider, a plugin.
static PLUGIN: Bundle = Bundle {
    name: "the WebGPU plugin 0.4.0",
    folder: "webgpu",
    provider: "",
    requirements: include_str!("../../../../packaging/onnxruntime/webgpu.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 6_892_120)),
        ("linux", "aarch64", wheels(&["manylinux_2_28_aarch64"], 6_096_222)),
        ("macos", "aarch64", wheels(&["macosx_14_0_arm64", "macosx_14_0_universal2"], 5_200_679)),
        ("windows", "x86_64", wheels(&["win_amd64"], 13_149_847)),
    ],
};

/// The Python package that holds the plugin.
const PACKAGE: &str = "onnxruntime_ep_webgpu";

/// The plugin's library.
const LIBRARY: &str = if cfg!(windows) {
    "onnxruntime_providers_webgpu.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime_providers_webgpu.dylib"
} else {
    "libonnxruntime_providers_webgpu.so"
};

/// Registers the plugin, found or else fetched, and says what is missing.
///
/// # Errors
/// As [`Fetcher::fetch`].
fn register(environment: &Environment, fetcher: &mut Fetcher<'_>) -> Result<Option<Missing>> {
    let Some(path) = find(fetcher)? else {
        return Ok(Some(format!("its plugin {LIBRARY} is missing")));
    };
    if let Err(error) = environment.register_ep_library(PACKAGE, &path) {
        return Ok(Some(format!("its plugin {} is refused ({error})", path.display())));
    }
    let is_without = offered(environment).is_none();
    Ok(is_without.then(|| "ONNX Runtime finds no GPU on this machine".to_owned()))
}

/// The first GPU that the plugin offers.
fn offered(environment: &Environment) -> Option<ort::device::Device<'_>> {
    environment.devices().find(|device| device.ep().is_ok_and(|name| name == ep::WebGPU::NAME))
}

/// It refuses some reductions of empty tensors, which are left to the CPU.
fn options(graph: &[u8]) -> Vec<(String, String)> {
    let nodes = reductions_of_empty_tensors(graph).join("\n");
    vec![(format!("{}.forceCpuNodeNames", ep::WebGPU::NAME), nodes)]
}

fn find(fetcher: &mut Fetcher<'_>) -> Result<Option<PathBuf>> {
    let library_in = |folder: PathBuf| Some(folder.join(LIBRARY)).filter(|path| path.is_file());
    if let Some(path) = fetcher.place(&PLUGIN).and_then(library_in) {
        return Ok(Some(path));
    }
    if let Some(path) = python::folders(PACKAGE, fetcher.cancel).into_iter().find_map(library_in) {
        return Ok(Some(path));
    }
    Ok(fetcher.fetch(&PLUGIN)?.and_then(library_in))
}
