//! A file mapped into memory: the only unsafe call of this module.

#![expect(unsafe_code, reason = "a mapped file can change under its reader; see SAFETY")]

use std::{fs::File, path::Path};

use bytes::Bytes;
use memmap2::Mmap;

use crate::{Error, Result};

/// Maps the file, so that only the pages in use are read from the disk.
///
/// # Errors
/// [`Error::File`] if it cannot be opened or mapped.
pub(super) fn map(path: &Path) -> Result<Bytes> {
    let file = File::open(path).map_err(Error::reading(path))?;
    // SAFETY: the map is read only. Only another program that shortens or rewrites a model's file while it is open
    // could change the bytes under us; readers of graphs accept any bytes anyway, and small files, which
    // people may edit, are never mapped.
    let map = unsafe { Mmap::map(&file) }.map_err(Error::reading(path))?;
    Ok(Bytes::from_owner(map))
}
