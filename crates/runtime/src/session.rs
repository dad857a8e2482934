//! Making a session of a graph in memory.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
};

use ort::{
    operator::OperatorDomain,
    session::{
        Session,
        builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder},
    },
};

use super::{Device, LowMemory, Runtime, failure::failed, webgpu};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};
use tauscope_onnx::Dialect;

/// How a session is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Where it runs; `None` for the best that [`choose_device`](super::choose_device) finds, and the CPU until it is
    /// asked.
    pub device: Option<Device>,
    /// Intercepts attention with standard operators even where the program's own ones run.
    pub portable: bool,
    /// Threads within one operator, the calling one included.
    pub threads: usize,
    /// Lays weights out anew for speed, in the precision that the device computes in: on the CPU a copy of their size, or
    /// three times that for half precision. Otherwise they are used as they are stored.
    pub prepack: bool,
    /// Whether [`super::Sdxl`] saves memory.
    pub low_memory: LowMemory,
}

impl Default for SessionOptions {
    /// The CPU, one thread per physical core, prepacked.
    fn default() -> Self {
        Self {
            device: Some(Device::Cpu),
            portable: false,
            threads: physical_cores(),
            prepack: true,
            low_memory: LowMemory::Auto,
        }
    }
}

impl SessionOptions {
    /// The operators that the intercepted UNet is written in.
    pub fn dialect(&self) -> Dialect {
        match self.portable || !self.device.unwrap_or_default().runs_operators() {
            true => Dialect::Portable,
            false => Dialect::Operators,
        }
    }
}

/// Physical cores that this process may use. A second thread on a core shares the arithmetic units that matrix
/// products keep busy, so it gains nothing.
pub fn physical_cores() -> usize {
    let allowed = thread::available_parallelism().map_or(1, usize::from);
    sysinfo::System::physical_core_count().map_or(allowed, |cores| cores.min(allowed))
}

/// Makes a session of `graph`, a serialised ModelProto. Its external weights lie in `weights_folder`, whose files
/// are mapped, not copied. `operators` are the custom ones that the graph uses.
///
/// # Errors
/// [`Error::Runtime`] with `doing` ("loading the UNet") in its words; [`Error::File`] if the folder is not there;
/// [`Error::Cancelled`], soon after `cancel` is triggered.
pub fn open_session(
    runtime: &Runtime,
    graph: &[u8],
    weights_folder: Option<&Path>,
    options: &SessionOptions,
    operators: Option<OperatorDomain>,
    doing: &str,
    cancel: &CancelToken,
) -> Result<Session> {
    let folder =
        weights_folder.map(|folder| folder.canonicalize().map_err(Error::reading(folder))).transpose()?;
    // ONNX Runtime enters the operators' domain into a list of the whole process without a lock: two sessions at once
    // would both find it missing, and the second one is refused.
    static REGISTERING: Mutex<()> = Mutex::new(());
    let _alone = operators.is_some().then(|| REGISTERING.lock().unwrap_or_else(PoisonError::into_inner));
    let mut builder = configured(runtime, graph, folder.as_deref(), options, operators)
        .map_err(|error| failed(doing, &error))?;
    let canceler = builder.canceler();
    // A load that cannot be stopped any more ends by itself, and then counts as cancelled.
    let interrupt = move || canceler.cancel().unwrap_or_default();
    cancel.guard(interrupt, || builder.commit_from_memory(graph).map_err(|error| failed(doing, &error)))
}

fn configured(
    runtime: &Runtime,
    graph: &[u8],
    weights_folder: Option<&Path>,
    options: &SessionOptions,
    operators: Option<OperatorDomain>,
) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(runtime.environment())?;
    let device = options.device.unwrap_or_default();
    let builder = match device {
        // Left alone, `ort` lets the runtime choose a device.
        Device::Cpu => builder.with_auto_device(AutoDevicePolicy::PreferCPU)?,
        Device::Cuda | Device::OpenVino | Device::WebGpu => builder,
        // It wants sizes to be free from run to run, and one node after the other.
        Device::DirectMl => builder.with_memory_pattern(false)?.with_parallel_execution(false)?,
    };
    let builder = match webgpu::device(runtime.environment(), device) {
        Some(plugged) => builder.with_devices([plugged], Some(&webgpu::options(graph)))?,
        None => builder.with_execution_providers([device.provider()])?,
    };
    let mut builder = builder
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(options.threads)?
        .with_prepacking(options.prepack)?;
    if !options.prepack {
        // Both would make a copy in single precision of what is stored in half precision.
        const COPYING: &str = "ConstantFolding;FuseFp16InitializerToFp32NodeTransformer";
        builder = builder.with_config_entry("optimization.disable_specified_optimizers", COPYING)?;
    }
    if let Some(folder) = weights_folder {
        // ONNX Runtime refuses files outside this folder, told by their real paths.
        let folder = folder.to_str().ok_or_else(|| {
            ort::Error::new(format!("the folder {} has a name that is not Unicode.", folder.display()))
        })?;
        builder =
            builder.with_config_entry("session.model_external_initializers_file_folder_path", folder)?;
    }
    if let Some(operators) = operators {
        builder = builder.with_operators(operators)?;
    }
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_do_not_outnumber_what_the_process_may_use() {
        let allowed = thread::available_parallelism().unwrap().get();
        assert!((1..=allowed).contains(&physical_cores()));
    }
}
