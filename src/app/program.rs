//! The window on the real program.

use super::{Backend, Remembered, WorkerBackend, duty::duty, memory_file};
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

/// Opens the window on the real program and returns when it is closed and what was asked of the desk is done.
///
/// # Errors
/// If there is no display, or the system gives no thread.
pub fn open(Options { engine, model }: Options) -> Result<()> {
    let data = engine.library.data_dir.clone().or_else(data_folder);
    // Before there is a window that could wait for it.
    let remembered = data.as_deref().map(memory_file::within);
    let remembered = remembered.as_deref().map_or_else(Remembered::default, memory_file::read);
    let (duty, duties) = duty();
    let start = move |ctx: &egui::Context| {
        let ctx = ctx.clone();
        let backend = WorkerBackend::start(engine.clone(), duty, move || ctx.request_repaint())?;
        Ok(Box::new(backend) as Box<dyn Backend>)
    };
    let result = super::run(start, remembered, model);
    duties.finish();
    result
}
