//! Where a model's files come from: a folder, or the program itself.

use std::{
    fs::{self, File},
    io::{self, Cursor, Read, Seek},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{embedded, mapped};
use crate::{Error, Result};

/// Smaller files are read, so that nothing can change them while they are in use. Larger ones are graphs that hold their
/// own weights; they are mapped.
const MAP_FROM_BYTES: u64 = 64 << 20;

/// A place that holds a model's files, named relative to it with `/` ("unet/model.onnx").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A folder on disk.
    Folder(PathBuf),
    /// The model in the binary.
    Embedded,
}

/// What can be read from any place.
pub(super) trait ReadAnywhere: Read + Seek {}

impl<T: Read + Seek> ReadAnywhere for T {}

impl Files {
    /// The file's bytes: mapped for large files, static for the embedded model.
    ///
    /// # Errors
    /// [`Error::File`] if it does not exist or cannot be read.
    pub fn read(&self, relative: &str) -> Result<Bytes> {
        let path = self.at(relative);
        match self {
            Self::Folder(_) => {
                let length = fs::metadata(&path).map_err(Error::reading(&path))?.len();
                if length < MAP_FROM_BYTES {
                    fs::read(&path).map(Bytes::from).map_err(Error::reading(&path))
                } else {
                    mapped::map(&path)
                }
            }
            Self::Embedded => embedded::file(relative)
                .map(Bytes::from_static)
                .ok_or_else(|| Error::reading(&path)(io::ErrorKind::NotFound.into())),
        }
    }

    /// The file, to read parts of, and its length. It is not mapped, so one that shrinks meanwhile is an error.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn open(&self, relative: &str) -> Result<(Box<dyn ReadAnywhere>, u64)> {
        match self {
            Self::Folder(_) => {
                let path = self.at(relative);
                let file = File::open(&path).map_err(Error::reading(&path))?;
                let length = file.metadata().map_err(Error::reading(&path))?.len();
                Ok((Box::new(file), length))
            }
            Self::Embedded => {
                let bytes = self.read(relative)?;
                let length = bytes.len() as u64;
                Ok((Box::new(Cursor::new(bytes)), length))
            }
        }
    }

    /// Whether the file exists; a broken link does not count.
    pub fn exists(&self, relative: &str) -> bool {
        match self {
            Self::Folder(_) => self.at(relative).is_file(),
            Self::Embedded => embedded::file(relative).is_some(),
        }
    }

    /// The file's path on disk with links resolved, because ONNX Runtime refuses links. `None` if it does not exist, and
    /// for the embedded model.
    pub fn path(&self, relative: &str) -> Option<PathBuf> {
        match self {
            Self::Folder(_) => fs::canonicalize(self.at(relative)).ok().filter(|path| path.is_file()),
            Self::Embedded => None,
        }
    }

    /// The model's name in messages.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Embedded => Path::new(embedded::NAME),
        }
    }

    /// The file's name in messages.
    pub(super) fn at(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }
}
