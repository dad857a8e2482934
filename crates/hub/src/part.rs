//! A partly downloaded file and its checksum so far.

use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::listing::{Checksum, RemoteFile};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Bytes read at once when an earlier download is resumed.
const PIECE_BYTES: usize = 1 << 20;

/// The beginning of a file, on disk.
pub(super) struct Part<'a> {
    path: PathBuf,
    file: File,
    length: u64,
    sum: Sum,
    remote: &'a RemoteFile,
}

impl<'a> Part<'a> {
    /// Resumes the file at `path`, or creates it.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Cancelled`].
    pub(super) fn open(path: PathBuf, remote: &'a RemoteFile, cancel: &CancelToken) -> Result<Self> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(Error::writing(&path))?;
        let mut part = Self { path, file, length: 0, sum: Sum::of(remote), remote };
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            cancel.check()?;
            let length = part.file.read(&mut piece).map_err(Error::reading(&part.path))?;
            part.sum.add(&piece[..length]);
            part.length += length as u64;
            if part.length > remote.bytes {
                part.restart()?;
            }
            if length == 0 {
                return Ok(part);
            }
        }
    }

    /// Bytes downloaded so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends the next bytes.
    ///
    /// # Errors
    /// [`Error::File`], for example if the disk is full.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::writing(&self.path))?;
        self.sum.add(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Discards all bytes.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn restart(&mut self) -> Result<()> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(Error::writing(&self.path))?;
        (self.length, self.sum) = (0, Sum::of(self.remote));
        Ok(())
    }

    /// Moves it to `whole` if its checksum is right; otherwise deletes it and returns `false`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn finish(self, whole: &Path) -> Result<bool> {
        let Self { path, file, length, sum, remote } = self;
        // Windows cannot rename open files.
        drop(file);
        if length != remote.bytes || sum.digits() != remote.checksum.digits() {
            fs::remove_file(&path).map_err(Error::writing(&path))?;
            return Ok(false);
        }
        fs::rename(&path, whole).map_err(Error::writing(whole))?;
        Ok(true)
    }
}

enum Sum {
    Sha256(Sha256),
    Sha1(Sha1),
}

impl Sum {
    fn of(remote: &RemoteFile) -> Self {
        match remote.checksum {
            Checksum::Sha256(_) => Self::Sha256(Sha256::new()),
            // What git puts before a file's bytes.
            Checksum::GitBlob(_) => Self::Sha1(Sha1::new_with_prefix(format!("blob {}\0", remote.bytes))),
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(sum) => sum.update(bytes),
            Self::Sha1(sum) => sum.update(bytes),
        }
    }

    fn digits(self) -> String {
        match self {
            Self::Sha256(sum) => hex::encode(sum.finalize()),
            Self::Sha1(sum) => hex::encode(sum.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `earlier` as an earlier try would and appends `later`; checks the resumed length and
    /// whether the checksum fits.
    fn check(checksum: Checksum, bytes: u64, earlier: &str, later: &str, expected: (u64, bool)) {
        let folder = tempfile::tempdir().unwrap();
        let [path, whole] = ["a.incomplete", "a"].map(|name| folder.path().join(name));
        fs::write(&path, earlier).unwrap();
        let remote = RemoteFile { path: "a".into(), bytes, checksum };
        let mut part = Part::open(path.clone(), &remote, &CancelToken::new()).unwrap();
        let length = part.length();
        part.append(later.as_bytes()).unwrap();
        let fits = part.finish(&whole).unwrap();
        assert_eq!((length, fits), expected, "{earlier} + {later}");
        assert!(!path.exists());
        assert_eq!(fs::read_to_string(&whole).ok(), fits.then(|| "hello world\n".to_owned()));
    }

    #[test]
    fn checksums_are_those_of_sha256sum_and_git() {
        let sha256 =
            || Checksum::Sha256("a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447".into());
        let git = || Checksum::GitBlob("3b18e512dba79e4c8300dd08aeb37f8e728b8dad".into());
        check(sha256(), 12, "", "hello world\n", (0, true));
        check(sha256(), 12, "hello ", "world\n", (6, true));
        check(git(), 12, "hello ", "world\n", (6, true));
        check(git(), 12, "hello world\n", "", (12, true));
        check(git(), 12, "HELLO ", "world\n", (6, false));
        check(sha256(), 12, "hello ", "world", (6, false));
        check(sha256(), 12, "hello world\n and more", "hello world\n", (0, true));
    }
}
