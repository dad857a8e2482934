//! A recorded run of the embedded model inside the program, shown before anything is loaded.
//! `cargo run --release --example record_first_run` makes it.

use std::borrow::Cow;

use super::files::{Files, Opened};
use crate::painting::JobId;
use tauscope_core::error::{Error, Result};

/// Reads the recorded run, with `job` as its id.
///
/// # Errors
/// [`Error::Internal`] if the program was built with a broken recording.
pub fn first_run(job: JobId) -> Result<Opened> {
    let files = Files {
        description: Cow::Borrowed(include_bytes!("../../../../ui-assets/first-run/entry.json")),
        picture: Cow::Borrowed(include_bytes!("../../../../ui-assets/first-run/picture.png")),
        maps: Cow::Borrowed(include_bytes!("../../../../ui-assets/first-run/maps.npz")),
    };
    files.open(job).map_err(|problem| Error::Internal(format!("the recorded run cannot be read: {problem}.")))
}
