//! Where the weights of a graph really lie. ONNX Runtime maps them from there, but only from within one folder, and it
//! compares real paths: links that lead out of the folder are refused. The Hugging Face cache is made of such links, from
//! `snapshots/REVISION/unet/model.onnx_data` to `blobs/HASH`, so every location is rewritten.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use tauscope_core::{
    error::{Error, Result},
    model::Files,
};
use tauscope_onnx::Graph;

/// Makes every weight of `graph`, which was read from `file`, a reference to its real file, and returns the folder that
/// the references start from; `None` for the embedded model, whose weights stay as they are.
///
/// # Errors
/// [`Error::File`] if a file is gone, [`Error::Model`] if ONNX Runtime cannot take its path.
pub(super) fn refer(graph: &mut Graph, file: &str, files: &Files) -> Result<Option<PathBuf>> {
    let Some(own) = files.path(file) else { return Ok(None) };
    let beside = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let mut real = BTreeMap::new();
    for location in graph.inventory().external_files.into_iter().map(|external| external.location) {
        let name = format!("{beside}{location}");
        let gone = || Error::reading(Path::new(&name))(io::ErrorKind::NotFound.into());
        real.insert(location, files.path(&name).ok_or_else(gone)?);
    }
    let folder = real.values().fold(parent(&own), |folder, path| shared(&folder, path));
    let locations = real.iter().map(|(location, path)| Ok((location.clone(), within(&folder, path)?)));
    graph.relocate(&locations.collect::<Result<_>>()?);
    graph.externalise(&within(&folder, &own)?);
    Ok(Some(folder))
}

fn parent(file: &Path) -> PathBuf {
    file.parent().unwrap_or(file).to_owned()
}

/// The innermost folder that holds both; empty on different drives.
fn shared(a: &Path, b: &Path) -> PathBuf {
    let both = a.components().zip(b.components()).take_while(|(a, b)| a == b);
    both.map(|(component, _)| component).collect()
}

/// The path as seen from `folder`.
fn within(folder: &Path, path: &Path) -> Result<String> {
    let fault =
        |problem: &str| Error::model(path, problem, "Put the whole model into one folder of another name.");
    if folder.as_os_str().is_empty() {
        return Err(fault(
            "Its graph and its weights lie on different drives, and ONNX Runtime looks at only one.",
        ));
    }
    match path.to_str().and(path.strip_prefix(folder).ok()).and_then(Path::to_str) {
        Some(location) => Ok(location.to_owned()),
        None => Err(fault("The path is not Unicode, so ONNX Runtime cannot open it.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_folder_of_all_files_is_found() {
        fn check(folder: &str, file: &str, expected: &str) {
            assert_eq!(shared(Path::new(folder), Path::new(file)), Path::new(expected), "{folder}, {file}");
        }
        check("/hub/blobs", "/hub/blobs/2f", "/hub/blobs");
        check("/hub/blobs", "/hub/other/2f", "/hub");
        check("/hub/unet", "/hub/unet-weights", "/hub");
        check("/hub/unet", "/hub/unet/weights/a", "/hub/unet");
        check("/home/me", "/mnt/a", "/");
        check("/hub", "elsewhere", "");
    }

    #[test]
    fn locations_count_from_the_folder() {
        fn check(folder: &str, path: &str, expected: Result<&str, &str>) {
            let location = within(Path::new(folder), Path::new(path)).map_err(|error| error.to_string());
            match expected {
                Ok(expected) => assert_eq!(location.as_deref(), Ok(expected)),
                Err(expected) => {
                    assert!(location.clone().is_err_and(|e| e.contains(expected)), "{location:?}")
                }
            }
        }
        check("/hub", "/hub/2f", Ok("2f"));
        check("/", "/hub/2f", Ok("hub/2f"));
        check("", "/hub/2f", Err("different drives"));
    }
}
