//! What both sides of the worker share, and every rule about it: what waits, what runs, what was told. Plain
//! transitions; [`super::mailbox`] puts them behind a lock and calls `wake`.

use std::{collections::VecDeque, mem, sync::Arc};

use super::{Event, JobId, ModelInfo, ModelSource, Painting, Request};
use crate::{
    diffusion::{CancelToken, Settings},
    error::{Error, Result},
};

/// Finished pictures that may wait to be drained. No job is started beyond, so that a window that is not drawn for a
/// long time does not fill the memory with maps.
const UNDRAINED_PICTURES: usize = 4;

/// A request with the token that stops it: a fresh one each.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) request: Request,
    pub(super) cancel: CancelToken,
}

impl Task {
    fn new(request: Request) -> Self {
        Self { request, cancel: CancelToken::new() }
    }

    fn job(&self) -> Option<JobId> {
        match self.request {
            Request::Generate { id, .. } => Some(id),
            Request::Load(_) | Request::Unload => None,
        }
    }

    fn is_load(&self) -> bool {
        matches!(self.request, Request::Load(_))
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    waiting: VecDeque<Task>,
    running: Option<Task>,
    outbox: VecDeque<Event>,
    live: Option<Arc<Painting>>,
    /// Something was published since [`Self::take_news`].
    news: bool,
    /// The handle is gone: nothing is begun or told any more.
    pub(super) closing: bool,
    /// The thread is gone.
    pub(super) ended: bool,
}

/// What the holder of the handle does.
impl State {
    pub(super) fn send(&mut self, request: Request) {
        if !matches!(request, Request::Generate { .. }) {
            self.clear_queue();
            // Only loads are left; those that have not begun still end, with `LoadFailed(Cancelled)`.
            self.running.iter().chain(&self.waiting).for_each(|task| task.cancel.cancel());
        }
        self.waiting.push_back(Task::new(request));
    }

    pub(super) fn cancel(&mut self, id: JobId) {
        // Under the lock that also decides how a job ends: it is cancelled for sure, or it had ended before.
        if let Some(task) = self.running.as_ref().filter(|task| task.job() == Some(id)) {
            task.cancel.cancel();
        }
        self.cancel_waiting(|job| job == id);
    }

    pub(super) fn cancel_loading(&mut self) {
        let loads: Vec<_> = self.running.iter().chain(&self.waiting).filter(|task| task.is_load()).collect();
        if !loads.is_empty() {
            loads.iter().for_each(|task| task.cancel.cancel());
            self.clear_queue();
        }
    }

    pub(super) fn clear_queue(&mut self) {
        self.cancel_waiting(|_| true);
    }

    fn cancel_waiting(&mut self, chosen: impl Fn(JobId) -> bool) {
        for task in mem::take(&mut self.waiting) {
            match task.job().filter(|&id| chosen(id)) {
                Some(id) => self.emit(Event::Cancelled(id)),
                None => self.waiting.push_back(task),
            }
        }
    }

    pub(super) fn queue(&self) -> Vec<(JobId, Settings)> {
        let jobs = self.waiting.iter().filter_map(|task| match &task.request {
            Request::Generate { id, settings } => Some((*id, settings.clone())),
            Request::Load(_) | Request::Unload => None,
        });
        jobs.collect()
    }

    pub(super) fn drain(&mut self) -> VecDeque<Event> {
        mem::take(&mut self.outbox)
    }

    pub(super) fn live(&self) -> Option<Arc<Painting>> {
        self.live.clone()
    }

    pub(super) fn close(&mut self) {
        self.closing = true;
        self.waiting.clear();
        self.running.iter().for_each(|task| task.cancel.cancel());
    }
}

/// What the thread does.
impl State {
    /// Whether the thread has to wait.
    pub(super) fn is_idle(&self) -> bool {
        let pictures = || self.outbox.iter().filter(|event| matches!(event, Event::Finished(..))).count();
        !self.closing
            && self
                .waiting
                .front()
                .is_none_or(|next| next.job().is_some() && pictures() >= UNDRAINED_PICTURES)
    }

    /// The next task, which runs from now on, and the live painting that it replaces.
    pub(super) fn begin(&mut self) -> Option<(Task, Option<Arc<Painting>>)> {
        if self.is_idle() {
            return None;
        }
        let task = self.waiting.pop_front()?;
        if let Some(id) = task.job() {
            self.emit(Event::Started(id));
        }
        self.running = Some(task.clone());
        Some((task, self.live.take()))
    }

    /// Loading goes on. Only the newest report waits to be drained.
    pub(super) fn report(&mut self, stage: &str, fraction: Option<f32>) {
        if !self.is_cancelled() {
            self.outbox.retain(|event| !matches!(event, Event::Loading { .. }));
            self.emit(Event::Loading { stage: stage.to_owned(), fraction });
        }
    }

    /// The running job has come so far. Returns what `live` held before, to be dropped without the lock.
    pub(super) fn advance(&mut self, painting: Arc<Painting>) -> Option<Arc<Painting>> {
        if self.is_cancelled() {
            return Some(painting);
        }
        let id = painting.id;
        let before = self.live.replace(painting);
        self.outbox.retain(|event| !matches!(event, Event::Advanced(_)));
        self.emit(Event::Advanced(id));
        before
    }

    /// The running load has ended. Whether the model is to be kept.
    pub(super) fn end_load(&mut self, result: Result<Arc<ModelInfo>>) -> bool {
        let result = if self.is_cancelled() { Err(Error::Cancelled) } else { result };
        self.running = None;
        let loaded = result.is_ok();
        self.emit(result.map_or_else(Event::LoadFailed, Event::Loaded));
        loaded
    }

    /// The model is gone, by request.
    pub(super) fn end_unload(&mut self) {
        self.running = None;
        self.emit(Event::Unloaded);
    }

    /// The running job has ended. Returns what `live` held before, to be dropped without the lock.
    pub(super) fn end_job(&mut self, id: JobId, result: Result<Arc<Painting>>) -> Option<Arc<Painting>> {
        let result = if self.is_cancelled() { None } else { Some(result) };
        self.running = None;
        match result {
            None => self.emit(Event::Cancelled(id)),
            Some(Err(error)) => self.emit(Event::Failed(id, error)),
            Some(Ok(painting)) => {
                self.emit(Event::Finished(id, Arc::clone(&painting)));
                return self.live.replace(painting);
            }
        }
        None
    }

    /// Loads `source` before anything that waits, unless another model or none is wanted already.
    pub(super) fn reload(&mut self, source: ModelSource) {
        if self.waiting.iter().all(|task| task.job().is_some()) {
            self.waiting.push_front(Task::new(Request::Load(source)));
        }
    }

    /// Whether something was published since the last call.
    pub(super) fn take_news(&mut self) -> bool {
        mem::take(&mut self.news)
    }

    /// Whether the running task was cancelled. The token says so, never the error that the task ends with.
    fn is_cancelled(&self) -> bool {
        self.running.as_ref().is_some_and(|task| task.cancel.is_cancelled())
    }

    fn emit(&mut self, event: Event) {
        if !self.closing {
            self.outbox.push_back(event);
            self.news = true;
        }
    }
}
