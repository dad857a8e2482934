//! Who may fetch into a folder, and what a killed process has left there.
//!
//! A lock file lets one process fetch at a time, so whoever holds the lock may clear away scratch folders: nobody works in
//! them.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    thread,
    time::Duration,
};

use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Names of scratch folders begin with this.
pub(super) const SCRATCH: &str = ".fetch-";

/// Removes what a killed fetch has left in `folder`, unless a process is fetching right now. It never fails: what cannot
/// be removed does no harm.
pub(super) fn sweep(folder: &Path) {
    if let Ok(file) = lock_file(folder)
        && file.try_lock().is_ok()
    {
        clear_scratch(folder);
    }
}

/// Waits for the right to fetch into `folder`, which lasts as long as the file that comes back is open, and says whether
/// another process had it. `waiting` is called every now and then meanwhile.
///
/// # Errors
/// [`Error::File`], [`Error::Cancelled`].
pub(super) fn lock(folder: &Path, waiting: &mut dyn FnMut(), cancel: &CancelToken) -> Result<(File, bool)> {
    let file = lock_file(folder).map_err(Error::writing(folder))?;
    let mut waited = false;
    loop {
        cancel.check()?;
        match file.try_lock() {
            Ok(()) => return Ok((file, waited)),
            // Some network disks have no locks: fetch without one.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok((file, waited));
            }
            Err(TryLockError::Error(error)) => return Err(Error::writing(folder)(error)),
            Err(TryLockError::WouldBlock) => waited = true,
        }
        waiting();
        thread::sleep(Duration::from_millis(100));
    }
}

/// The system releases the lock when a process dies. The file stays: deleting it would let two processes hold locks on
/// two files of one name.
fn lock_file(folder: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(folder.join(".fetch.lock"))
}

/// Removes all scratch folders. Only the holder of the lock may do that.
pub(super) fn clear_scratch(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            // Tried again at the next start.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_fetch_is_not_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let running = folder.path().join(".fetch-running");
        fs::create_dir(&running).unwrap();
        let (held, _) = lock(folder.path(), &mut || (), &CancelToken::new()).unwrap();
        sweep(folder.path());
        assert!(running.exists());
        drop(held);
        sweep(folder.path());
        assert!(!running.exists());
    }
}
