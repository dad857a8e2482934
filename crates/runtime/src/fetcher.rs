//! What is fetched for a device beside ONNX Runtime's library: where it lies, and whether it may be fetched.

use std::path::PathBuf;

use super::{bundle::Bundle, fetch::fetch, fetch_progress::FetchProgress, pip::Pip};
use tauscope_core::{CancelToken, error::Result};

/// Fetches bundles into the data folder, if that is allowed.
pub(super) struct Fetcher<'a> {
    /// Where in the data folder fetched libraries lie; `None` where there is no such place.
    pub(super) library_folder: Option<PathBuf>,
    /// Whether something that is missing may be downloaded.
    pub(super) is_allowed: bool,
    pub(super) progress: &'a mut dyn FnMut(FetchProgress),
    pub(super) cancel: &'a CancelToken,
}

impl Fetcher<'_> {
    /// The folder of `bundle`, whether it was fetched or not.
    pub(super) fn place(&self, bundle: &Bundle) -> Option<PathBuf> {
        self.library_folder.as_ref().map(|folder| folder.join(bundle.folder))
    }

    /// Fetches `bundle` and returns its folder; `None` if it is not allowed or there are no wheels for this machine.
    ///
    /// # Errors
    /// As [`fetch`].
    pub(super) fn fetch(&mut self, bundle: &'static Bundle) -> Result<Option<PathBuf>> {
        match (&self.library_folder, bundle.wheels()) {
            (Some(folder), Some(wheels)) if self.is_allowed => {
                fetch(folder, bundle, wheels, &Pip::usual(), self.progress, self.cancel).map(Some)
            }
            _ => Ok(None),
        }
    }
}
