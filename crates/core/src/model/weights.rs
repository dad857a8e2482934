//! Weights beside a graph: are they all there?

use std::fs;

use super::Files;
use crate::{Error, Result};
use tauscope_onnx::Inventory;

/// A file that holds weights of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightFile {
    /// Where it lies in the model's files.
    pub file: String,
    /// How long it must be at least.
    pub needed_bytes: u64,
    /// How long it is; `None` if it is not there.
    pub found_bytes: Option<u64>,
}

impl WeightFile {
    /// Every file that the graph `graph` keeps weights in, whole or not.
    pub fn of(files: &Files, graph: &str, inventory: &Inventory) -> Vec<Self> {
        let beside = graph.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let of_external = |external: &tauscope_onnx::ExternalFile| {
            let file = format!("{beside}{}", external.location);
            let found_bytes = fs::metadata(files.at(&file)).ok().map(|metadata| metadata.len());
            Self { file, needed_bytes: external.length_bytes, found_bytes }
        };
        inventory.external_files.iter().map(of_external).collect()
    }

    /// Whether it is there and long enough.
    pub fn is_whole(&self) -> bool {
        self.found_bytes.is_some_and(|found| found >= self.needed_bytes)
    }
}

/// Checks that every file the graph `graph` refers to is there and long enough.
///
/// # Errors
/// [`Error::Model`] with the file that has to be fetched again.
pub fn check_weights(files: &Files, graph: &str, inventory: &Inventory) -> Result<()> {
    let weights = WeightFile::of(files, graph, inventory);
    let Some(broken) = weights.iter().find(|weights| !weights.is_whole()) else { return Ok(()) };
    let WeightFile { file, needed_bytes, found_bytes } = broken;
    let problem = match found_bytes {
        None => format!("{file} is missing, which holds the weights of {graph}."),
        Some(found) => {
            format!("{file} has only {found} of {needed_bytes} bytes, so its download has not finished.")
        }
    };
    let remedy = "Download that file again, or run `git lfs pull` in the model's folder.";
    Err(Error::model(files.root(), problem, remedy))
}
