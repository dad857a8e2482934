//! What several integration tests share.

use tauscope::{
    diffusion::CancelToken,
    runtime::{LibraryOptions, SessionOptions},
    worker::{Engine, EngineOptions, ModelSource},
};

/// The embedded model, loaded.
#[allow(dead_code, reason = "not every integration test loads it")]
pub(crate) fn engine() -> Engine {
    let options =
        EngineOptions { library: LibraryOptions::from_environment(), session: SessionOptions::default() };
    Engine::load(&ModelSource::Embedded, &options, &mut |_, _| (), &CancelToken::new())
        .expect("the embedded model")
}
