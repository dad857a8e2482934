//! A worker under test: what it reported so far, and how to wait for more.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use tauscope_core::diffusion::Settings;
use tauscope_studio::{
    painting::{JobId, ModelSource, Painting},
    worker::{Event, ModelLoader, Request, Worker},
};
use tauscope_testing::fake::{Arrival, FakeLoader, Gate, Moment};

/// The moments of a run of [`job`] after loading.
pub(crate) const MOMENTS: [Moment; 5] =
    [Moment::Encoding, Moment::Step(0), Moment::Step(1), Moment::Step(2), Moment::Decoding];
/// Longer than anything takes: a broken worker fails the test instead of hanging it.
pub(crate) const FOREVER: Duration = Duration::from_secs(60);

pub(crate) fn settings() -> Settings {
    let prompt = "a boy in front of a girl".to_owned();
    Settings { prompt, width: 64, height: 32, steps: 3, ..Settings::default() }
}

pub(crate) fn job(id: u64) -> Request {
    Request::Generate { id: JobId(id), settings: settings(), prompt: None, branch: None }
}

pub(crate) fn other() -> ModelSource {
    ModelSource::Folder("models/other".into())
}

/// A worker with what it reported so far.
pub(crate) struct Rig {
    pub(crate) worker: Worker,
    pub(crate) woken: Receiver<()>,
    events: VecDeque<Event>,
}

impl Rig {
    pub(crate) fn new(loader: impl ModelLoader + Send + 'static) -> Self {
        let (wake, woken) = mpsc::channel();
        let worker = Worker::start(loader, move || wake.send(()).unwrap_or_default()).expect("a thread");
        Self { worker, woken, events: VecDeque::new() }
    }

    /// A worker with a model that stops at every moment.
    pub(crate) fn loaded() -> (Self, Gate) {
        let (loader, gate) = FakeLoader::gated();
        let mut rig = Self::new(loader);
        rig.worker.send(Request::Load(ModelSource::Embedded));
        arrive(&gate, Moment::Loading).go();
        rig.until("Loaded Fake");
        (rig, gate)
    }

    fn next(&mut self) -> Event {
        loop {
            self.events.extend(self.worker.events());
            match self.events.pop_front() {
                Some(event) => return event,
                None => self.woken.recv_timeout(FOREVER).expect("an event of the worker"),
            }
        }
    }

    /// The events up to and including `last`, without reports of progress.
    pub(crate) fn until(&mut self, last: &str) -> Vec<String> {
        let mut told = Vec::new();
        while told.last().is_none_or(|line| line != last) {
            match self.next() {
                Event::Loading { .. } | Event::Advanced(_) => (),
                event => told.push(describe(&event)),
            }
        }
        told
    }

    pub(crate) fn finished(&mut self) -> Arc<Painting> {
        loop {
            match self.next() {
                Event::Finished(_, painting) => return painting,
                Event::Failed(_, error) | Event::LoadFailed(error) => panic!("{error}"),
                _ => (),
            }
        }
    }

    pub(crate) fn waiting(&self) -> Vec<u64> {
        self.worker.queue().iter().map(|(id, _)| id.0).collect()
    }
}

fn describe(event: &Event) -> String {
    match event {
        Event::Loading { stage, .. } => format!("Loading: {stage}"),
        Event::Loaded(info) => format!("Loaded {}", info.name),
        Event::LoadFailed(error) => format!("LoadFailed: {error}"),
        Event::Unloaded => "Unloaded".to_owned(),
        Event::Looked(Ok(looked)) => format!("Looked at step {}", looked.step),
        Event::Looked(Err(error)) => format!("Looked: {error}"),
        Event::Decoded(Ok(decoded)) => format!("Decoded step {}", decoded.step),
        Event::Decoded(Err(error)) => format!("Decoded: {error}"),
        Event::Started(id) => format!("Started {}", id.0),
        Event::Advanced(id) => format!("Advanced {}", id.0),
        Event::Noticed(id, notice) => format!("Noticed {}: {notice}", id.0),
        Event::Finished(id, _) => format!("Finished {}", id.0),
        Event::Cancelled(id) => format!("Cancelled {}", id.0),
        Event::Failed(id, error) => format!("Failed {}: {error}", id.0),
    }
}

/// Lets the model continue until it stops at `moment`.
pub(crate) fn arrive(gate: &Gate, moment: Moment) -> Arrival {
    std::iter::from_fn(|| gate.next()).find(|arrival| arrival.moment == moment).expect("the model gets there")
}

/// Lets a whole run pass.
pub(crate) fn pass(gate: &Gate) {
    arrive(gate, Moment::Decoding).go();
}
