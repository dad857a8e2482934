//! Standard output, whose reader may go away.

use std::{
    io::{self, Write},
    path::Path,
};

use tauscope_core::error::{Error, Result};

/// Prints a line to standard output.
///
/// # Errors
/// [`Error::File`] if it cannot be written, for instance because its reader has gone.
pub(super) fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Error::writing(Path::new("standard output")))
}

/// Whether the reader of standard output has gone.
pub(super) fn is_broken_pipe(error: &Error) -> bool {
    matches!(error, Error::File { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}
