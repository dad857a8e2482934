//! Identifies a judge by its content.

use std::{fs::File, io, path::Path};

use sha2::{Digest as _, Sha256};

use tauscope_core::{Error, Result};

/// Hexadecimal digits of a fingerprint, as many as a model's has.
const DIGITS: usize = 32;

/// SHA-256 over the files' names and bytes, cut to 32 digits. The folder does not count.
///
/// # Errors
/// [`Error::File`].
pub(super) fn of_files<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<String> {
    let mut hasher = Sha256::new();
    for path in files {
        let mut file = File::open(path).map_err(Error::reading(path))?;
        let length = file.metadata().map_err(Error::reading(path))?.len();
        hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        hasher.update(length.to_le_bytes());
        io::copy(&mut file, &mut hasher).map_err(Error::reading(path))?;
    }
    Ok(digits(hasher))
}

/// The same of what is in memory.
pub(super) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    digits(hasher)
}

fn digits(hasher: Sha256) -> String {
    let mut digits = hex::encode(hasher.finalize());
    digits.truncate(DIGITS);
    digits
}
