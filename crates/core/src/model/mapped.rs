//! A file mapped into memory: the one unsafe call of this room.

#![expect(unsafe_code, reason = "a mapped file can change under its reader; see SAFETY")]

use std::{fs::File, path::Path};

use bytes::Bytes;
use memmap2::Mmap;

use crate::{Error, Result};

/// Maps the file, so that only what is looked at is read from the disk.
///
/// # Errors
/// [`Error::File`] if it cannot be opened or mapped.
pub(super) fn map(path: &Path) -> Result<Bytes> {
    let file = File::open(path).map_err(Error::reading(path))?;
    // SAFETY: the map is read only. Only another program that shortens or rewrites a model's file while it is open
    // could change the bytes under us; readers of graphs have to hold against any bytes anyway, and small files, the
    // ones that people edit, are never mapped.
    let map = unsafe { Mmap::map(&file) }.map_err(Error::reading(path))?;
    Ok(Bytes::from_owner(map))
}
