//! Making a session of a graph in memory.

use std::{path::Path, sync::Mutex};

use ort::{
    operator::OperatorDomain,
    session::{
        Session,
        builder::{GraphOptimizationLevel, SessionBuilder},
    },
};

use super::{Runtime, SessionOptions, failure::failed};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

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
    // ONNX Runtime adds the operators' domain to a list of the whole process without a lock. Two sessions at once would
    // both find it missing, and the second one would be refused.
    static REGISTERING: Mutex<()> = Mutex::new(());
    let _alone = operators.is_some().then(|| cancel.lock(&REGISTERING, || ())).transpose()?;
    let mut builder = configured(runtime, graph, folder.as_deref(), options, operators)
        .map_err(|error| failed(doing, &error))?;
    let canceler = builder.canceler();
    // A load that can no longer be stopped ends by itself, and then counts as cancelled.
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
    let builder = (device.description().configure)(builder)?;
    let builder = match device.plugged_in(runtime.environment()) {
        Some((plugin, offered)) => builder.with_devices([offered], Some(&(plugin.options)(graph)))?,
        None => {
            let provider = (device.description().provider)();
            builder.with_execution_providers([provider.error_on_failure()])?
        }
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
