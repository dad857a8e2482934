//! One revision in the cache, in the layout of huggingface_hub, so that all its programs share the files:
//! `blobs/CHECKSUM`, links to them in `snapshots/COMMIT`, and the commit of each branch in `refs`.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{Access, Repository, listing::RemoteFile};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A commit of a repository in the cache.
pub(super) struct Store {
    folder: PathBuf,
    commit: String,
    locks: PathBuf,
}

impl Store {
    /// Creates the folders.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn open(access: &Access, repository: &Repository, commit: String) -> Result<Self> {
        let name = repository.cache_folder();
        let locks = access.cache.join(".locks").join(&name);
        let store = Self { folder: access.cache.join(name), commit, locks };
        for folder in [&store.blob(""), &store.snapshot(), &store.locks] {
            fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        }
        Ok(store)
    }

    /// The snapshot's folder.
    pub(super) fn snapshot(&self) -> PathBuf {
        self.folder.join("snapshots").join(&self.commit)
    }

    /// The path of the file's blob.
    pub(super) fn blob_of(&self, file: &RemoteFile) -> PathBuf {
        self.blob(file.checksum.digits())
    }

    /// The path of the blob while it is downloaded.
    pub(super) fn part_of(&self, file: &RemoteFile) -> PathBuf {
        self.blob(&format!("{}.incomplete", file.checksum.digits()))
    }

    /// Bytes of the file that are in the cache.
    pub(super) fn present_bytes(&self, file: &RemoteFile) -> u64 {
        let length = |path: PathBuf| fs::metadata(path).map_or(0, |about| about.len());
        if self.has(file) { file.bytes } else { length(self.part_of(file)).min(file.bytes) }
    }

    /// Whether the complete file is in the cache, as a blob or (on systems without links) in the snapshot.
    pub(super) fn has(&self, file: &RemoteFile) -> bool {
        is_at(&self.blob_of(file), file) || is_at(&self.snapshot().join(&file.path), file)
    }

    /// Free bytes on the cache's disk.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn room(&self) -> Result<u64> {
        let blobs = self.blob("");
        fs4::available_space(&blobs).map_err(Error::reading(&blobs))
    }

    /// Waits for the lock on the file, which is held until the returned file is dropped. huggingface_hub takes the same
    /// lock.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Cancelled`].
    pub(super) fn lock(
        &self,
        file: &RemoteFile,
        mut waiting: impl FnMut(),
        cancel: &CancelToken,
    ) -> Result<File> {
        let path = self.locks.join(format!("{}.lock", file.checksum.digits()));
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(Error::writing(&path))?;
        loop {
            cancel.check()?;
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => waiting(),
                // Some network disks have no locks: download without one.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(lock);
                }
                Err(TryLockError::Error(error)) => return Err(Error::writing(&path)(error)),
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Links the blob into the snapshot.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn link(&self, file: &RemoteFile) -> Result<()> {
        let place = self.snapshot().join(&file.path);
        if is_at(&place, file) {
            return Ok(());
        }
        let blob = self.blob_of(file);
        let linked = || -> io::Result<()> {
            fs::create_dir_all(place.parent().unwrap_or(&place))?;
            if fs::symlink_metadata(&place).is_ok() {
                fs::remove_file(&place)?;
            }
            // The link is relative, so that the cache can be moved.
            let up: PathBuf = file.path.split('/').map(|_| "..").chain([".."]).collect();
            symlink(&up.join("blobs").join(file.checksum.digits()), &place)
                .or_else(|_| link_or_copy(&blob, &place))
        };
        linked().map_err(Error::writing(&place))
    }

    /// Writes the revision's commit into `refs`. Done last, so that a branch never points to an incomplete model.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn write_ref(&self, revision: &str) -> Result<()> {
        if revision == self.commit {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        // A revision such as refs/pr/1 needs folders.
        fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&path, &self.commit))
            .map_err(Error::writing(&path))
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }
}

/// Whether a file of the right length is at `path`.
fn is_at(path: &Path, file: &RemoteFile) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() == file.bytes)
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(windows)]
fn symlink(to: &Path, at: &Path) -> io::Result<()> {
    // Windows follows only links with its own separators.
    let to: PathBuf = to.components().collect();
    std::os::windows::fs::symlink_file(to, at)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Where symbolic links are not allowed (Windows without developer mode): a hard link, since two files may share a blob,
/// or else a copy.
fn link_or_copy(blob: &Path, place: &Path) -> io::Result<()> {
    fs::hard_link(blob, place).or_else(|_| fs::copy(blob, place).map(|_| ()))
}
