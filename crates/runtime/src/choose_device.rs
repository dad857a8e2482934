//! Where graphs run, and why not elsewhere: a device is tried before a model is loaded, so that people learn in a
//! sentence why it cannot be used, and it is never replaced in silence.

use super::{
    Device, Runtime, SessionOptions, device::Missing, open_session, operator_probe::operators_refused,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    units,
};
use tauscope_onnx::probe_graph;

/// The device that runs, and what is amiss with it or a better one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenDevice {
    /// What runs.
    pub device: Device,
    /// Why a better device does not: "no CUDA: libcudnn.so.9 is missing".
    pub refused: Option<String>,
    /// Why the program's own operators are not used there, though they should be; the portable graph takes their place.
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

    /// What is amiss, in one clause, if something is.
    pub fn remark(&self) -> Option<String> {
        let operators = self.operators_refused.as_ref();
        self.refused.clone().or_else(|| operators.map(|reason| format!("no attention operator: {reason}")))
    }
}

/// Finds out what runs: the device of `options`, or the best that the library has and this machine can start. Unless the
/// portable graph is wanted, it also finds out whether the program's own operators compute there what they should.
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
        None => Device::automatic().find(|device| device.is_in_library()).unwrap_or_default(),
    };
    let mut refused = refusal(runtime, device, cancel)?;
    let mut unfit = None;
    // The CPU's operators are what those of others are compared with.
    if refused.is_none() && device != Device::CPU && device.runs_operators() && !options.portable {
        unfit = operators_refused(runtime, device, cancel)?;
        // After a kernel that fails midway, nothing works on the GPU any more.
        if let Some(reason) = &unfit
            && refusal(runtime, device, cancel)?.is_some()
        {
            refused =
                Some(format!("the attention operator failed on it ({reason}); --portable does without"));
        }
    }
    let Some(reason) = refused else {
        let is_left = wanted.is_none() && device == Device::CPU;
        let refused = if is_left { Device::automatic().find_map(hint) } else { None };
        return Ok(ChosenDevice { device, refused, operators_refused: unfit });
    };
    match wanted {
        Some(_) => Err(Error::Library {
            problem: format!("{device} cannot be used: {reason}."),
            remedy: device.description().remedy.into(),
        }),
        None => {
            let refused = Some(format!("no {device}: {reason}"));
            Ok(ChosenDevice { refused, ..ChosenDevice::default() })
        }
    }
}

/// How to get a device that the library lacks, in a few words; `None` unless this machine is known to have its driver.
fn hint(device: Device) -> Option<String> {
    let description = device.description();
    let is_driver_there = description.missing_driver?().is_none();
    let extra = description.extra.map_or(Some(0), |extra| Some(extra.wheels()?.bytes));
    let bytes = description.library.wheels()?.bytes + extra?;
    let size = units::bytes(bytes);
    is_driver_there.then(|| format!("no {device}: --device {} fetches it once, {size}", device.argument()))
}

/// Why the device cannot be used, if it cannot.
fn refusal(runtime: &Runtime, device: Device, cancel: &CancelToken) -> Result<Option<Missing>> {
    if device == Device::CPU {
        return Ok(None);
    }
    if let Some(missing) = device.missing_driver().or_else(|| runtime.missing_for(device).cloned()) {
        return Ok(Some(missing));
    }
    if !device.is_in_library() && device.plugged_in(runtime.environment()).is_none() {
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

/// What matters of ONNX Runtime's message: the missing library if it names one, CUDA's own message, else all of it.
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
