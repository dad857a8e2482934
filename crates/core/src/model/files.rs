//! Where a model's files come from: a folder, or the program itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{embedded, mapped};
use crate::{Error, Result};

/// Smaller files are read, so that an editor cannot change them while they are in use; larger ones are mapped.
const MAP_FROM_BYTES: u64 = 1 << 20;

/// A place that holds a model's files, named relative to it with `/` ("unet/model.onnx").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A folder on disk.
    Folder(PathBuf),
    /// The model in the binary.
    Embedded,
}

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
