//! What several integration tests share.
#![allow(dead_code, reason = "each test takes what it needs")]

use tauscope::{
    diffusion::CancelToken,
    runtime::{LibraryOptions, Runtime, SessionOptions},
    worker::{Engine, EngineOptions, ModelSource},
};

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
    let options = EngineOptions { library: library_options(), session: SessionOptions::default() };
    Engine::load(&ModelSource::Embedded, &options, &mut |_, _| (), &CancelToken::new())
        .expect("the embedded model")
}
