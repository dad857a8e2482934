//! Brings a run's list of pictures up to date after its process was killed: pictures that have no line give theirs back,
//! and lines whose picture is gone count no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs, io,
    path::Path,
};

use super::{
    ModelName, ShotLine,
    files::{PICTURES, PICTURES_LINES},
    lines,
    shots::Shots,
};
use tauscope_core::error::{Error, Result};
use tauscope_studio::export::{Metadata, read_metadata};

/// What a run's folder has.
pub(super) struct Recovered {
    /// The pictures that need not be painted, by their numbers: whether they were painted, or failed.
    pub(super) ended: BTreeMap<usize, bool>,
    /// Lines of pictures that had none.
    pub(super) lost_lines: Vec<ShotLine>,
}

/// Looks through the folder `root`, and removes what killed processes left half written.
///
/// # Errors
/// [`Error::File`], and [`Error::Input`] if a line is broken.
pub(super) fn recover(root: &Path, shots: &Shots, model: &ModelName) -> Result<Recovered> {
    let there = pictures(root)?;
    let mut ended = BTreeMap::new();
    for line in lines::read::<ShotLine>(&root.join(PICTURES_LINES))? {
        if let Some(number) = shots.number(&line.shot) {
            // The last line of a picture counts: it may have failed before.
            ended.insert(number, line.picture.is_some());
        }
    }
    ended.retain(|&number, is_painted| !*is_painted || there.contains(&shots.file_name(number)));
    let mut lost_lines = Vec::new();
    for number in shots.numbers() {
        let name = shots.file_name(number);
        if ended.get(&number) != Some(&true) && there.contains(&name) {
            let line = line_in(&root.join(PICTURES).join(name), model);
            if let Some(line) = line.filter(|line| line.shot == shots.shot(number)) {
                ended.insert(number, true);
                lost_lines.push(line);
            }
        }
    }
    Ok(Recovered { ended, lost_lines })
}

/// Whether a killed process left this half-written file.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(".tauscope-")
}

/// The metadata of a picture, with its line.
pub(super) fn metadata(line: &ShotLine) -> Metadata {
    let metadata = line.recipe.as_ref().map(|recipe| recipe.metadata()).unwrap_or_default();
    // The recipe is in the file already.
    let line = ShotLine { recipe: None, ..line.clone() };
    Metadata { study: serde_json::to_value(line).ok(), ..metadata }
}

/// The line that a picture of this model carries; `None` if it is none of a run's, or broken.
fn line_in(path: &Path, model: &ModelName) -> Option<ShotLine> {
    let metadata = read_metadata(path).ok()?;
    let line: ShotLine = serde_json::from_value(metadata.study?).ok()?;
    let recipe = metadata.settings.and_then(|recipe| serde_json::from_value(recipe).ok())?;
    let line = ShotLine { recipe: Some(recipe), ..line };
    let is_ours =
        line.recipe.as_ref().is_some_and(|recipe| recipe.model_fingerprint == Some(model.fingerprint));
    is_ours.then_some(line)
}

/// The names of the pictures that are there.
fn pictures(root: &Path) -> Result<BTreeSet<String>> {
    let folder = root.join(PICTURES);
    let mut found = BTreeSet::new();
    let read = |found: &mut BTreeSet<String>| {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_temporary(&name) {
                fs::remove_file(entry.path())?;
            } else if entry.metadata()?.len() > 0 {
                // Empty ones are what a power cut left.
                found.extend(name.into_string());
            }
        }
        io::Result::Ok(())
    };
    read(&mut found).map_err(Error::reading(&folder))?;
    Ok(found)
}
