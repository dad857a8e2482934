//! The worker as the window's [`Backend`].

use std::sync::{
    Arc,
    mpsc::{Receiver, Sender, channel},
};

use super::{
    backend::{Backend, Message, Saving},
    reading::{PromptReader, Reading},
};
use crate::{
    error::Result,
    worker::{Event, JobId, ModelInfo, Painting, Request, Worker},
};

type Readers = Box<dyn FnMut(&ModelInfo) -> Arc<dyn PromptReader>>;
type Save = Box<dyn FnMut(SaveJob)>;

/// A [`Worker`] with what it does not do itself: reading prompts and saving.
pub struct WorkerBackend {
    worker: Worker,
    events: std::vec::IntoIter<Event>,
    readers: Readers,
    save: Save,
    outcomes: (Sender<Message>, Receiver<Message>),
}

/// Something to be saved. It is not to be done on the caller's thread, which draws the window.
pub struct SaveJob {
    /// What of the painting.
    pub what: Saving,
    /// The painting.
    pub painting: Arc<Painting>,
    /// Its words.
    pub reading: Arc<Reading>,
    outcomes: Sender<Message>,
}

impl SaveJob {
    /// Tells how it went: where the file is, in a sentence, or why there is none. Wake the window afterwards.
    pub fn end(self, result: Result<String>) {
        let message = result.map_or_else(Message::SaveFailed, Message::Saved);
        // A window that is closed needs no answer.
        let _ = self.outcomes.send(message);
    }
}

impl WorkerBackend {
    /// Around `worker`; `readers` gives who reads prompts for a model, `save` begins to save.
    pub fn new(
        worker: Worker,
        readers: impl FnMut(&ModelInfo) -> Arc<dyn PromptReader> + 'static,
        save: impl FnMut(SaveJob) + 'static,
    ) -> Self {
        Self {
            worker,
            events: Vec::new().into_iter(),
            readers: Box::new(readers),
            save: Box::new(save),
            outcomes: channel(),
        }
    }
}

impl Backend for WorkerBackend {
    fn request(&mut self, request: Request) {
        self.worker.send(request);
    }

    fn cancel(&mut self, job: JobId) {
        self.worker.cancel(job);
    }

    fn cancel_loading(&mut self) {
        self.worker.cancel_loading();
    }

    fn poll(&mut self) -> Option<Message> {
        if self.events.len() == 0 {
            self.events = self.worker.events().collect::<Vec<_>>().into_iter();
        }
        self.events.next().map(Message::Worker).or_else(|| self.outcomes.1.try_recv().ok())
    }

    fn live(&self) -> Option<Arc<Painting>> {
        self.worker.live()
    }

    fn reader(&mut self, model: &ModelInfo) -> Arc<dyn PromptReader> {
        (self.readers)(model)
    }

    fn save(&mut self, what: Saving, painting: Arc<Painting>, reading: Arc<Reading>) {
        (self.save)(SaveJob { what, painting, reading, outcomes: self.outcomes.0.clone() });
    }
}
