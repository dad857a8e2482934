//! Which ONNX Runtime library is wanted, and where in the data folder it may lie.

use std::{
    env,
    path::{self, PathBuf},
};

use super::{Device, bundle::Bundle};

/// How the library is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryOptions {
    /// This file, or the newest in this folder, and nothing else (`--ort-library`, `ORT_DYLIB_PATH`).
    pub explicit: Option<PathBuf>,
    /// Tauscope's data folder, into which a library is fetched; `None` where the system has no such place.
    pub data_dir: Option<PathBuf>,
    /// Fetch nothing.
    pub offline: bool,
    /// The device that was asked for by name, which the library has to have.
    pub device: Option<Device>,
}

impl LibraryOptions {
    /// `ORT_DYLIB_PATH` and [`tauscope_core::data_folder`], online.
    pub fn from_environment() -> Self {
        Self {
            explicit: path_variable("ORT_DYLIB_PATH"),
            data_dir: tauscope_core::data_folder(),
            ..Self::default()
        }
    }

    /// Where in the data folder libraries lie.
    pub(super) fn library_folder(&self) -> Option<PathBuf> {
        self.data_dir.as_ref().map(|folder| folder.join("onnxruntime"))
    }

    /// What the library has to be like. Without the device's driver any will do, to say that it cannot be used.
    pub(super) fn bundle(&self) -> &'static Bundle {
        let is_usable = |device: &Device| device.missing_driver().is_none();
        self.device.filter(is_usable).unwrap_or_default().library()
    }

    /// Where in the data folder to look, in order. A device that any library serves is served best by the newest, which
    /// is the CPU's. If no device is named, a library that was fetched for one that is taken unasked comes first.
    pub(super) fn data_folders(&self) -> Vec<PathBuf> {
        let Some(folder) = self.library_folder() else { return Vec::new() };
        let any = [folder.join(Device::CPU.description().library.folder), folder.clone()];
        let own = |is_automatic: bool| -> Vec<PathBuf> {
            let devices = Device::ALL.into_iter().filter(|device| !device.runs_in_any_library());
            let alike = devices.map(Device::description).filter(|device| device.is_automatic == is_automatic);
            alike.map(|device| folder.join(device.library.folder)).collect()
        };
        if self.device.is_some_and(Device::runs_in_any_library) {
            any.into_iter().chain(own(true)).chain(own(false)).collect()
        } else {
            own(true).into_iter().chain(any).chain(own(false)).collect()
        }
    }
}

/// The absolute path that a variable names; an empty one counts as unset.
fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).and_then(|value| path::absolute(value).ok())
}
