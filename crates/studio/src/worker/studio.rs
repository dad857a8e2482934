//! The worker's thread: takes task after task and owns the model. A panic in a task ends only that task.

use std::sync::Arc;

use super::{Commission, Event, LoadedModel, ModelLoader, Request, mailbox::Mailbox};
use crate::painting::{Branch, JobId, ModelSource, Painting, PaintingStage, RUN_BYTES, Spill};
use tauscope_core::{
    CancelToken, caught,
    diffusion::{LatentPreview, Notice, Progress},
    error::{Error, Result},
};

pub(super) struct Studio<'a, L> {
    loader: L,
    mailbox: &'a Mailbox,
    model: Option<LoadedModel>,
}

impl<'a, L: ModelLoader> Studio<'a, L> {
    pub(super) fn new(loader: L, mailbox: &'a Mailbox) -> Self {
        Self { loader, mailbox, model: None }
    }

    /// Works until the handle is dropped.
    pub(super) fn work(mut self) {
        while let Some(task) = self.mailbox.next() {
            match task.request {
                Request::Load(source) => self.load(&source, &task.cancel),
                Request::Unload => {
                    self.free();
                    self.mailbox.change(|state| state.end_unload());
                }
                Request::Look(look) => {
                    let looked = self.ask(&look.painting, |model| look.run(model, &task.cancel));
                    self.mailbox.change(|state| state.answer(Event::Looked(looked.map(Box::new))));
                }
                Request::Decode(decode) => {
                    let decoded =
                        self.ask(&decode.painting, |model| decode.run(&mut *model.painter, &task.cancel));
                    self.mailbox.change(|state| state.answer(Event::Decoded(decoded.map(Arc::new))));
                }
                Request::Generate { id, settings, prompt, branch } => {
                    let commission = Commission { prompt, live: task.live, ..Commission::new(settings) };
                    self.paint(id, commission, branch.as_ref(), &task.cancel);
                }
            }
        }
    }

    fn load(&mut self, source: &ModelSource, cancel: &CancelToken) {
        // Two models may not fit in memory.
        self.free();
        let mut report = |stage: &str, fraction| self.mailbox.change(|state| state.report(stage, fraction));
        let loader = &mut self.loader;
        let loaded = cancel.check().and_then(|()| {
            caught("loading the model", || loader.load(source, &mut report, cancel)).flatten()
        });
        let info = loaded.map(|model| Arc::new(self.model.insert(model).info.clone()));
        if !self.mailbox.change(|state| state.end_load(info)) {
            self.free();
        }
    }

    fn paint(&mut self, id: JobId, commission: Commission, branch: Option<&Branch>, cancel: &CancelToken) {
        let painted = match &mut self.model {
            Some(model) => caught("painting", || paint(model, id, commission, branch, cancel, self.mailbox)),
            None => Ok(Err(no_model())),
        };
        self.reload_after_panic(painted.is_err());
        let _before = self.mailbox.change(|state| state.end_job(id, painted.flatten()));
    }

    /// Asks the model about a painting that it made.
    fn ask<T>(
        &mut self,
        painting: &Painting,
        question: impl FnOnce(&mut LoadedModel) -> Result<T>,
    ) -> Result<T> {
        let answer = match &mut self.model {
            Some(model) => caught("looking at a step", || {
                painting.require(&model.info)?;
                question(model)
            }),
            None => Ok(Err(no_model())),
        };
        self.reload_after_panic(answer.is_err());
        answer.flatten()
    }

    /// After a panic the model's state is unknown: the next task gets a new model.
    fn reload_after_panic(&mut self, panicked: bool) {
        let source = self.model.as_ref().map(|model| model.info.source.clone()).filter(|_| panicked);
        if let Some(source) = source {
            self.free();
            self.mailbox.change(|state| state.reload(source));
        }
    }

    fn free(&mut self) {
        let model = self.model.take();
        // The panic was printed, and there is nothing left to save.
        caught("freeing the model", || drop(model)).unwrap_or_default();
    }
}

/// Paints one picture and publishes its progress.
fn paint(
    model: &mut LoadedModel,
    id: JobId,
    mut commission: Commission,
    branch: Option<&Branch>,
    cancel: &CancelToken,
    mailbox: &Mailbox,
) -> Result<Arc<Painting>> {
    let LoadedModel { info, preview, reader, painter } = model;
    let prompt = reader.reuse_or_read(commission.prompt.as_ref(), &commission.settings.prompt)?;
    commission.prompt = Some(Arc::clone(&prompt));
    let mut painting = Painting {
        model_fingerprint: Some(info.fingerprint),
        words: Arc::clone(&prompt.words),
        prompt: Some(prompt),
        layers: branch.map_or_else(Vec::new, |branch| branch.parent.layers.clone()),
        branch: branch.map(|branch| Box::new(branch.from())),
        steps: branch.map_or_else(Vec::new, |branch| branch.steps().to_vec()),
        ..Painting::new(id, &info.name, commission.settings.clone())
    };
    if let Some(branch) = branch {
        branch.parent.require(info)?;
        commission.start = branch.start(&commission.settings, &info.layers)?;
    }
    let mut spill = Spill::default();
    let outcome = painter.paint(&commission, cancel, &mut |progress| {
        if let Some(notice) = apply(&mut painting, progress, preview, &mut spill) {
            mailbox.change(|state| state.notice(id, notice));
        }
        let _before = mailbox.change(|state| state.advance(Arc::new(painting.clone())));
    })?;
    painting.stage = PaintingStage::Done;
    painting.image = Some(outcome.image);
    Ok(Arc::new(painting))
}

/// Applies a report of progress to the painting; gives what a person should know.
fn apply(
    painting: &mut Painting,
    progress: Progress,
    preview: &LatentPreview,
    spill: &mut Spill,
) -> Option<Notice> {
    match progress {
        Progress::Encoding => painting.stage = PaintingStage::Encoding,
        Progress::Decoding { done, of } => painting.stage = PaintingStage::Decoding { done, of },
        Progress::Noticed(notice) => return Some(notice),
        Progress::Step(report) => {
            painting.stage = PaintingStage::Painting;
            let notice = painting.push(*report, preview, spill, RUN_BYTES);
            painting.settings = painting.as_steered();
            return notice;
        }
    }
    None
}

fn no_model() -> Error {
    Error::input("No model is loaded.", "Open a model, then generate again.")
}
