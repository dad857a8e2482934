//! Intel's OpenVINO on the CPU, with the library of onnxruntime-openvino.

use ort::ep::{self, ExecutionProvider};

use super::{
    super::bundle::{Bundle, wheels},
    description::DeviceDescription,
};

pub(super) static OPENVINO: DeviceDescription = DeviceDescription {
    name: "OpenVINO",
    argument: "openvino",
    summary: "The processor by way of Intel's OpenVINO, on Linux",
    remedy: "On Linux (x86_64), --device openvino without --offline and --ort-library fetches it. Or choose --device \
             cpu.",
    is_automatic: false,
    runs_operators: false,
    computes_half: true,
    uses_threads: false,
    library: &LIBRARY,
    extra: None,
    preloaded: None,
    missing_driver: None,
    load_needed: None,
    plugin: None,
    is_in_library: ep::OpenVINO::is_available,
    // Left alone, it computes in half precision where the processor can.
    provider: || ep::OpenVINO::default().with_precision("ACCURACY").build(),
    configure: Ok,
    missing_operators: |_| Vec::new(),
};

/// ONNX Runtime with its OpenVINO provider, and OpenVINO.
static LIBRARY: Bundle = Bundle {
    name: "ONNX Runtime 1.24.1 for OpenVINO",
    folder: "openvino",
    provider: "libonnxruntime_providers_openvino.so",
    requirements: include_str!("../../../../packaging/onnxruntime/openvino.txt"),
    machines: &[("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 84_433_207))],
};
