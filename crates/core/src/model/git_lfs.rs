//! Git LFS pointers.

use super::Files;
use crate::{Error, Result};

/// Refuses a Git LFS pointer: the text in place of a file until `git lfs pull` fetches it.
///
/// # Errors
/// [`Error::Model`].
pub(super) fn refuse_pointer(files: &Files, relative: &str, bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"version https://git-lfs") {
        let problem = format!("{relative} is a Git LFS pointer, not the file itself.");
        return Err(Error::model(files.root(), problem, "Run `git lfs pull` in the model's folder."));
    }
    Ok(())
}
