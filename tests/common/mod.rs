//! What several integration tests share.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::{fs, path::Path};

use serde_json::Value;
use tauscope_core::CancelToken;
use tauscope_runtime::{LibraryOptions, Runtime, SessionOptions};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Engine, EngineOptions},
};
use tempfile::TempDir;

/// Finds ONNX Runtime as the program does, or fetches it into the build folder: never into the person's own.
pub(crate) fn library_options() -> LibraryOptions {
    LibraryOptions {
        data_dir: Some(env!("CARGO_TARGET_TMPDIR").into()),
        ..LibraryOptions::from_environment()
    }
}

/// ONNX Runtime, started.
pub(crate) fn runtime() -> Runtime {
    Runtime::start(&library_options(), &mut |_| {}, &CancelToken::new()).expect("ONNX Runtime")
}

/// The embedded model, loaded.
pub(crate) fn engine() -> Engine {
    load(&ModelSource::Embedded, SessionOptions::default())
}

/// The model in a folder, loaded.
pub(crate) fn engine_of(folder: &Path) -> Engine {
    load(&ModelSource::Folder(folder.to_owned()), SessionOptions::default())
}

pub(crate) fn load(source: &ModelSource, session: SessionOptions) -> Engine {
    let options = EngineOptions { library: library_options(), session };
    Engine::load(source, &options, &mut |_, _| (), &CancelToken::new()).expect("a model")
}

/// A copy of the embedded model, to change.
pub(crate) fn scenes() -> TempDir {
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
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/scenes"), folder.path());
    folder
}

/// Gives a value of one of its JSON files, as a path into it ("/scaling_factor"), or replaces all of it ("").
pub(crate) fn set(folder: &TempDir, file: &str, pointer: &str, value: Value) {
    let file = folder.path().join(file);
    let mut json: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    *json.pointer_mut(pointer).expect("a value that is there") = value;
    fs::write(file, json.to_string()).expect("a file");
}
