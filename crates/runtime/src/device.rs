//! Where graphs run, and why not elsewhere: execution providers are tried before a model is loaded, so that a refused
//! one is told in a sentence and never replaced in silence.

use std::fmt;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

use super::{Runtime, SessionOptions, nvidia, open_session, operator_probe::operators_refused, webgpu};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};
use tauscope_onnx::probe_graph;

/// An execution provider of ONNX Runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Device {
    /// ONNX Runtime's own CPU provider.
    #[default]
    Cpu,
    /// NVIDIA's GPUs, with the library of onnxruntime-gpu.
    Cuda,
    /// GPUs on Windows, with the library of onnxruntime-directml.
    DirectMl,
    /// Intel's OpenVINO on the CPU, with the library of onnxruntime-openvino.
    OpenVino,
    /// Any GPU, with the plugin of onnxruntime-ep-webgpu or a library that has it.
    WebGpu,
}

/// What runs, and what was not to be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenDevice {
    /// What runs.
    pub device: Device,
    /// Why a better one that the library has does not: "no CUDA: libcudnn.so.9 is missing".
    pub refused: Option<String>,
    /// Why the program's own operators do not run there, though they should; the portable graph takes their place.
    pub operators_refused: Option<String>,
}

impl ChosenDevice {
    /// `options`, for a session on this device.
    pub fn session(&self, options: &SessionOptions) -> SessionOptions {
        SessionOptions {
            device: Some(self.device),
            portable: options.portable || self.operators_refused.is_some(),
            ..options.clone()
        }
    }

    /// What is not as it should be, if something is not.
    pub fn remark(&self) -> Option<String> {
        let operators = self.operators_refused.as_ref();
        self.refused.clone().or_else(|| operators.map(|reason| format!("no attention operator: {reason}")))
    }
}

impl Device {
    /// The better devices, the best first.
    const GPUS: [Self; 2] = [Self::Cuda, Self::DirectMl];

    /// Whether there are operators of the program's own for it. DirectML runs none of anybody's.
    pub fn runs_operators(self) -> bool {
        matches!(self, Self::Cpu | Self::Cuda)
    }

    /// What a session is configured with.
    pub(super) fn provider(self) -> ExecutionProviderDispatch {
        let provider = match self {
            Self::Cpu => ep::CPU::default().with_arena_allocator(true).build(),
            // As exact as the graph: left alone, products of f32 have 11 bits, too few to compare by.
            Self::Cuda => ep::CUDA::default().with_tf32(false).build(),
            Self::DirectMl => ep::DirectML::default().build(),
            // As exact as the graph: left alone, it computes in half precision where the processor can.
            Self::OpenVino => ep::OpenVINO::default().with_precision("ACCURACY").build(),
            Self::WebGpu => ep::WebGPU::default().build(),
        };
        provider.error_on_failure()
    }

    /// Whether the library was built with it. That says nothing of the machine.
    pub(super) fn is_in_library(self) -> bool {
        let found = match self {
            Self::Cpu => return true,
            Self::Cuda => ep::CUDA::is_available(),
            Self::DirectMl => ep::DirectML::is_available(),
            Self::OpenVino => ep::OpenVINO::is_available(),
            Self::WebGpu => ep::WebGPU::is_available(),
        };
        found.unwrap_or(false)
    }

    /// What helps if it is refused.
    fn remedy(self) -> &'static str {
        match self {
            Self::Cpu => "Choose another device with --device.",
            Self::Cuda => {
                "It needs a GPU of NVIDIA with its driver, CUDA and cuDNN. --device cuda without --offline and \
                 --ort-library fetches the last two; `pip install onnxruntime-gpu[cuda,cudnn]` installs them for \
                 Python. Or choose --device cpu."
            }
            Self::OpenVino => {
                "On Linux (x86_64), --device openvino without --offline and --ort-library fetches it. Or choose \
                 --device cpu."
            }
            Self::WebGpu => {
                "It needs a GPU with its driver, on Linux for Vulkan (`sudo apt install libvulkan1`). --device webgpu \
                 without --offline fetches the plugin; `pip install onnxruntime-ep-webgpu` installs it for Python. Or \
                 choose --device cpu."
            }
            Self::DirectMl => {
                "On Windows, --device directml without --offline and --ort-library fetches it. Or choose --device cpu."
            }
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::DirectMl => "DirectML",
            Self::OpenVino => "OpenVINO",
            Self::WebGpu => "WebGPU",
        })
    }
}

