//! The window on the real program: the worker with real models, their tokenizers, and the desk that does files.

use std::{cell::RefCell, rc::Rc, sync::Arc, sync::mpsc::channel};

use egui::Context;

use super::{
    Backend, Message, PromptReader, WorkerBackend,
    desk::{self, Order},
};
use tauscope_core::{data_folder, error::Result};
use tauscope_studio::{
    painting::{ModelInfo, ModelSource},
    worker::{Answer, EngineLoader, EngineOptions, GroupFinder, Worker},
};

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
/// If there is no display, or no thread to be had.
pub fn open(options: Options) -> Result<()> {
    let data = options.engine.library.data_dir.clone().or_else(data_folder);
    let memory_file = data.map(|folder| folder.join("window.json"));
    let first = options.model.clone();
    super::run(move |ctx| backend(ctx, &options.engine), memory_file, first)
}

fn backend(ctx: &Context, engine: &EngineOptions) -> Result<Box<dyn Backend>> {
    let wake = |ctx: Context| move || ctx.request_repaint();
    let loader = EngineLoader::new(engine.clone());
    let worker = Worker::start(loader.clone(), wake(ctx.clone()))?;
    let (tell, told) = channel();
    let data = engine.library.data_dir.clone().or_else(data_folder);
    let orders = desk::start(data, tell, wake(ctx.clone()))?;

    let model: Rc<RefCell<Option<Arc<ModelInfo>>>> = Rc::default();
    let loaded = Rc::clone(&model);
    let readers = move |info: &ModelInfo| -> Option<Arc<dyn PromptReader>> {
        *loaded.borrow_mut() = Some(Arc::new(info.clone()));
        Some(loader.reader()?)
    };
    let data = engine.library.data_dir.clone().or_else(data_folder);
    let finder = Rc::new(GroupFinder::start(data, wake(ctx.clone()))?);
    let asked = Rc::clone(&finder);
    let questions = move |prompt| asked.ask(prompt);
    let answers =
        move || finder.answer().map(|Answer { prompt, groups }| Message::Groups { prompt, found: groups });
    let errands = move |errand| {
        let order = Order { errand, model: model.borrow().clone() };
        // The desk ends with the window only.
        let _ = orders.send(order);
    };
    Ok(Box::new(WorkerBackend::new(worker, readers, questions, answers, errands, told)))
}
