//! NVIDIA's GPUs, with the library of onnxruntime-gpu. It needs the driver, and CUDA and cuDNN ([`nvidia`]).

use ort::ep::{self, ExecutionProvider};

use super::{
    super::bundle::{Bundle, wheels},
    description::DeviceDescription,
    nvidia,
};

pub(super) static CUDA: DeviceDescription = DeviceDescription {
    name: "CUDA",
    argument: "cuda",
    summary: "GPUs of NVIDIA, on Linux and Windows",
    remedy: "It needs a GPU of NVIDIA with its driver, CUDA and cuDNN. --device cuda without --offline and \
             --ort-library fetches the last two; `pip install onnxruntime-gpu[cuda,cudnn]` installs them for Python. \
             Or choose --device cpu.",
    is_automatic: true,
    runs_operators: true,
    computes_half: true,
    uses_threads: false,
    library: &LIBRARY,
    extra: Some(&nvidia::LIBRARIES),
    preloaded: None,
    missing_driver: Some(nvidia::missing_driver),
    load_needed: Some(|folder, fetcher| nvidia::load(folder, &LIBRARY, fetcher)),
    plugin: None,
    is_in_library: ep::CUDA::is_available,
    // Left alone, it computes products of f32 with 11 bits, too few to compare by.
    provider: || ep::CUDA::default().with_tf32(false).build(),
    configure: Ok,
    missing_operators: |_| Vec::new(),
};

/// ONNX Runtime with its CUDA provider.
static LIBRARY: Bundle = Bundle {
    name: "ONNX Runtime 1.31.1 for CUDA",
    folder: "cuda",
    provider: if cfg!(windows) {
        "onnxruntime_providers_cuda.dll"
    } else {
        "libonnxruntime_providers_cuda.so"
    },
    requirements: include_str!("../../../../packaging/onnxruntime/cuda.txt"),
    machines: &[
        ("linux", "x86_64", wheels(&["manylinux_2_28_x86_64"], 255_569_273)),
        ("windows", "x86_64", wheels(&["win_amd64"], 168_098_228)),
    ],
};