/// Finds out what runs: the device of `options`, or the best that the library has and this machine can start; and
/// whether the program's own operators do there what they should, unless the portable graph is wanted.
///
/// # Errors
/// [`Error::Library`] if the wanted device cannot be used, with the reason; [`Error::Cancelled`].
pub fn choose_device(
    runtime: &Runtime,
    options: &SessionOptions,
    cancel: &CancelToken,
) -> Result<ChosenDevice> {
    let wanted = options.device;
    let device = match wanted {
        Some(device) => device,
        None => Device::GPUS.into_iter().find(|gpu| gpu.is_in_library()).unwrap_or_default(),
    };
    let mut refused = refusal(runtime, device, cancel)?;
    let mut unfit = None;
    if refused.is_none() && device == Device::Cuda && !options.portable {
        unfit = operators_refused(runtime, device, cancel)?;
        // A kernel that fails in its middle leaves nothing on the GPU that works.
        if let Some(reason) = &unfit
            && refusal(runtime, device, cancel)?.is_some()
        {
            refused =
                Some(format!("the attention operator failed on it ({reason}); --portable does without"));
        }
    }
    let Some(reason) = refused else {
        let refused = (wanted.is_none() && device == Device::Cpu).then(nvidia::hint).flatten();
        return Ok(ChosenDevice { device, refused, operators_refused: unfit });
    };
    match wanted {
        Some(_) => Err(Error::Library {
            problem: format!("{device} cannot be used: {reason}."),
            remedy: device.remedy().into(),
        }),
        None => {
            let refused = Some(format!("no {device}: {reason}"));
            Ok(ChosenDevice { refused, ..ChosenDevice::default() })
        }
    }
}

/// Why the device cannot be used, if it cannot; as it is to be read after a colon.
fn refusal(runtime: &Runtime, device: Device, cancel: &CancelToken) -> Result<Option<String>> {
    if device == Device::Cpu {
        return Ok(None);
    }
    if device == Device::Cuda
        && let Some(reason) = nvidia::no_driver()
    {
        return Ok(Some(reason));
    }
    if let Some(missing) = runtime.missing_for(device) {
        return Ok(Some(missing.to_owned()));
    }
    if !device.is_in_library() && webgpu::device(runtime.environment(), device).is_none() {
        let library = runtime.library_path().display();
        return Ok(Some(format!("the ONNX Runtime library {library} was built without it")));
    }
    let options = SessionOptions { device: Some(device), threads: 1, ..SessionOptions::default() };
    match open_session(runtime, &probe_graph(), None, &options, None, "trying the device", cancel) {
        Ok(_) => Ok(None),
        Err(Error::Runtime { detail, .. }) => Ok(Some(reason(&detail))),
        Err(error) => Err(error),
    }
}

/// The point of what ONNX Runtime says: the missing library if it names one, what CUDA said, else its own words.
fn reason(message: &str) -> String {
    // "... with error: libcudnn.so.9: cannot open shared object file: No such file or directory"
    let before = message.split(": cannot open shared object file").next().filter(|part| *part != message);
    let linux = before.and_then(|part| part.rsplit([' ', '\n']).next());
    // "Error loading "..._cuda.dll" which depends on "cublasLt64_13.dll" which is missing."
    let after = message.split_once("which depends on \"");
    let windows = after.and_then(|(_, rest)| rest.split('"').next());
    if let Some(library) = linux.or(windows) {
        return format!("{library} is missing");
    }
    // "... CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=..."
    let cuda = message.find("CUDA failure").map(|start| &message[start..]);
    let point = cuda.and_then(|said| said.split(" ;").next()).unwrap_or(message);
    point.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_library_is_named() {
        fn check(message: &str, expected: &str) {
            assert_eq!(reason(message), expected);
        }
        check(
            "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2251 TryGetProviderInfo_CUDA \
             [ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: \
             libcublasLt.so.13: cannot open shared object file: No such file or directory\n",
            "libcublasLt.so.13 is missing",
        );
        check(
            "Error loading \"C:\\ort\\onnxruntime_providers_cuda.dll\" which depends on \"cudnn64_9.dll\" which is missing.",
            "cudnn64_9.dll is missing",
        );
        check(
            "/onnxruntime_src/cuda_call.cc:146 [with ERRTYPE = cudaError] CUDA failure 100: no CUDA-capable device is \
             detected ; GPU=-1 ; hostname=vm ; expr=cudaSetDevice(info_.device_id);",
            "CUDA failure 100: no CUDA-capable device is detected",
        );
    }
}
