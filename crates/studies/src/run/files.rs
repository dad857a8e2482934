//! The files of a run's folder: their names, and those that are read whole.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{lines, manifest::Manifest};
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// What is painted.
pub(super) const STUDY: &str = "study.json";
/// The prompts with their checks.
pub(super) const PROMPTS: &str = "prompts.jsonl";
/// A line a picture.
pub(super) const PICTURES_LINES: &str = "pictures.jsonl";
/// The pictures themselves.
pub(super) const PICTURES: &str = "pictures";
/// Who judges.
pub(super) const JUDGES: &str = "judges.json";
/// What a person should know.
pub(super) const NOTICES: &str = "notices.jsonl";
/// Held by the process that writes.
pub(super) const LOCK: &str = "lock";
/// What judges said, by what kind of thing they say.
pub(super) const ANSWERS: &str = "answers";
pub(super) const SCORES: &str = "scores";
pub(super) const FEATURES: &str = "features";
/// What people answered, a file a reviewer.
pub(super) const PEOPLE: &str = "people";

/// What a run's folder says of the run, with its prompts.
///
/// # Errors
/// [`Error::Input`] if it is none, or broken; [`Error::File`].
pub(super) fn read_manifest(root: &Path) -> Result<Manifest> {
    let path = root.join(STUDY);
    if !path.exists() {
        return Err(Error::input(
            format!("{} is not the folder of a study's run: it has no {STUDY}.", root.display()),
            "Choose the folder that a study was run into.",
        ));
    }
    let mut manifest: Manifest = read_json(&path)?;
    manifest.study.prompts = lines::read(&root.join(PROMPTS))?;
    Ok(manifest)
}

/// The judges of a run, each with its fingerprint.
///
/// # Errors
/// [`Error::Input`] if their file is broken; [`Error::File`].
pub(super) fn read_judges(root: &Path) -> Result<BTreeMap<String, String>> {
    let path = root.join(JUDGES);
    if path.exists() { read_json(&path) } else { Ok(BTreeMap::new()) }
}

/// The file of a judge's lines, `folder` being [`ANSWERS`] or [`SCORES`].
pub(super) fn lines_file(root: &Path, folder: &str, judge: &str) -> PathBuf {
    root.join(folder).join(format!("{judge}.jsonl"))
}

/// The file of a judge's features.
pub(super) fn features_file(root: &Path, judge: &str) -> PathBuf {
    root.join(FEATURES).join(format!("{judge}.f32"))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).map_err(Error::reading(path))?;
    serde_json::from_slice(&text).map_err(|cause| {
        Error::input(
            format!("{} cannot be used ({cause}).", path.display()),
            "It was changed, or written by a newer Tauscope: take the version that wrote it.",
        )
    })
}

/// Writes a JSON file that people can read.
///
/// # Errors
/// [`Error::File`]; the file is whole or as it was.
pub(super) fn write_json(path: &Path, thing: &impl Serialize) -> Result<()> {
    let json = serde_json::to_vec_pretty(thing)
        .map_err(|cause| Error::Internal(format!("a run cannot be written as JSON ({cause}).")))?;
    write_file(path, |file| file.write_all(&json))
}
