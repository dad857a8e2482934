//! ONNX Runtime and models that paint.

use std::path::Path;

use tauscope_core::CancelToken;
use tauscope_runtime::{LibraryOptions, Runtime, SessionOptions};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Engine, EngineOptions},
};

/// Finds ONNX Runtime as the program does, or fetches it into the build folder, never into the user's data folder.
pub fn library_options() -> LibraryOptions {
    LibraryOptions { data_dir: Some(crate::data_dir()), ..LibraryOptions::from_environment() }
}

/// ONNX Runtime, started.
pub fn runtime() -> Runtime {
    Runtime::start(&library_options(), &mut |_| {}, &CancelToken::new()).expect("ONNX Runtime")
}

/// The embedded model, loaded.
pub fn engine() -> Engine {
    load(&ModelSource::Embedded, SessionOptions::default())
}

/// The model in a folder, loaded.
pub fn engine_of(folder: &Path) -> Engine {
    load(&ModelSource::Folder(folder.to_owned()), SessionOptions::default())
}

/// A model, loaded as `session` says.
pub fn load(source: &ModelSource, session: SessionOptions) -> Engine {
    let options = EngineOptions { library: library_options(), session };
    Engine::load(source, &options, &mut |_, _| (), &CancelToken::new()).expect("a model")
}
