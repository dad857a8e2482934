//! Errors and advice for folders that hold another kind of model or an incomplete one.

use std::{fs, path::Path};

use super::{Files, Unet, configs::ModelIndex};
use crate::{Error, Result};

/// For a checkpoint in one file.
pub(super) const EXPORT_ONE_FILE: &str = "Make a diffusers folder of it with \
    `python -c \"import diffusers; diffusers.StableDiffusionXLPipeline.from_single_file('FILE').save_pretrained('DIR')\"`, \
    then run `optimum-cli export onnx --model DIR --task text-to-image OUT` and choose OUT.";

/// The problem with a folder for diffusers.
pub const ONLY_TORCH: &str = "It has only PyTorch weights (diffusers), and Tauscope needs ONNX graphs.";

/// Advice to export a diffusers folder, or a repository, to ONNX.
pub fn export_command(model: impl AsRef<Path>) -> String {
    format!(
        "Run `optimum-cli export onnx --model \"{}\" --task text-to-image OUT` (pip install \"optimum-onnx[onnxruntime]\" diffusers) and choose OUT.",
        model.as_ref().display()
    )
}

/// For a model of another kind.
pub(super) const CHOOSE_SDXL: &str = "Choose an SDXL base model, or a fine-tune of it, exported to ONNX.";

/// Refuses pipelines other than SDXL base models, according to `model_index.json`.
///
/// # Errors
/// [`Error::Model`].
pub(super) fn check_kind(files: &Files, index: &ModelIndex) -> Result<()> {
    let fault = |problem: &str| Err(Error::model(files.root(), problem, CHOOSE_SDXL));
    let class = index.class_name.trim_start_matches("ORT").trim_start_matches("Onnx");
    if index.requires_aesthetics_score || (class.contains("XL") && index.lacks_text_encoder()) {
        fault("It is the SDXL refiner, which only refines pictures of another model.")
    } else if class.is_empty() || class.starts_with("StableDiffusionXL") {
        Ok(())
    } else if class.starts_with("StableDiffusion3") {
        fault("It is Stable Diffusion 3, which does not have SDXL's cross-attention.")
    } else if class.starts_with("StableDiffusion") {
        fault("It is Stable Diffusion 1 or 2, not SDXL.")
    } else {
        fault(&format!("It is a {class}, not SDXL."))
    }
}

/// Checks that the file exists.
///
/// # Errors
/// [`Error::Model`] that says why it may be missing and how to get it.
pub(super) fn require(files: &Files, relative: &str) -> Result<()> {
    if files.exists(relative) {
        return Ok(());
    }
    let root = files.root();
    let fault = |problem: String, remedy: &str| Err(Error::model(root, problem, remedy));
    let folder = relative.split('/').next().unwrap_or_default();
    if *files == Files::Embedded {
        fault(format!("The program was built without {relative}."), "Install Tauscope again.")
    } else if fs::symlink_metadata(files.at(relative)).is_ok() {
        fault(format!("{relative} is a link to a file that is gone."), "Download the model again.")
    } else if let Some(unfinished) = unfinished(root, folder) {
        fault(
            format!("{relative} is missing, and {unfinished} shows that a download has not finished."),
            "Let the download finish, or start it again.",
        )
    } else if relative == Unet::FILE && has_torch_weights(&root.join(folder)) {
        fault(ONLY_TORCH.into(), &export_command(root))
    } else {
        fault(
            format!("{relative} is missing."),
            "Download the model again, or export it again with a current Hugging Face optimum.",
        )
    }
}

/// The name of an unfinished download's file, if there is one.
fn unfinished(root: &Path, folder: &str) -> Option<String> {
    let download = root.join(".cache/huggingface/download");
    // A snapshot's files are links into the repository's `blobs`, where unfinished downloads are.
    let snapshots = root.ancestors().skip(1).find(|above| above.ends_with("snapshots"));
    let blobs = snapshots.map(|snapshots| snapshots.with_file_name("blobs"));
    [root.join(folder), root.to_owned(), download.join(folder), download]
        .iter()
        .chain(&blobs)
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| {
            [".incomplete", ".part", ".crdownload", ".aria2", ".download"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .min()
}

fn has_torch_weights(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .any(|path| path.extension().is_some_and(|end| end == "safetensors" || end == "bin"))
}
