//! The real program as the window's [`Backend`]: the worker, the finder of entities and the desk, each with its thread.

use std::sync::Arc;

use super::{
    backend::{Backend, Errand, Message},
    desk::{Desk, Order},
    duty::Duty,
    reading::PromptReader,
};
use tauscope_core::{attention::Control, data_folder, error::Result, prompt::Entities};
use tauscope_studio::{
    painting::{JobId, ModelInfo, Painting},
    worker::{Answer, EngineLoader, EngineOptions, EntityFinder, Event, Request, Worker},
};

/// A [`Worker`] with what it does not do itself: reading prompts, finding their entities, and files.
pub struct WorkerBackend {
    worker: Worker,
    /// The worker's events that were drained and not passed on yet.
    events: std::vec::IntoIter<Event>,
    /// Shares what reads the loaded model's prompts with the worker's thread.
    loader: EngineLoader,
    finder: EntityFinder,
    desk: Desk,
    /// The model that was loaded last.
    model: Option<Arc<ModelInfo>>,
}

impl WorkerBackend {
    /// Starts the threads; the desk's holds `duty` until it has done what it was asked. `wake` is called after each new
    /// message, from any thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(
        options: EngineOptions,
        duty: Duty,
        wake: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Result<Self> {
        let data = options.library.data_dir.clone().or_else(data_folder);
        let loader = EngineLoader::new(options);
        Ok(Self {
            worker: Worker::start(loader.clone(), wake.clone())?,
            events: Vec::new().into_iter(),
            loader,
            finder: EntityFinder::start(data.clone(), wake.clone())?,
            desk: Desk::start(data, duty, wake)?,
            model: None,
        })
    }

    fn next_event(&mut self) -> Option<Event> {
        if self.events.len() == 0 {
            self.events = self.worker.events().collect::<Vec<_>>().into_iter();
        }
        self.events.next()
    }
}

impl Backend for WorkerBackend {
    fn request(&mut self, request: Request) {
        self.worker.send(request);
    }

    fn cancel(&mut self, job: JobId) {
        self.worker.cancel(job);
    }

    fn steer(&mut self, job: JobId, control: Control, entities: Entities) -> Result<()> {
        self.worker.steer(job, control, entities)
    }

    fn set_entities(&mut self, job: JobId, entities: Entities) {
        self.worker.set_entities(job, entities);
    }

    fn cancel_loading(&mut self) {
        self.worker.cancel_loading();
    }

    fn poll(&mut self) -> Option<Message> {
        let answer = |Answer { prompt, entities }| Message::Entities { prompt, found: entities };
        self.next_event()
            .map(Message::Worker)
            .or_else(|| self.desk.poll())
            .or_else(|| self.finder.answer().map(answer))
    }

    fn live(&self) -> Option<Arc<Painting>> {
        self.worker.live()
    }

    fn reader(&mut self, model: &ModelInfo) -> Option<Arc<dyn PromptReader>> {
        self.model = Some(Arc::new(model.clone()));
        Some(self.loader.reader()?)
    }

    fn find_entities(&mut self, prompt: String) {
        self.finder.ask(prompt);
    }

    fn run(&mut self, errand: Errand) {
        self.desk.send(Order { errand, model: self.model.clone() });
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{
        super::{backend::Attempt, duty::duty},
        *,
    };
    use tauscope_studio::painting::ModelSource;
    use tauscope_testing::fake::FakeLoader;

    #[test]
    fn messages_come_from_all_three_threads() {
        let folder = tempfile::tempdir().unwrap();
        let data = Some(folder.path().to_owned());
        let mut backend = WorkerBackend {
            worker: Worker::start(FakeLoader::default(), || ()).unwrap(),
            events: Vec::new().into_iter(),
            loader: EngineLoader::default(),
            finder: EntityFinder::start(data.clone(), || ()).unwrap(),
            desk: Desk::start(data, duty().0, || ()).unwrap(),
            model: None,
        };
        backend.request(Request::Load(ModelSource::Embedded));
        backend.find_entities("a cat and a dog".to_owned());
        backend.run(Errand::ReadSettings(folder.path().join("no picture.png")));
        let (mut is_loaded, mut entities, mut is_refused) = (false, 0, false);
        let begun = Instant::now();
        while !(is_loaded && entities == 2 && is_refused) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{is_loaded} {entities} {is_refused}");
            match backend.poll() {
                Some(Message::Worker(Event::Loaded(_))) => is_loaded = true,
                Some(Message::Entities { found, .. }) => entities = found.unwrap().list.len(),
                Some(Message::Failed { attempt, .. }) => is_refused = attempt == Attempt::ReadSettings,
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}
