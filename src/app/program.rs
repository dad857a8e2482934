//! The window on the real program: the worker with real models, their tokenizers, and a thread that writes files.

use std::{path::PathBuf, sync::Arc, sync::mpsc, thread};

use egui::Context;

use super::{
    Backend, PromptReader, Reading, SaveJob, WorkerBackend,
    saving::{self, Saved},
};
use crate::{
    error::{Error, Result},
    runtime::data_folder,
    worker::{EngineLoader, EngineOptions, ModelInfo, ModelSource, Worker},
};

/// What the window is opened with.
#[derive(Clone)]
pub struct Options {
    /// How models are loaded.
    pub engine: EngineOptions,
    /// The model to begin with.
    pub model: ModelSource,
}

/// Opens the window on the real program and returns when it is closed.
///
/// # Errors
/// If there is no display, or no thread to be had.
pub fn open(options: Options) -> Result<()> {
    let data = options.engine.library.data_dir.clone().or_else(data_folder);
    let memory_file = data.map(|folder| folder.join("window.json"));
    let first = options.model.clone();
    super::run(move |ctx| backend(ctx, &options.engine), memory_file, first)
}
