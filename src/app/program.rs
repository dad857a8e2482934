//! The real [`Backend`]: the worker, the loaded model's tokenizers, and a thread that writes files.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
};

use egui::Context;

use super::{
    backend::{Backend, Message, Saving},
    reading::{PromptReader, Reading, Word},
    saving::{self, SaveJob},
};
use crate::{
    error::{Error, Result},
    prompt::{Label, Prompt},
    runtime::data_folder,
    worker::{
        EngineLoader, EngineOptions, Event, JobId, ModelInfo, ModelSource, Painting, Reader, Recipe, Request,
        Worker,
    },
};

/// What the window is opened with.
#[derive(Clone)]
pub struct Options {
    /// How models are loaded.
    pub engine: EngineOptions,
    /// The model to begin with.
    pub model: ModelSource,
}

/// Opens the window on the real program and returns when it is closed.
///
/// # Errors
/// If there is no display, or no thread to be had.
pub fn open(options: Options) -> Result<()> {
    let data = options.engine.library.data_dir.clone().or_else(data_folder);
    let memory_file = data.map(|folder| folder.join("window.json"));
    let first = options.model.clone();
    super::run::run(move |ctx| Program::start(ctx, &options.engine), memory_file, first)
}

/// The worker and everything beside it.
struct Program {
    worker: Worker,
    loader: EngineLoader,
    events: VecDeque<Event>,
    /// The model that is loaded, and those that painted what can be saved.
    model: Option<Arc<ModelInfo>>,
    painters: BTreeMap<JobId, Arc<ModelInfo>>,
    saver: mpsc::Sender<SaveJob>,
    outcomes: mpsc::Receiver<Message>,
}

impl Program {
    fn start(ctx: &Context, engine: &EngineOptions) -> Result<Box<dyn Backend>> {
        let loader = EngineLoader::new(engine.clone());
        let repaint = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let worker = Worker::start(loader.clone(), repaint.clone())?;
        let (saver, jobs) = mpsc::channel::<SaveJob>();
        let (tell, outcomes) = mpsc::channel();
        thread::Builder::new()
            .name("saver".to_owned())
            .spawn(move || {
                for job in jobs {
                    let message = match job.run() {
                        Ok(saved) => Message::Saved(saved),
                        Err(error) => Message::SaveFailed(error),
                    };
                    // The window is gone if nobody listens.
                    if tell.send(message).is_err() {
                        return;
                    }
                    repaint();
                }
            })
            .map_err(|error| Error::Internal(format!("the saver thread could not be started ({error}).")))?;
        Ok(Box::new(Self {
            worker,
            loader,
            events: VecDeque::new(),
            model: None,
            painters: BTreeMap::new(),
            saver,
            outcomes,
        }))
    }

    fn notice(&mut self, event: &Event) {
        match event {
            Event::Loaded(model) => self.model = Some(Arc::clone(model)),
            Event::Finished(job, _) => {
                if let Some(model) = &self.model {
                    self.painters.insert(*job, Arc::clone(model));
                }
            }
            _ => {}
        }
    }
}

impl Backend for Program {
    fn request(&mut self, request: Request) {
        self.worker.send(request);
    }

    fn cancel(&mut self, job: JobId) {
        self.worker.cancel(job);
    }

    fn poll(&mut self) -> Option<Message> {
        if let Ok(message) = self.outcomes.try_recv() {
            return Some(message);
        }
        if self.events.is_empty() {
            self.events.extend(self.worker.events());
        }
        let event = self.events.pop_front()?;
        self.notice(&event);
        Some(Message::Worker(event))
    }

    fn live(&self) -> Option<Arc<Painting>> {
        self.worker.live()
    }

    fn reader(&mut self, _model: &ModelInfo) -> Arc<dyn PromptReader> {
        match self.loader.reader() {
            Some(reader) => Arc::new(ModelReader(reader)),
            None => Arc::new(NoReader),
        }
    }

    fn save(&mut self, what: Saving, painting: Arc<Painting>, reading: Arc<Reading>) {
        let recipe = self
            .painters
            .get(&painting.id)
            .or(self.model.as_ref())
            .map(|model| Recipe::new(&painting.settings, model, false));
        let folder = saving::folder().unwrap_or_else(|| PathBuf::from("."));
        // The saver ends with the window only.
        let _ = self.saver.send(SaveJob { what, painting, reading, recipe, folder });
    }
}

/// Reads prompts with a model's own tokenizers.
struct ModelReader(Arc<Reader>);

impl PromptReader for ModelReader {
    fn read(&self, prompt: &str) -> Reading {
        // A tokenizer fails on no text that was seen yet; the worker says so when it is painted.
        self.0.read(prompt).map(|prompt| reading(&prompt, &self.0)).unwrap_or_default()
    }

    fn examples(&self) -> Vec<String> {
        self.0.examples().to_vec()
    }
}

/// Reads nothing: for the moment between two models.
struct NoReader;

impl PromptReader for NoReader {
    fn read(&self, _prompt: &str) -> Reading {
        Reading::default()
    }
}

/// A prompt as the window shows it.
fn reading(prompt: &Prompt, reader: &Reader) -> Reading {
    let labels = prompt.labels();
    let positions = |wanted: Label<'_>| {
        labels
            .iter()
            .enumerate()
            .filter(|&(_, &label)| label == wanted)
            .map(|(position, _)| position)
            .collect()
    };
    let words = prompt.words.iter().map(|word| Word {
        text: word.text.clone(),
        source: word.source.clone(),
        tokens: word.tokens.clone(),
        is_content: word.content,
        is_known: !word.content || !reader.is_unseen(&word.text),
    });
    Reading {
        // Each chunk has a start and an end of its own.
        tokens: prompt.token_count + 2 * prompt.chunks.len(),
        limit: prompt.context_tokens(),
        words: words.collect(),
        start: positions(Label::Start),
        end: positions(Label::End),
        padding: positions(Label::Padding),
        cut: prompt.cut.clone(),
    }
}
