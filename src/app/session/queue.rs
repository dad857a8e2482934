//! The jobs that were asked for and are not over: those that wait, and the one that runs.

use std::sync::Arc;

use super::effect::Effect;
use tauscope_core::{
    diffusion::{Defaults, Settings},
    prompt::{Entities, Prompt},
};
use tauscope_studio::{
    painting::{Branch, JobId, ModelInfo, Painting},
    worker::Request,
};

/// What waits and what runs.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Vec<QueuedJob>,
    running: Option<Run>,
    /// The number of the newest name.
    newest: u64,
}

/// What a person does to the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum QueueCommand {
    /// Stops the running job; what waits goes on.
    Stop,
    /// Empties the queue.
    Clear,
    /// Takes one job out of the queue.
    Remove(JobId),
}

/// A job that was asked for.
#[derive(Clone, Debug)]
pub struct QueuedJob {
    /// Its name.
    pub id: JobId,
    /// What to paint.
    pub settings: Settings,
    /// Set if a steering control asked for it.
    pub steering: Option<Steering>,
    /// Where it goes on from, if not from noise.
    pub branch: Option<Branch>,
    /// Whether the worker knows of it. A job whose size the model will say waits for the model here.
    pub is_sent: bool,
}

/// A repaint of the shown picture, because a steering control moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steering {
    /// Which drag; of each drag only the last picture is kept.
    pub drag: u64,
    /// The picture stays until the new one is done, so that a drag does not flicker.
    pub in_place: bool,
}

/// The job that runs.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was asked for.
    pub job: QueuedJob,
    /// As far as it has come.
    pub painting: Option<Arc<Painting>>,
    /// Whether it was asked to stop.
    pub stopping: bool,
}

impl Run {
    /// Whether the picture that it repaints stays until it is done.
    pub(super) fn is_in_place(&self) -> bool {
        self.job.steering.is_some_and(|steering| steering.in_place)
    }
}

impl Queue {
    /// The jobs that have not begun, in order.
    pub fn waiting(&self) -> &[QueuedJob] {
        &self.waiting
    }

    /// The job that runs.
    pub fn running(&self) -> Option<&Run> {
        self.running.as_ref()
    }

    /// Whether this job runs.
    pub fn is_running(&self, id: JobId) -> bool {
        self.running.as_ref().is_some_and(|run| run.job.id == id)
    }

    /// Whether nothing waits and nothing runs.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_none()
    }

    /// Seconds that the steps of the run take from here on, if one has been timed.
    pub fn seconds_left(&self) -> Option<f32> {
        let painting = self.running.as_ref()?.painting.as_ref()?;
        let left = painting.settings.steps.saturating_sub(painting.steps.len());
        Some(milliseconds_per_step(painting)? * left as f32 / 1000.0)
    }

    pub(super) fn update(&mut self, command: QueueCommand) -> Vec<Effect> {
        match command {
            QueueCommand::Stop => {
                let Some(run) = self.running.as_mut().filter(|run| !run.stopping) else { return Vec::new() };
                run.stopping = true;
                vec![Effect::Cancel(run.job.id)]
            }
            QueueCommand::Clear => self.waiting.drain(..).map(|job| Effect::Cancel(job.id)).collect(),
            QueueCommand::Remove(id) => {
                self.waiting.retain(|job| job.id != id);
                vec![Effect::Cancel(id)]
            }
        }
    }

    /// A name that no job has.
    pub(super) fn new_id(&mut self) -> JobId {
        self.newest += 1;
        JobId(self.newest)
    }

    /// Puts a job at the end. It goes to the worker at once, with its prompt if that was read before, unless the model has
    /// still to say its size.
    pub(super) fn add(
        &mut self,
        settings: Settings,
        prompt: Option<Arc<Prompt>>,
        steering: Option<Steering>,
        branch: Option<Branch>,
        is_size_chosen: bool,
    ) -> (JobId, Vec<Effect>) {
        let job = QueuedJob { id: self.new_id(), settings, steering, branch, is_sent: is_size_chosen };
        let request = job.is_sent.then(|| job.request(prompt));
        let id = job.id;
        self.waiting.push(job);
        (id, request.into_iter().collect())
    }

    /// Sends the jobs that waited for the model, with its size and with what suits it instead of `before`.
    pub(super) fn send_with_size(&mut self, model: &ModelInfo, before: &Defaults) -> Vec<Effect> {
        let unsent = self.waiting.iter_mut().filter(|job| !job.is_sent);
        let requests = unsent.map(|job| {
            model.defaults.replace(before, &mut job.settings);
            (job.settings.width, job.settings.height) = model.first_size();
            job.is_sent = true;
            // Nobody has read it for this model yet.
            job.request(None)
        });
        requests.collect()
    }

    /// Forgets the jobs that waited for a model that does not come.
    pub(super) fn drop_unsent(&mut self) {
        self.waiting.retain(|job| job.is_sent);
    }

    /// The job begins.
    pub(super) fn start(&mut self, id: JobId) {
        let Some(at) = self.waiting.iter().position(|job| job.id == id) else { return };
        let job = self.waiting.remove(at);
        self.running = Some(Run { job, painting: None, stopping: false });
    }

    /// The running job has come this far; gives it if this is the first that is seen of it.
    pub(super) fn advance(&mut self, painting: Arc<Painting>) -> Option<&Run> {
        let run = self.running.as_mut().filter(|run| run.job.id == painting.id)?;
        if painting.steps.is_empty() {
            return None;
        }
        let is_first = run.painting.replace(painting).is_none();
        is_first.then_some(&*run)
    }

    /// The job is over; gives it if it ran.
    pub(super) fn end(&mut self, id: JobId) -> Option<Run> {
        self.waiting.retain(|job| job.id != id);
        self.running.take_if(|run| run.job.id == id)
    }

    /// Gives entities to the jobs of this prompt that have none. Tells which of them the worker knows already.
    pub(super) fn set_entities(&mut self, prompt: &str, entities: &Entities) -> Vec<JobId> {
        let jobs = self.waiting.iter_mut().chain(self.running.as_mut().map(|run| &mut run.job));
        let lack = jobs.filter(|job| {
            let known = &job.settings.entities;
            job.settings.prompt == prompt && known.list.is_empty() && !known.by_hand && known != entities
        });
        let mut sent = Vec::new();
        for job in lack {
            job.settings.entities = entities.clone();
            sent.extend(job.is_sent.then_some(job.id));
        }
        sent
    }
}

impl QueuedJob {
    fn request(&self, prompt: Option<Arc<Prompt>>) -> Effect {
        let (id, settings, branch) = (self.id, self.settings.clone(), self.branch.clone());
        Effect::Request(Request::Generate { id, settings, prompt, branch })
    }
}

/// The mean time of a painting's steps.
pub fn milliseconds_per_step(painting: &Painting) -> Option<f32> {
    let total: f32 = painting.steps.iter().map(|step| step.elapsed.as_secs_f32()).sum();
    (!painting.steps.is_empty()).then(|| total * 1000.0 / painting.steps.len() as f32)
}
