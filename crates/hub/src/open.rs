//! Opens the model that a path or a repository's name stands for.

use std::path::Path;

use super::{Access, DownloadProgress, Repository, cached, download};
use tauscope_core::{CancelToken, error::Result, model::ModelFolder};

/// Opens the folder at `path`, or, if nothing exists there, the repository that `path` names (`org/name`,
/// `org/name/folder`, `org/name@revision`, or the address of its page): from the cache if it is complete there, else after
/// a download.
///
/// # Errors
/// Those of [`ModelFolder::open`], [`Repository::instead_of`] and [`download()`].
pub fn open(
    path: &Path,
    offline: bool,
    progress: &mut dyn FnMut(DownloadProgress),
    cancel: &CancelToken,
) -> Result<ModelFolder> {
    let Some(repository) = Repository::instead_of(path, &Access::endpoint_from_environment())? else {
        return ModelFolder::open(path);
    };
    let access = Access::from_environment(offline)?;
    if let Some(folder) = cached::find(&access.cache, &repository)? {
        let opened = ModelFolder::open(&folder);
        // Another program may have downloaded only other files of it.
        if opened.is_ok() || access.offline {
            return opened;
        }
    }
    ModelFolder::open(&download(&repository, &access, progress, cancel)?)
}
