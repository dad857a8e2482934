//! The real window over the real worker with a scripted model, without a display.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use egui::{Vec2, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use tauscope::app::{
    Backend, Command, DraftCommand, Errand, Input, Message, ModelStatus, PromptReader, Reading, Remembered,
    Saving, Session, Tauscope,
};
use tauscope_core::{
    Result,
    attention::Control,
    prompt::{Entities, PromptWords, Word},
};
use tauscope_studio::{
    painting::{JobId, ModelInfo, ModelSource, Painting},
    worker::{Request, Worker},
};
use tauscope_testing::fake::FakeLoader;

/// Reads prompts as the scripted model does: cut at spaces, one token a word, from position 1 on.
pub(super) struct SpaceReader;

impl PromptReader for SpaceReader {
    fn read(&self, prompt: &str) -> Reading {
        let mut at = 0;
        let words: Vec<_> = prompt
            .split_whitespace()
            .enumerate()
            .map(|(index, text)| {
                let start = at + prompt[at..].find(text).expect("a word of the prompt");
                at = start + text.len();
                Word {
                    text: text.to_owned(),
                    source: start..at,
                    tokens: vec![index + 1],
                    pieces: vec![text.to_owned()],
                    content: !["a", "and", "with", "in", "the"].contains(&text),
                    weight: 1.0,
                }
            })
            .collect();
        let unseen = (0..words.len()).filter(|&word| words[word].text == "dragon").collect();
        let end = words.len() + 1;
        let words =
            PromptWords { list: words, start: vec![0], end: vec![end], padding: (end + 1..77).collect() };
        Reading { words: Arc::new(words), unseen, ..Reading::default() }
    }

    fn examples(&self) -> Vec<String> {
        vec!["a cat in the snow".to_owned()]
    }
}

/// An entity for each cat and dog with its article and colour.
fn entities(prompt: &str) -> Entities {
    let phrases: Vec<_> =
        prompt.split(" and ").filter(|phrase| phrase.ends_with("cat") || phrase.ends_with("dog")).collect();
    let found = Entities::by_hand(prompt, &phrases.join(";")).expect("phrases of the prompt");
    Entities { by_hand: false, ..found }
}

/// The real worker; everything else is done at once.
struct RigBackend {
    worker: Worker,
    messages: VecDeque<Message>,
    saved: Arc<Mutex<Vec<Saving>>>,
}

impl Backend for RigBackend {
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
        self.messages.extend(self.worker.events().map(Message::Worker));
        self.messages.pop_front()
    }

    fn live(&self) -> Option<Arc<Painting>> {
        self.worker.live()
    }

    fn reader(&mut self, _: &ModelInfo) -> Option<Arc<dyn PromptReader>> {
        Some(Arc::new(SpaceReader))
    }

    fn find_entities(&mut self, prompt: String) {
        let found = Ok(entities(&prompt));
        self.messages.push_back(Message::Entities { prompt, found });
    }

    fn run(&mut self, errand: Errand) {
        if let Errand::Save { what, .. } = errand {
            self.saved.lock().expect("no panic while saving").push(what);
            self.messages.push_back(Message::Saved("Saved.".to_owned()));
        }
    }
}

/// A window and what it asked to be saved.
pub(super) struct Rig {
    pub(super) harness: Harness<'static, Tauscope>,
    pub(super) saved: Arc<Mutex<Vec<Saving>>>,
}

impl Rig {
    /// A window of `size` points whose model is loaded.
    pub(super) fn new(size: Vec2, loader: FakeLoader) -> Self {
        let mut rig = Self::loading(size, loader);
        rig.wait(|session| matches!(session.models.status(), ModelStatus::Ready(_)));
        rig
    }

    /// The usual window over a model that works at once.
    pub(super) fn usual() -> Self {
        Self::new(vec2(1440.0, 900.0), FakeLoader::default())
    }

    /// A window whose model is not loaded yet.
    pub(super) fn loading(size: Vec2, loader: FakeLoader) -> Self {
        let saved = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&saved);
        let harness =
            Harness::builder().with_size(size).with_max_steps(60).with_step_dt(1.0 / 60.0).build_eframe(
                move |creation| {
                    let ctx = creation.egui_ctx.clone();
                    let worker = Worker::start(loader, move || ctx.request_repaint()).expect("a thread");
                    let backend = RigBackend { worker, messages: VecDeque::new(), saved: theirs };
                    Tauscope::new(
                        &creation.egui_ctx,
                        Box::new(backend),
                        Remembered::default(),
                        ModelSource::Embedded,
                    )
                },
            );
        Self { harness, saved }
    }

    pub(super) fn session(&self) -> &Session {
        self.harness.state().session()
    }

    /// Draws until `done`.
    #[track_caller]
    pub(super) fn wait(&mut self, done: impl Fn(&Session) -> bool) {
        let begun = Instant::now();
        while !done(self.session()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the window never got there");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(1));
        }
        self.harness.step();
    }

    /// Sends a command as a panel would.
    pub(super) fn send(&mut self, command: impl Into<Input>) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().apply(&ctx, command);
        self.harness.step();
    }

    /// Paints `prompt` to its end.
    pub(super) fn paint(&mut self, prompt: &str) {
        let newest = |session: &Session| session.gallery.history().first().map(|kept| kept.painting.id);
        let before = newest(self.session());
        self.send(DraftCommand::Size(256, 256));
        self.send(DraftCommand::Prompt(prompt.to_owned()));
        self.send(Command::Generate);
        self.wait(|session| newest(session) != before);
    }

    /// Clicks what is named exactly so.
    #[track_caller]
    pub(super) fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(2);
    }
}
