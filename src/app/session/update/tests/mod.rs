//! Scripts of commands and events, without egui. What they share is here.

mod draft;
mod gallery;
mod jobs;
mod looking;
mod models;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ndarray::{Array2, Array3, Array4};

use super::{
    super::{
        super::{
            backend::{Attempt, Errand},
            reading::{Part, PromptReader, Reading},
        },
        DraftCommand, Mode, ModelStatus, QueueCommand, Remembered, ViewCommand,
    },
    *,
};
use tauscope_core::{
    Error,
    attention::{Control, Grid, Layer, Place, StepMaps, StepScores},
    diffusion::{Checkpoint, Defaults, Settings, Steer, scheduler::Sampler},
    model::{Fingerprint, FixedSize},
    prompt::{Entities, PromptWords, Word},
};
use tauscope_studio::{
    history::EntryId,
    painting::{JobId, KeptMaps, ModelInfo, PaintedStep, Painting, PaintingStage, Recipe, SavedSettings},
    worker::{Event, Request},
};

/// One token a word, all of them content.
struct Spaces;

impl PromptReader for Spaces {
    fn read(&self, prompt: &str) -> Reading {
        Reading::from(words(prompt))
    }
}

fn words(prompt: &str) -> Arc<PromptWords> {
    let words = prompt.split_whitespace().enumerate().map(|(index, text)| Word {
        text: text.to_owned(),
        source: 0..0,
        tokens: vec![index + 1],
        pieces: vec![text.to_owned()],
        content: true,
        weight: 1.0,
    });
    Arc::new(PromptWords { list: words.collect(), start: vec![0], ..PromptWords::default() })
}

fn worker(session: &mut Session, event: Event) -> Vec<Effect> {
    update(session, Input::Message(Message::Worker(event)))
}

fn loaded() -> Event {
    Event::Loaded(Arc::new(model()))
}

fn model() -> ModelInfo {
    ModelInfo {
        name: "Scenes".to_owned(),
        fingerprint: Fingerprint::of_text("Scenes"),
        source: ModelSource::Embedded,
        native_size: 256,
        fixed_size: FixedSize::default(),
        defaults: Defaults::default(),
        device: "CPU, 2 threads".to_owned(),
        remark: None,
        runtime_version: "1".to_owned(),
        simd: "AVX2".to_owned(),
        layers: Vec::new(),
    }
}

/// A window with a model and a prompt.
fn ready(prompt: &str) -> Session {
    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    worker(&mut session, loaded());
    update(&mut session, Input::Reader(Arc::new(Spaces)));
    update(&mut session, DraftCommand::Prompt(prompt.to_owned()));
    session
}

/// The jobs that the effects ask the worker for.
fn asked(effects: &[Effect]) -> Vec<(JobId, Settings)> {
    let jobs = effects.iter().filter_map(|effect| match effect {
        Effect::Request(Request::Generate { id, settings, .. }) => Some((*id, settings.clone())),
        _ => None,
    });
    jobs.collect()
}

fn painting(id: JobId, settings: &Settings, steps: usize, each: Duration) -> Arc<Painting> {
    let step = |index| PaintedStep {
        index,
        timestep: 0.0,
        preview: Array3::zeros((3, 1, 1)),
        maps: KeptMaps::from(StepMaps(vec![Array2::zeros((1, 77))])),
        neutral: None,
        scores: StepScores::default(),
        steer: Arc::default(),
        checkpoint: None,
        elapsed: each,
    };
    Arc::new(Painting {
        id,
        model: "Scenes".to_owned(),
        model_fingerprint: Some(Fingerprint::of_text("Scenes")),
        settings: settings.clone(),
        prompt: None,
        words: words(&settings.prompt),
        stage: PaintingStage::Painting,
        layers: vec![Layer::new("mid_block", Grid::new(1, 1))],
        branch: None,
        steps: (0..steps).map(|index| Arc::new(step(index))).collect(),
        image: None,
    })
}

/// Lets the oldest waiting job run to its end, each step taking `each`.
fn paint(session: &mut Session, each: Duration) -> Vec<Effect> {
    let job = session.queue.waiting()[0].clone();
    worker(session, Event::Started(job.id));
    update(session, Input::Live(painting(job.id, &job.settings, 1, each)));
    let whole = painting(job.id, &job.settings, job.settings.steps, each);
    worker(session, Event::Finished(job.id, whole))
}

/// Nothing but a temperature.
fn tau(tau: f32) -> Command {
    Command::Steer(Box::new(Control { tau, ..Control::default() }))
}

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(2);

fn failed(attempt: Attempt) -> Input {
    Input::Message(Message::Failed { attempt, error: Error::input("It is broken.", "Mend it.") })
}

/// As [`paint`], with steps that can be gone on from.
fn paint_with_latents(session: &mut Session) {
    let job = session.queue.waiting()[0].clone();
    worker(session, Event::Started(job.id));
    let mut whole = (*painting(job.id, &job.settings, job.settings.steps, SHORT)).clone();
    for step in &mut whole.steps {
        let latents = Array4::zeros((1, 4, 1, 1));
        let state = Checkpoint {
            step: step.index + 1,
            tokens: 77,
            latents: latents.clone(),
            denoised: latents,
            memory: Vec::new(),
            early_maps: None,
        };
        Arc::make_mut(step).checkpoint = Some(Arc::new(state));
    }
    worker(session, Event::Finished(job.id, Arc::new(whole)));
}
