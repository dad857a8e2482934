//! The JSON files of a model folder, read leniently where diffusers is lenient.

use serde::{Deserialize, de::DeserializeOwned};

use super::Files;
use crate::{Error, Result};

/// `model_index.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ModelIndex {
    #[serde(default, rename = "_class_name")]
    pub(super) class_name: String,
    #[serde(default = "yes")]
    pub(super) force_zeros_for_empty_prompt: bool,
}

/// `unet/config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct UnetConfig {
    pub(super) sample_size: Option<usize>,
}

/// `text_encoder/config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct TextEncoderConfig {
    pub(super) num_hidden_layers: Option<usize>,
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

/// Reads one JSON file.
///
/// # Errors
/// [`Error::Model`] with file and line if it is no JSON, or holds a value that cannot be used.
pub(super) fn read<T: DeserializeOwned>(files: &Files, relative: &str) -> Result<T> {
    let bytes = files.read(relative)?;
    let fault = |problem: String, remedy: &str| Err(Error::model(files.at(relative), problem, remedy));
    match serde_json::from_slice(&bytes) {
        Ok(config) => Ok(config),
        Err(error) if error.is_data() => fault(
            format!("It holds a value that Tauscope cannot use: {error}."),
            "Export the model again, or correct that line.",
        ),
        Err(error) => {
            fault(format!("It is broken JSON: {error}."), "Download the file again, or correct that line.")
        }
    }
}

/// Reads one JSON file, or gives `None` where there is no such file.
///
/// # Errors
/// As [`read`].
pub(super) fn read_if_there<T: DeserializeOwned>(files: &Files, relative: &str) -> Result<Option<T>> {
    files.exists(relative).then(|| read(files, relative)).transpose()
}
