//! Temporary folders for entries that are written or removed, hidden beside the entries so that a rename moves them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

const PREFIX: &str = ".tauscope-";
const SUFFIX: &str = ".part";
/// No write takes that long: what is older was left by a Tauscope that was killed.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// A temporary folder in the history's. Dropping it removes it with everything that is still in it.
pub(super) struct Workbench(TempDir);

impl Workbench {
    pub(super) fn new(history: &Path) -> io::Result<Self> {
        tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempdir_in(history).map(Self)
    }

    /// The path of the one folder in it.
    pub(super) fn place(&self) -> PathBuf {
        self.0.path().join("entry")
    }

    /// Removes it now and returns any error.
    pub(super) fn clear(self) -> io::Result<()> {
        self.0.close()
    }
}

/// Whether a file name is a workbench's.
pub(super) fn is_workbench(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Removes what killed Tauscopes left in the history's folder. What cannot be removed stays; it does no harm.
pub(super) fn sweep(history: &Path) {
    let now = SystemTime::now();
    for found in fs::read_dir(history).into_iter().flatten().flatten() {
        let changed = found.metadata().and_then(|about| about.modified());
        let age = changed.ok().and_then(|changed| now.duration_since(changed).ok());
        if is_workbench(&found.file_name().to_string_lossy()) && age.is_some_and(|age| age > ABANDONED_AFTER)
        {
            let _stays_if_locked = fs::remove_dir_all(found.path());
        }
    }
}
