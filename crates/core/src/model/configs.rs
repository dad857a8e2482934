//! The JSON files of a model folder. Keys that diffusers does not require are optional.

use std::num::NonZeroUsize;

use serde::{Deserialize, de::DeserializeOwned};

use super::{Files, git_lfs, python_json};
use crate::{Error, Result};

/// `model_index.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ModelIndex {
    #[serde(default, rename = "_class_name")]
    pub(super) class_name: String,
    #[serde(default = "yes")]
    pub(super) force_zeros_for_empty_prompt: bool,
    /// True for the refiner.
    #[serde(default)]
    pub(super) requires_aesthetics_score: bool,
    /// Library and class, both null if there is no encoder.
    text_encoder: Option<[Option<String>; 2]>,
}

impl ModelIndex {
    pub(super) fn lacks_text_encoder(&self) -> bool {
        self.text_encoder.as_ref().is_some_and(|names| names.iter().all(Option::is_none))
    }
}

impl Default for ModelIndex {
    /// diffusers' defaults, for folders without the file.
    fn default() -> Self {
        Self {
            class_name: String::new(),
            force_zeros_for_empty_prompt: true,
            requires_aesthetics_score: false,
            text_encoder: None,
        }
    }
}

/// `unet/config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct UnetConfig {
    pub(super) sample_size: Option<NonZeroUsize>,
}

/// `text_encoder/config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct TextEncoderConfig {
    pub(super) num_hidden_layers: Option<usize>,
    pub(super) projection_dim: Option<usize>,
}

/// `vae_decoder/config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct VaeConfig {
    pub(super) scaling_factor: Option<f64>,
    pub(super) latents_mean: Option<Vec<f64>>,
    pub(super) latents_std: Option<Vec<f64>>,
}

fn yes() -> bool {
    true
}

/// Reads one JSON file, as Python writes it.
///
/// # Errors
/// [`Error::Model`] with file and line if it is not JSON, or with file and key if it has an unusable value.
pub(super) fn read<T: DeserializeOwned>(files: &Files, relative: &str) -> Result<T> {
    let bytes = files.read(relative)?;
    git_lfs::refuse_pointer(files, relative, &bytes)?;
    let fault = |problem: String, remedy: &str| Error::model(files.root(), problem, remedy);
    let json = python_json::parse(&bytes).map_err(|error| {
        fault(
            format!("{relative} is broken JSON: {error}."),
            "Download the file again, or correct that line.",
        )
    })?;
    serde_path_to_error::deserialize(json).map_err(|error| {
        fault(
            format!("{relative} holds a value that Tauscope cannot use: {error}."),
            "Export the model again, or correct that value.",
        )
    })
}

/// Reads one JSON file; `None` if it does not exist.
///
/// # Errors
/// As [`read`].
pub(super) fn read_if_there<T: DeserializeOwned>(files: &Files, relative: &str) -> Result<Option<T>> {
    files.exists(relative).then(|| read(files, relative)).transpose()
}
