//! Length and time of a model's graphs and weights, so that a file that changes while the model is open is noticed before
//! it is used again.
//!
//! ONNX Runtime maps weights, and [`Files::read`] maps large graphs. If a mapped file is cut off while its pages are read,
//! the system ends the program, and nothing in it can prevent that. A file that was cut off or replaced before is
//! refused with a sentence, and so is one that would give another model than the fingerprint says.

use std::{collections::BTreeMap, fs, time::SystemTime};

use super::Files;
use crate::{Error, Result};

/// What files looked like when they were checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileStamps(BTreeMap<String, Option<Stamp>>);

/// What tells a file from its earlier self.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileStamps {
    /// Notes what a file looks like now; before it is read, so that a change in between is noticed.
    pub(super) fn note(&mut self, files: &Files, file: &str) {
        self.0.insert(file.to_owned(), stamp(files, file));
    }

    /// Checks that all files are as they were.
    ///
    /// # Errors
    /// [`Error::Model`] that names one that is not.
    pub fn check(&self, files: &Files) -> Result<()> {
        match self.0.iter().find(|(file, noted)| stamp(files, file) != **noted) {
            None => Ok(()),
            Some((file, _)) => Err(Error::model(
                files.at(file),
                "It changed after the model was opened.",
                "Open the model again once nothing writes to it.",
            )),
        }
    }
}

/// `None` for a file that is not there, and for all files in the program, which cannot change.
fn stamp(files: &Files, file: &str) -> Option<Stamp> {
    match files {
        Files::Folder(_) => {
            let about = fs::metadata(files.at(file)).ok()?;
            Some(Stamp { bytes: about.len(), modified: about.modified().ok() })
        }
        Files::Embedded => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn any_change_of_a_file_is_noticed() {
        fn check(change: impl FnOnce(&std::path::Path), is_noticed: bool) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("weights");
            fs::write(&path, "weights").unwrap();
            let files = Files::Folder(folder.path().to_owned());
            let mut stamps = FileStamps::default();
            stamps.note(&files, "weights");
            change(&path);
            let message = stamps.check(&files).map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(
                message.contains("weights cannot be used as a model: It changed"),
                is_noticed,
                "{message}"
            );
        }
        let open = |path: &std::path::Path| fs::File::options().write(true).open(path).unwrap();
        check(|_| (), false);
        check(|path| open(path).set_len(3).unwrap(), true);
        check(|path| fs::remove_file(path).unwrap(), true);
        let later = SystemTime::now() + Duration::from_secs(10);
        check(|path| open(path).set_modified(later).unwrap(), true);
        let mut embedded = FileStamps::default();
        embedded.note(&Files::Embedded, "unet/model.onnx");
        assert!(embedded.check(&Files::Embedded).is_ok());
    }
}
