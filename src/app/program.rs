//! The window on the real program.

use super::{Backend, WorkerBackend};
use tauscope_core::{data_folder, error::Result};
use tauscope_studio::{painting::ModelSource, worker::EngineOptions};

/// What the window is opened with.
#[derive(Clone, Debug)]
pub struct Options {
    /// How models are loaded.
    pub engine: EngineOptions,
    /// The model to begin with.
    pub model: ModelSource,
}

/// Opens the window on the real program and returns when it is closed.
///
/// # Errors
/// If there is no display, or the system gives no thread.
pub fn open(Options { engine, model }: Options) -> Result<()> {
    let data = engine.library.data_dir.clone().or_else(data_folder);
    let memory_file = data.map(|folder| folder.join("window.json"));
    let start = move |ctx: &egui::Context| {
        let ctx = ctx.clone();
        let backend = WorkerBackend::start(engine.clone(), move || ctx.request_repaint())?;
        Ok(Box::new(backend) as Box<dyn Backend>)
    };
    super::run(start, memory_file, model)
}
