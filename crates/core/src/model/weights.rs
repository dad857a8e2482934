//! The weight files of a graph, and whether they are complete.

use std::fs;

use super::Files;
use crate::{Error, Result};
use tauscope_onnx::Inventory;

/// A file that holds weights of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightFile {
    /// Path in the model's files.
    pub file: String,
    /// The smallest length that holds all weights.
    pub needed_bytes: u64,
    /// Its length; `None` if it does not exist.
    pub found_bytes: Option<u64>,
}

impl WeightFile {
    /// Every weight file of the graph `graph`, complete or not.
    pub fn of(files: &Files, graph: &str, inventory: &Inventory) -> Vec<Self> {
        let beside = graph.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let of_external = |external: &tauscope_onnx::ExternalFile| {
            let file = format!("{beside}{}", external.location);
            let found_bytes = fs::metadata(files.at(&file)).ok().map(|metadata| metadata.len());
            Self { file, needed_bytes: external.length_bytes, found_bytes }
        };
        inventory.external_files.iter().map(of_external).collect()
    }

    /// Whether it exists and is long enough.
    pub fn is_whole(&self) -> bool {
        self.found_bytes.is_some_and(|found| found >= self.needed_bytes)
    }
}

/// Checks that every weight file of the graph `graph` exists and is long enough.
///
/// # Errors
/// [`Error::Model`] that names the first file that is not.
pub fn check_weights(files: &Files, graph: &str, inventory: &Inventory) -> Result<()> {
    let weights = WeightFile::of(files, graph, inventory);
    let Some(broken) = weights.iter().find(|weights| !weights.is_whole()) else { return Ok(()) };
    let WeightFile { file, needed_bytes, found_bytes } = broken;
    let problem = match found_bytes {
        None => format!("{file}, which holds weights of {graph}, is missing."),
        Some(found) => {
            format!("{file} has only {found} of {needed_bytes} bytes, so its download has not finished.")
        }
    };
    let remedy = "Download that file again, or run `git lfs pull` in the model's folder.";
    Err(Error::model(files.root(), problem, remedy))
}
