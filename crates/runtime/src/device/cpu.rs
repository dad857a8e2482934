//! ONNX Runtime's own CPU provider, which every library has.

use ort::{
    ep::{self, ExecutionProvider},
    session::builder::AutoDevicePolicy,
};

use super::{
    super::bundle::{Bundle, wheels},
    description::DeviceDescription,
};
use tauscope_onnx::Graph;

pub(super) static CPU: DeviceDescription = DeviceDescription {
    name: "CPU",
    argument: "cpu",
    summary: "The processor; every ONNX Runtime library has it",
    remedy: "Choose another device with --device.",
    is_automatic: false,
    runs_operators: true,
    computes_half: false,
    uses_threads: true,
    library: &LIBRARY,
    extra: None,
    preloaded: None,
    missing_driver: None,
    load_needed: None,
    plugin: None,
    is_in_library: ep::CPU::is_available,
    provider: || ep::CPU::default().with_arena_allocator(true).build(),
    // Left alone, `ort` lets ONNX Runtime choose a device.
    configure: |builder| Ok(builder.with_auto_device(AutoDevicePolicy::PreferCPU)?),
    missing_operators: Graph::gpu_only,
};

/// ONNX Runtime for the CPU.
pub(super) static LIBRARY: Bundle = Bundle {
    name: "ONNX Runtime 1.32.0",
    folder: "cpu",
    provider: "",
    requirements: include_str!("../../../../packaging/onnxruntime/cpu.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 27_780_211)),
        ("linux", "aarch64", wheels(&["manylinux_2_28_aarch64"], 23_196_724)),
        ("macos", "aarch64", wheels(&["macosx_14_0_arm64"], 22_519_308)),
        ("windows", "x86_64", wheels(&["win_amd64"], 16_698_767)),
    ],
};
