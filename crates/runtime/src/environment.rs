//! The loaded ONNX Runtime: one per process.

use std::{
    env,
    path::Path,
    sync::{Arc, Mutex},
};

use ort::{environment::Environment, logging::LogLevel};

use super::{
    Device, LibraryOptions,
    device::Missing,
    failure::failed,
    fetch_progress::{FetchProgress, FetchStage},
    fetcher::Fetcher,
    load_library::{find, version_of},
};
use tauscope_core::{CancelToken, error::Result};

/// ONNX Runtime, loaded. Clones share it.
#[derive(Clone, Debug)]
pub struct Runtime {
    environment: Environment,
    library_path: Arc<Path>,
    version: Arc<str>,
    missing: Arc<[(Device, Missing)]>,
}

/// A library cannot be exchanged once it is loaded, so the first one stays until the process ends.
static STARTED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Finds the library (as named; else beside the program, in the data folder, by the system's loader, in an
    /// installed Python package), fetches it with pip if it is nowhere, and loads it. A device that is asked for by
    /// name may have a library of its own. Later calls give the same runtime, whatever their options.
    ///
    /// # Errors
    /// [`Error::Library`](tauscope_core::Error::Library) names what was tried and the command that helps.
    /// [`Error::Cancelled`](tauscope_core::Error::Cancelled).
    pub fn start(
        options: &LibraryOptions,
        progress: &mut dyn FnMut(FetchProgress),
        cancel: &CancelToken,
    ) -> Result<Self> {
        // Another job may be fetching the library just now.
        let what = options.bundle().name;
        let waiting = FetchProgress { what, stage: FetchStage::Waiting, done_bytes: 0, total_bytes: None };
        let mut started = cancel.lock(&STARTED, || progress(waiting))?;
        if let Some(runtime) = &*started {
            return Ok(runtime.clone());
        }
        let (builder, library_path) = find(options, progress, cancel)?;
        let mut missing = Vec::new();
        for device in Device::ALL {
            let lacks = load_needed(device, &library_path, options, progress, cancel)?;
            missing.extend(lacks.map(|reason| (device, reason)));
        }
        let environment = builder
            .with_name("tauscope")
            .with_telemetry(false)
            .build()
            .map_err(|error| failed("starting", &error))?;
        // Errors come back as values and are told once. `ort` itself reads ORT_LOG, which asks for the log.
        if env::var_os("ORT_LOG").is_none() {
            environment.set_log_level(LogLevel::Fatal);
        }
        if let Some(device) = options.device.filter(|device| !device.is_in_library())
            && let Some(plugin) = device.description().plugin
        {
            let lacks = (plugin.register)(&environment, &mut fetcher(device, options, progress, cancel))?;
            missing.extend(lacks.map(|reason| (device, reason)));
        }
        let version = version_of(&library_path).into();
        let missing = missing.into();
        let runtime = Self { environment, library_path: library_path.into(), version, missing };
        *started = Some(runtime.clone());
        Ok(runtime)
    }

    /// The runtime's version: "1.32.0", or "1.32" where the file's name does not tell the patch level.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The library that was loaded; a bare name if the system's loader found it.
    pub fn library_path(&self) -> &Path {
        &self.library_path
    }

    /// What `device` needs besides the library and this machine does not have.
    pub(super) fn missing_for(&self, device: Device) -> Option<&Missing> {
        self.missing.iter().find(|(its_device, _)| *its_device == device).map(|(_, missing)| missing)
    }

    /// The environment in which sessions are made.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Loads what `device` needs besides the loaded `library`, and says what is missing. Nothing is done if the library is not
/// the device's, or another device is wanted.
fn load_needed(
    device: Device,
    library: &Path,
    options: &LibraryOptions,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &CancelToken,
) -> Result<Option<Missing>> {
    let is_wanted = options.device.is_none_or(|wanted| wanted == device);
    let description = device.description();
    match (library.parent(), description.load_needed) {
        (Some(folder), Some(load))
            if is_wanted && library.is_absolute() && description.library.is_like(folder) =>
        {
            load(folder, &mut fetcher(device, options, progress, cancel))
        }
        _ => Ok(None),
    }
}

/// Fetches for `device`, only if it is wanted by name and the network may be used.
fn fetcher<'a>(
    device: Device,
    options: &LibraryOptions,
    progress: &'a mut dyn FnMut(FetchProgress),
    cancel: &'a CancelToken,
) -> Fetcher<'a> {
    let is_allowed = options.device == Some(device) && !options.offline;
    Fetcher { library_folder: options.library_folder(), is_allowed, progress, cancel }
}
