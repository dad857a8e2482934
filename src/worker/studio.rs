//! The worker's thread: takes task after task and owns the model. A panic in a task ends that task.

use std::sync::Arc;

use super::{
    JobId, LoadedModel, Loader, ModelSource, PaintedStep, Painting, Request, Stage, mailbox::Mailbox,
    panics::caught,
};
use crate::{
    diffusion::{CancelToken, LatentPreview, Progress, Settings, recorded_layers},
    error::{Error, Result},
};

pub(super) struct Studio<'a, L> {
    loader: L,
    mailbox: &'a Mailbox,
    model: Option<LoadedModel>,
}

impl<'a, L: Loader> Studio<'a, L> {
    pub(super) fn new(loader: L, mailbox: &'a Mailbox) -> Self {
        Self { loader, mailbox, model: None }
    }

    /// Works until the handle is gone.
    pub(super) fn work(mut self) {
        while let Some(task) = self.mailbox.next() {
            match task.request {
                Request::Load(source) => self.load(&source, &task.cancel),
                Request::Unload => {
                    self.free();
                    self.mailbox.change(|state| state.end_unload());
                }
                Request::Generate { id, settings } => self.paint(id, &settings, &task.cancel),
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

    fn paint(&mut self, id: JobId, settings: &Settings, cancel: &CancelToken) {
        let painted = match &mut self.model {
            Some(model) => caught("painting", || paint(model, id, settings, cancel, self.mailbox)),
            None => Ok(Err(Error::input("No model is loaded.", "Open a model, then generate again."))),
        };
        if painted.is_err() {
            // A panic left the model in a state that nobody knows: the next job gets a new one.
            if let Some(source) = self.model.as_ref().map(|model| model.info.source.clone()) {
                self.free();
                self.mailbox.change(|state| state.reload(source));
            }
        }
        let _before = self.mailbox.change(|state| state.end_job(id, painted.flatten()));
    }

    fn free(&mut self) {
        let model = self.model.take();
        // A panic was printed, and there is nothing left to save.
        caught("freeing the model", || drop(model)).unwrap_or_default();
    }
}

/// Paints one picture and publishes it as it grows.
fn paint(
    model: &mut LoadedModel,
    id: JobId,
    settings: &Settings,
    cancel: &CancelToken,
    mailbox: &Mailbox,
) -> Result<Arc<Painting>> {
    let LoadedModel { info, preview, painter } = model;
    let mut painting = Painting {
        id,
        settings: settings.clone(),
        stage: Stage::Encoding,
        layers: Vec::new(),
        steps: Vec::new(),
        image: None,
    };
    let outcome = painter.paint(settings, cancel, &mut |progress| {
        take(&mut painting, &progress, &info.layers, preview);
        let _before = mailbox.change(|state| state.advance(Arc::new(painting.clone())));
    })?;
    painting.stage = Stage::Done;
    painting.image = Some(outcome.image);
    Ok(Arc::new(painting))
}

/// Adds what happened to the painting.
fn take(painting: &mut Painting, progress: &Progress<'_>, layers: &[String], preview: &LatentPreview) {
    match progress {
        Progress::Encoding => painting.stage = Stage::Encoding,
        Progress::Decoding => painting.stage = Stage::Decoding,
        Progress::Step(report) => {
            painting.stage = Stage::Painting;
            if painting.layers.is_empty() {
                // Not an error here: the loop checks the same before it reports.
                painting.layers =
                    recorded_layers(layers, &report.maps, &painting.settings).unwrap_or_default();
            }
            painting.steps.push(Arc::new(PaintedStep {
                index: report.index,
                timestep: report.timestep,
                preview: preview.image(report.denoised.view()),
                maps: report.maps.clone(),
                elapsed: report.elapsed,
            }));
        }
    }
}
