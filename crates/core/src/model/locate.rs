//! From the path that a person chose to the model's folder, or to an error that says why there is none.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{advice::EXPORT_ONE_FILE, snapshots};
use crate::{Error, Result};

/// The model's folder and its name. For a repository in the Hugging Face cache it is a snapshot.
///
/// # Errors
/// [`Error::Model`] if nothing there looks like a model, [`Error::File`] if the path cannot be read.
pub(super) fn locate(path: &Path) -> Result<(PathBuf, String)> {
    let fault = |problem: String, remedy: String| Err(Error::model(path, problem, remedy));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => return Err(file_instead(path)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return fault(
                "There is nothing at this path.".into(),
                "Check the path, or whether the disk is connected.".into(),
            );
        }
        Err(error) => return Err(Error::reading(path)(error)),
    }
    if looks_like_model(path) {
        return Ok((path.to_owned(), name(path)));
    }
    if snapshots::is_repository(path) {
        let Some(snapshot) = snapshots::best(path) else {
            return fault(
                "It is a repository of the Hugging Face cache whose download has not finished.".into(),
                "Download the model again.".into(),
            );
        };
        let models = snapshots::models(&snapshot);
        let folder = match models.as_slice() {
            [only] => snapshot.join(only),
            [first, ..] if !first.is_empty() => {
                return several(path, models.iter().map(|model| snapshot.join(model)));
            }
            _ => snapshot,
        };
        let name = name(&folder);
        return Ok((folder, name));
    }
    let entries = fs::read_dir(path).map_err(Error::reading(path))?;
    let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    if entries.is_empty() {
        return fault("The folder is empty.".into(), "Choose the folder that holds model_index.json.".into());
    }
    if let Some(parent) = surrounding_model(path) {
        return fault("It is one part of a model.".into(), format!("Choose {} instead.", parent.display()));
    }
    let models: Vec<_> =
        entries.iter().filter(|entry| looks_like_model(entry) || snapshots::is_repository(entry)).collect();
    match models.as_slice() {
        [] if entries.iter().any(|entry| is_checkpoint(entry)) => {
            fault("It holds only a checkpoint in one file, no ONNX graphs.".into(), EXPORT_ONE_FILE.into())
        }
        [] => fault(
            "It holds neither model_index.json nor a folder unet.".into(),
            "Choose the folder of an SDXL model exported to ONNX.".into(),
        ),
        [model] => fault(
            "It is not a model itself, but holds one.".into(),
            format!("Did you mean {}?", model.display()),
        ),
        models => several(path, models.iter().map(|&model| model.clone())),
    }
}

/// The error for a path with several models.
fn several(path: &Path, models: impl Iterator<Item = PathBuf>) -> Result<(PathBuf, String)> {
    let models: Vec<_> = models.map(|model| model.display().to_string()).collect();
    Err(Error::model(path, "It holds several models.", format!("Choose one: {}.", models.join(", "))))
}

/// The error for a file that was chosen instead of a folder.
fn file_instead(path: &Path) -> Error {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let choose = "Choose the folder of an SDXL model exported to ONNX.";
    if let Some(folder) = surrounding_model(path) {
        let remedy = format!("Choose its folder {} instead.", folder.display());
        return Error::model(path, "It is one file of a model.", remedy);
    }
    match extension.as_str() {
        _ if is_checkpoint(path) => {
            Error::model(path, "It is a checkpoint in one file, not an ONNX folder.", EXPORT_ONE_FILE)
        }
        "onnx" | "onnx_data" => {
            let problem =
                "It is a single graph, and a model is a folder with a UNet, two text encoders and a VAE.";
            Error::model(path, problem, choose)
        }
        "zip" | "7z" | "rar" | "tar" | "gz" | "xz" => {
            Error::model(path, "It is an archive.", "Unpack it and choose the folder in it.")
        }
        _ => Error::model(path, "It is a file, and a model is a folder.", choose),
    }
}

fn is_checkpoint(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["safetensors", "ckpt", "pt", "pth", "gguf"].contains(&extension.as_str())
}

fn looks_like_model(folder: &Path) -> bool {
    folder.join("model_index.json").exists() || folder.join("unet").is_dir()
}

/// The model that contains the path, at most two folders above it, as for a graph.
fn surrounding_model(path: &Path) -> Option<PathBuf> {
    let path = absolute(path);
    path.ancestors().skip(1).take(2).find(|folder| looks_like_model(folder)).map(Path::to_owned)
}

/// The folder's name. For `models--org--name` in the Hugging Face cache and its snapshots it is the model's name, followed
/// by the folder in the snapshot, if any.
fn name(folder: &Path) -> String {
    let folder = absolute(folder);
    let of_cache = |repository: &Path| {
        let name = repository.file_name()?.to_str()?.strip_prefix(snapshots::PREFIX)?.rsplit("--").next()?;
        let inside: Vec<_> = folder.strip_prefix(repository).ok()?.iter().collect();
        let below = match &inside[..] {
            [] => &[],
            [first, _commit, below @ ..] if *first == "snapshots" => below,
            _ => return None,
        };
        Some(below.iter().fold(name.to_owned(), |name, part| format!("{name}/{}", part.to_string_lossy())))
    };
    let cached = folder.ancestors().find_map(of_cache);
    cached.unwrap_or_else(|| {
        folder
            .file_name()
            .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
    })
}

/// The absolute path. Links are not followed, because a cache's files are links out of the model's folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
