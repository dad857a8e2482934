//! The state that both sides of the worker share, and its rules: what waits, what runs, what was published. Plain
//! transitions; [`super::mailbox`] puts them behind a lock and calls `wake`.

use std::{collections::VecDeque, mem, sync::Arc};

use super::{Event, Request};
use crate::painting::{JobId, ModelInfo, ModelSource, Painting};
use tauscope_core::{
    CancelToken,
    diffusion::{LiveControl, Notice, Settings, Steer},
    error::{Error, Result},
    prompt::Entities,
};

/// How many finished pictures may wait to be drained. Beyond that no job starts, so that a window that is not drawn
/// for a long time does not fill the memory with maps.
const UNDRAINED_PICTURES: usize = 4;

/// A request with its own cancel token and live control.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) request: Request,
    pub(super) cancel: CancelToken,
    pub(super) live: LiveControl,
}

impl Task {
    fn new(request: Request) -> Self {
        Self { request, cancel: CancelToken::new(), live: LiveControl::default() }
    }

    fn job(&self) -> Option<JobId> {
        match self.request {
            Request::Generate { id, .. } => Some(id),
            Request::Load(_) | Request::Look(_) | Request::Decode(_) | Request::Unload => None,
        }
    }

    /// Whether it asks about a finished step.
    fn is_about_a_finished_step(&self) -> bool {
        matches!(self.request, Request::Look(_) | Request::Decode(_))
    }

    fn is_load(&self) -> bool {
        matches!(self.request, Request::Load(_))
    }
}

#[derive(Debug, Default)]
pub(super) struct WorkerState {
    waiting: VecDeque<Task>,
    running: Option<Task>,
    outbox: VecDeque<Event>,
    live: Option<Arc<Painting>>,
    /// Something was published since [`Self::take_news`].
    news: bool,
    /// The handle is dropped: nothing more is started or published.
    pub(super) closing: bool,
    /// The thread has ended.
    pub(super) ended: bool,
}

/// Transitions that the handle makes.
impl WorkerState {
    pub(super) fn send(&mut self, request: Request) {
        match request {
            Request::Generate { .. } => self.waiting.push_back(Task::new(request)),
            Request::Look(_) | Request::Decode(_) => {
                let kind = mem::discriminant(&request);
                self.waiting.retain(|task| mem::discriminant(&task.request) != kind);
                let first_job = self.waiting.iter().position(|task| task.job().is_some());
                self.waiting.insert(first_job.unwrap_or(self.waiting.len()), Task::new(request));
            }
            Request::Load(_) | Request::Unload => {
                self.clear_queue();
                self.waiting.retain(|task| !task.is_about_a_finished_step());
                // Only loads are left; those that have not begun still end, with `LoadFailed(Cancelled)`.
                self.running.iter().chain(&self.waiting).for_each(|task| task.cancel.cancel());
                self.waiting.push_back(Task::new(request));
            }
        }
    }

