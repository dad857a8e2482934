//! The worker as the window's [`Backend`].

use std::sync::{Arc, mpsc::Receiver};

use super::{
    backend::{Backend, Errand, Message},
    reading::PromptReader,
};
use tauscope_core::{attention::Control, error::Result, prompt::Groups};
use tauscope_studio::{
    painting::{JobId, ModelInfo, Painting},
    worker::{Event, Request, Worker},
};

type Readers = Box<dyn FnMut(&ModelInfo) -> Option<Arc<dyn PromptReader>>>;
type Questions = Box<dyn FnMut(String)>;
type Answers = Box<dyn FnMut() -> Option<Message>>;
type Errands = Box<dyn FnMut(Errand)>;

/// A [`Worker`] with what it does not do itself: reading prompts and files.
pub struct WorkerBackend {
    worker: Worker,
    events: std::vec::IntoIter<Event>,
    readers: Readers,
    questions: Questions,
    answers: Answers,
    errands: Errands,
    told: Receiver<Message>,
}

impl WorkerBackend {
    /// Around `worker`; `readers` gives who reads prompts for a model, `questions` begins to look for a prompt's
    /// entities and `answers` has them, `errands` begins what is to be done with files
    /// (not on the caller's thread, which draws the window), and `told` says how that went.
    pub fn new(
        worker: Worker,
        readers: impl FnMut(&ModelInfo) -> Option<Arc<dyn PromptReader>> + 'static,
        questions: impl FnMut(String) + 'static,
        answers: impl FnMut() -> Option<Message> + 'static,
        errands: impl FnMut(Errand) + 'static,
        told: Receiver<Message>,
    ) -> Self {
        Self {
            worker,
            events: Vec::new().into_iter(),
            readers: Box::new(readers),
            questions: Box::new(questions),
            answers: Box::new(answers),
            errands: Box::new(errands),
            told,
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

    fn steer(&mut self, job: JobId, control: Control, groups: Groups) -> Result<()> {
        self.worker.steer(job, control, groups)
    }

    fn cancel_loading(&mut self) {
        self.worker.cancel_loading();
    }

    fn poll(&mut self) -> Option<Message> {
        if self.events.len() == 0 {
            self.events = self.worker.events().collect::<Vec<_>>().into_iter();
        }
        self.events
            .next()
            .map(Message::Worker)
            .or_else(|| self.told.try_recv().ok())
            .or_else(&mut self.answers)
    }

    fn live(&self) -> Option<Arc<Painting>> {
        self.worker.live()
    }

    fn reader(&mut self, model: &ModelInfo) -> Option<Arc<dyn PromptReader>> {
        (self.readers)(model)
    }

    fn find_groups(&mut self, prompt: String) {
        (self.questions)(prompt);
    }

    fn run(&mut self, errand: Errand) {
        (self.errands)(errand);
    }
}
