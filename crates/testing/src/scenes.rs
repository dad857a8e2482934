//! The embedded model as files.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

/// A copy of the embedded model, to change.
pub fn scenes() -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                fs::create_dir(&target).expect("a folder");
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).expect("a copy");
            }
        }
    }
    let folder = TempDir::new().expect("a folder");
    copy(&crate::in_repository("models/scenes"), folder.path());
    folder
}

/// Sets a value in one of its JSON files at a JSON pointer ("/scaling_factor"), or the whole file ("").
pub fn set(folder: &TempDir, file: &str, pointer: &str, value: Value) {
    let file = folder.path().join(file);
    let mut json: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    *json.pointer_mut(pointer).expect("a value that is there") = value;
    fs::write(file, json.to_string()).expect("a file");
}
