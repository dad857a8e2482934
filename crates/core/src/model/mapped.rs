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
    // SAFETY: the map is read only, and only graphs that hold their own weights are large enough to be mapped. Another
    // program could still change such a file while it is read. Rewritten bytes do no harm, since readers of graphs accept
    // any. A file that is cut off ends the program when a page that is gone is read (SIGBUS); `FileStamps` notices it if it
    // happened before the file is used again, and what remains is the moment of reading itself.
    let map = unsafe { Mmap::map(&file) }.map_err(Error::reading(path))?;
    Ok(Bytes::from_owner(map))
}
