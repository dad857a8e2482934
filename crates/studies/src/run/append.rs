//! A file that grows at its end, a whole piece at a time.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tauscope_core::error::{Error, Result};

/// What a power cut may cost at most.
const UNSYNCED: Duration = Duration::from_secs(5);

/// A file to which pieces are added. What was added survives the end of the process; every few seconds it is made to
/// survive that of the system too.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: File,
    length: u64,
    /// Whether half a piece may lie behind `length`.
    is_torn: bool,
    synced: Instant,
}

impl AppendFile {
    /// Opens the file or makes it, and cuts off what lies behind `length`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn open(path: &Path, length: u64) -> Result<Self> {
        let open = || {
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
            io::Result::Ok(file)
        };
        let file = open().map_err(Error::writing(path))?;
        Ok(Self { path: path.to_owned(), file, length, is_torn: false, synced: Instant::now() })
    }

    /// Adds a piece, or nothing of it.
    ///
    /// # Errors
    /// [`Error::File`], for example on a full disk.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<()> {
        let append = |file: &mut Self| {
            if file.is_torn {
                file.cut()?;
            }
            file.is_torn = true;
            file.file.write_all(piece)?;
            file.length += piece.len() as u64;
            file.is_torn = false;
            if file.synced.elapsed() >= UNSYNCED {
                file.file.sync_data()?;
                file.synced = Instant::now();
            }
            Ok(())
        };
        append(self).map_err(|cause| {
            // What cannot be cut off now is before the next piece, or when it is opened again.
            self.is_torn = self.is_torn && self.cut().is_err();
            Error::writing(&self.path)(cause)
        })
    }

    /// Cuts off what a failed write left.
    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// How long it is, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_lies_behind_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "whole torn").unwrap();
        let mut file = AppendFile::open(&path, 6).unwrap();
        file.append(b"again").unwrap();
        // As if a write had failed half way.
        file.file.write_all(b"half").unwrap();
        file.is_torn = true;
        file.append(b" and more").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole again and more");
        assert_eq!(file.length(), 20);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_sentence_and_nothing_is_counted() {
        let path = Path::new("/dev/full");
        let full = File::options().write(true).open(path).unwrap();
        let mut file = AppendFile {
            path: path.to_owned(),
            file: full,
            length: 0,
            is_torn: false,
            synced: Instant::now(),
        };
        let message = file.append(b"line").unwrap_err().to_string();
        assert!(message.contains("/dev/full") && message.contains("Free some space"), "{message}");
        assert_eq!(file.length(), 0);
    }
}
