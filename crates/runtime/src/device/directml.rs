//! GPUs on Windows, with the library of onnxruntime-directml. It runs no custom operators.

use ort::ep::{self, ExecutionProvider};

use super::{
    super::bundle::{Bundle, wheels},
    description::DeviceDescription,
};

/// DirectML itself. It tells this ONNX Runtime from others, and is newer than the one that Windows has.
const DIRECTML_DLL: &str = "DirectML.dll";

pub(super) static DIRECTML: DeviceDescription = DeviceDescription {
    name: "DirectML",
    argument: "directml",
    summary: "Any GPU, on Windows",
    remedy: "On Windows, --device directml without --offline and --ort-library fetches it. Or choose --device cpu.",
    is_automatic: true,
    runs_operators: false,
    computes_half: true,
    uses_threads: false,
    library: &LIBRARY,
    extra: None,
    preloaded: Some(DIRECTML_DLL),
    missing_driver: None,
    load_needed: None,
    plugin: None,
    is_in_library: ep::DirectML::is_available,
    provider: || ep::DirectML::default().build(),
    // It wants sizes to be free from run to run, and one node after the other.
    configure: |builder| Ok(builder.with_memory_pattern(false)?.with_parallel_execution(false)?),
    missing_operators: |_| Vec::new(),
};

/// ONNX Runtime with its DirectML provider, and DirectML.
static LIBRARY: Bundle = Bundle {
    name: "ONNX Runtime 1.24.4 for DirectML",
    folder: "directml",
    provider: DIRECTML_DLL,
    requirements: include_str!("../../../../packaging/onnxruntime/directml.txt"),
    machines: &[("windows", "x86_64", wheels(&["win_amd64"], 25_111_930))],
};
