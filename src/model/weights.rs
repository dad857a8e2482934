//! Weights beside a graph: are they all there?

use std::fs;

use super::Files;
use crate::{Error, Result, onnx::Inventory};

/// Checks that every file the graph `file` refers to is there and long enough.
///
/// # Errors
/// [`Error::Model`] with the file that has to be fetched again.
pub(super) fn check(files: &Files, file: &str, inventory: &Inventory) -> Result<()> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    for external in &inventory.external_files {
        let name = format!("{folder}/{}", external.location);
        let remedy = "Download that file again, or run `git lfs pull` in the model's folder.";
        let length = match fs::metadata(files.at(&name)) {
            Ok(metadata) => metadata.len(),
            Err(_) => {
                let problem = format!("{name} is missing, which holds the weights of {file}.");
                return Err(Error::model(files.root(), problem, remedy));
            }
        };
        if length < external.length_bytes {
            let problem = format!(
                "{name} has only {length} of {} bytes, so its download has not finished.",
                external.length_bytes
            );
            return Err(Error::model(files.root(), problem, remedy));
        }
    }
    Ok(())
}
