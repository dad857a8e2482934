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
        let path = files.at(&format!("{folder}/{}", external.location));
        let remedy = "Download that file again, or run `git lfs pull` in the model's folder.";
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(_) => {
                let problem = format!("Its weights are missing: {file} keeps them in this file.");
                return Err(Error::model(path, problem, remedy));
            }
        };
        if length < external.length_bytes {
            let problem = format!(
                "Its weights are not complete: the file has {length} of {} bytes, so a download has not finished.",
                external.length_bytes
            );
            return Err(Error::model(path, problem, remedy));
        }
    }
    Ok(())
}
