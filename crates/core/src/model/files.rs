//! Where a model's files come from: a folder, or the program itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{embedded, mapped};
use crate::{Error, Result};

/// Files below this are read, so that an editor cannot change them under us; larger ones are mapped.
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
    /// The file's bytes: mapped where they are many, the program's own pages for the embedded model.
    ///
    /// # Errors
    /// [`Error::File`] if it is not there or cannot be read.
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

    /// Whether there is such a file; a link to nothing is none.
    pub fn exists(&self, relative: &str) -> bool {
        match self {
            Self::Folder(_) => self.at(relative).is_file(),
            Self::Embedded => embedded::file(relative).is_some(),
        }
    }

    /// The real file on disk, links followed: ONNX Runtime refuses links (onnxruntime.md). `None` if there is no such
    /// file, and for the embedded model.
    pub fn path(&self, relative: &str) -> Option<PathBuf> {
        match self {
            Self::Folder(_) => fs::canonicalize(self.at(relative)).ok().filter(|path| path.is_file()),
            Self::Embedded => None,
        }
    }

    /// What messages call the model.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Embedded => Path::new(embedded::NAME),
        }
    }

    /// What messages call the file.
    pub(super) fn at(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }
}