    pub(super) fn cancel(&mut self, id: JobId) {
        // The same lock decides how a job ends: either this cancels it, or it had ended before.
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

    pub(super) fn steer(&self, id: JobId, steer: Steer) -> Result<()> {
        self.task_of(id).map_or(Ok(()), |task| task.live.set(steer))
    }

    pub(super) fn set_entities(&self, id: JobId, entities: Entities) {
        if let Some(task) = self.task_of(id) {
            task.live.set_entities(entities);
        }
    }

    fn task_of(&self, id: JobId) -> Option<&Task> {
        self.running.iter().chain(&self.waiting).find(|task| task.job() == Some(id))
    }

    pub(super) fn queue(&self) -> Vec<(JobId, Settings)> {
        let jobs = self.waiting.iter().filter_map(|task| match &task.request {
            Request::Generate { id, settings, .. } => Some((*id, settings.clone())),
            _ => None,
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

/// Transitions that the thread makes.
impl WorkerState {
    /// Whether the thread has to wait.
    pub(super) fn is_idle(&self) -> bool {
        let pictures = || self.outbox.iter().filter(|event| matches!(event, Event::Finished(..))).count();
        !self.closing
            && self
                .waiting
                .front()
                .is_none_or(|next| next.job().is_some() && pictures() >= UNDRAINED_PICTURES)
    }

    /// Starts the next task. Also returns the live painting that it replaces, if any.
    pub(super) fn begin(&mut self) -> Option<(Task, Option<Arc<Painting>>)> {
        if self.is_idle() {
            return None;
        }
        let task = self.waiting.pop_front()?;
        if let Some(id) = task.job() {
            self.emit(Event::Started(id));
        }
        self.running = Some(task.clone());
        let replaced = if task.is_about_a_finished_step() { None } else { self.live.take() };
        Some((task, replaced))
    }

    /// Reports progress of loading. Only the newest report waits to be drained.
    pub(super) fn report(&mut self, stage: &str, fraction: Option<f32>) {
        if !self.is_cancelled() {
            self.outbox.retain(|event| !matches!(event, Event::Loading { .. }));
            self.emit(Event::Loading { stage: stage.to_owned(), fraction });
        }
    }

    /// Publishes the running job's progress. Returns what `live` held before, to be dropped outside the lock.
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

    /// Publishes a notice about the running job.
    pub(super) fn notice(&mut self, id: JobId, notice: Notice) {
        if !self.is_cancelled() {
            self.emit(Event::Noticed(id, notice));
        }
    }

    /// The running load has ended. Returns whether to keep the model.
    pub(super) fn end_load(&mut self, result: Result<Arc<ModelInfo>>) -> bool {
        let result = if self.is_cancelled() { Err(Error::Cancelled) } else { result };
        self.running = None;
        let loaded = result.is_ok();
        self.emit(result.map_or_else(Event::LoadFailed, Event::Loaded));
        loaded
    }

    /// The model was freed by request.
    pub(super) fn end_unload(&mut self) {
        self.running = None;
        self.emit(Event::Unloaded);
    }

    /// Publishes the answer about a finished step; only the newest answer of a kind waits to be drained. A cancelled
    /// task has none.
    pub(super) fn answer(&mut self, answer: Event) {
        let is_cancelled = self.is_cancelled();
        self.running = None;
        if !is_cancelled {
            let kind = mem::discriminant(&answer);
            self.outbox.retain(|event| mem::discriminant(event) != kind);
            self.emit(answer);
        }
    }

    /// The running job has ended. Returns what `live` held before, to be dropped outside the lock.
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

    /// Loads `source` before anything that waits, unless another load or an unload waits already.
    pub(super) fn reload(&mut self, source: ModelSource) {
        if self.waiting.iter().all(|task| task.job().is_some() || task.is_about_a_finished_step()) {
            self.waiting.push_front(Task::new(Request::Load(source)));
        }
    }

    /// Whether something was published since the last call.
    pub(super) fn take_news(&mut self) -> bool {
        mem::take(&mut self.news)
    }

    /// Whether the running task was cancelled. The token decides, never the error that the task ends with.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn generate(id: u64) -> Request {
        Request::Generate { id: JobId(id), settings: Settings::default(), prompt: None, branch: None }
    }

    fn painting(id: u64) -> Arc<Painting> {
        Arc::new(Painting::new(JobId(id), "Fake", Settings::default()))
    }

    fn drained(state: &mut WorkerState) -> Vec<String> {
        let describe = |event| match event {
            Event::Finished(id, _) => format!("Finished({id:?})"),
            other => format!("{other:?}"),
        };
        state.drain().into_iter().map(describe).collect()
    }

    /// The job ends with `result` and is cancelled before, after or not at all.
    #[test]
    fn a_job_ends_once() {
        fn check(cancelled: &str, result: Result<Arc<Painting>>, expected: &str) {
            let mut state = WorkerState::default();
            state.send(generate(1));
            assert!(state.begin().is_some());
            drained(&mut state);
            if cancelled == "before" {
                state.cancel(JobId(1));
            }
            state.end_job(JobId(1), result);
            if cancelled == "after" {
                state.cancel(JobId(1));
            }
            assert_eq!(drained(&mut state), [expected]);
        }
        check("never", Ok(painting(1)), "Finished(JobId(1))");
        check("before", Ok(painting(1)), "Cancelled(JobId(1))");
        check("after", Ok(painting(1)), "Finished(JobId(1))");
        check("before", Err(Error::Internal("x".into())), "Cancelled(JobId(1))");
        check("before", Err(Error::Cancelled), "Cancelled(JobId(1))");
        // Nobody cancelled it, whatever the error says.
        check("never", Err(Error::Cancelled), "Failed(JobId(1), Cancelled)");
    }

    #[test]
    fn a_cancelled_job_reports_nothing_but_its_end() {
        let mut state = WorkerState::default();
        state.send(generate(1));
        state.begin();
        state.advance(painting(1));
        state.cancel(JobId(1));
        drained(&mut state);
        let late = painting(1);
        state.advance(Arc::clone(&late));
        assert!(drained(&mut state).is_empty());
        assert!(state.live().is_some_and(|live| !Arc::ptr_eq(&live, &late)));
    }

    #[test]
    fn reports_that_nobody_reads_do_not_pile_up() {
        let mut state = WorkerState::default();
        state.send(Request::Load(ModelSource::Embedded));
        state.begin();
        for percent in 0..100 {
            state.report("Loading", Some(percent as f32 / 100.0));
        }
        assert_eq!(drained(&mut state), ["Loading { stage: \"Loading\", fraction: Some(0.99) }"]);
        state.end_load(Err(Error::Cancelled));
        state.send(generate(1));
        state.begin();
        drained(&mut state);
        for _ in 0..100 {
            state.advance(painting(1));
        }
        assert_eq!(drained(&mut state), ["Advanced(JobId(1))"]);
    }

    #[test]
    fn pictures_that_nobody_takes_stop_the_queue() {
        let mut state = WorkerState::default();
        for id in 0..10 {
            state.send(generate(id));
        }
        let run = |state: &mut WorkerState| {
            let mut ran = 0;
            while state.begin().is_some() {
                state.end_job(JobId(ran), Ok(painting(ran)));
                ran += 1;
            }
            ran as usize
        };
        assert_eq!(run(&mut state), UNDRAINED_PICTURES);
        assert_eq!(run(&mut state), 0);
        // Another model is loaded all the same.
        drained(&mut state);
        assert_eq!(run(&mut state), UNDRAINED_PICTURES);
        state.send(Request::Load(ModelSource::Embedded));
        assert!(state.begin().is_some_and(|(task, _)| task.is_load()));
    }

    #[test]
    fn looks_go_before_jobs_and_only_the_newest_is_done() {
        let look = |step| {
            let place = tauscope_core::attention::Place { y: 0.5, x: 0.5 };
            Request::Look(crate::worker::Look { painting: painting(1), step, place })
        };
        let mut state = WorkerState::default();
        state.send(generate(1));
        state.send(look(3));
        state.send(look(5));
        let live = painting(9);
        state.live = Some(Arc::clone(&live));
        let (task, _) = state.begin().unwrap();
        assert!(matches!(&task.request, Request::Look(look) if look.step == 5));
        assert!(state.live().is_some(), "what was painted last can still be seen");
        state.answer(Event::Looked(Err(Error::Internal("x".into()))));
        assert_eq!(drained(&mut state).len(), 1);
        let (task, _) = state.begin().unwrap();
        assert_eq!(task.job(), Some(JobId(1)));
    }

    #[test]
    fn a_broken_model_comes_back_before_the_queue_unless_another_is_wanted() {
        fn check(asked: &[Request], expected: &ModelSource) {
            let mut state = WorkerState::default();
            state.send(generate(1));
            state.begin();
            asked.iter().for_each(|request| state.send(request.clone()));
            state.reload(ModelSource::Embedded);
            state.end_job(JobId(1), Err(Error::Internal("a panic".into())));
            let (task, _) = state.begin().unwrap();
            assert!(matches!(&task.request, Request::Load(source) if source == expected));
            assert!(state.waiting.iter().all(|task| task.job().is_some()));
        }
        let other = ModelSource::Folder("other".into());
        check(&[], &ModelSource::Embedded);
        check(&[generate(2)], &ModelSource::Embedded);
        check(&[Request::Load(other.clone())], &other);
        check(&[Request::Load(other.clone()), generate(2)], &other);
    }
}
