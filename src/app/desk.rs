//! What is done with files, on a thread of its own: saving, and the history of finished paintings.
//!
//! [`Desk`] is the side that the window holds; none of its calls waits for a file. What is saved and how it looks is the
//! business of [`saving`].

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::{
    backend::{Attempt, Errand, Message},
    cached_models, saving,
};
use tauscope_core::error::{Error, Result};
use tauscope_studio::{
    history::{History, Opened, first_run},
    painting::{JobId, ModelInfo, Painting, Recipe, SavedSettings},
};

/// What the history may take on disk.
const HISTORY_BYTES: u64 = 1 << 30;
/// The name of the job whose painting is shown at the start.
const FIRST: JobId = JobId(0);

/// An errand with what was loaded when it was given.
pub(super) struct Order {
    /// What to do.
    pub(super) errand: Errand,
    /// The model that painted what is newest.
    pub(super) model: Option<Arc<ModelInfo>>,
}

/// A handle to the thread. No call waits for it; it ends after the handle is dropped.
pub(super) struct Desk {
    orders: Sender<Order>,
    messages: Receiver<Message>,
}

impl Desk {
    /// Starts the thread, which begins by opening the history in `data_folder`. `wake` is called after each new message,
    /// on that thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(data_folder: Option<PathBuf>, wake: impl Fn() + Send + 'static) -> Result<Self> {
        let (orders, queue) = channel();
        let (sender, messages) = channel();
        let send = move |message: Message| {
            // A window that is closed needs no answer.
            let _ = sender.send(message);
            wake();
        };
        thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                Clerk { history: None, recipes: BTreeMap::new(), send: &send }
                    .work(data_folder.as_deref(), &queue);
            })
            .map_err(|error| Error::Internal(format!("the desk's thread could not be started ({error}).")))?;
        Ok(Self { orders, messages })
    }

    /// Begins an errand; the outcome comes as a message.
    pub(super) fn send(&self, order: Order) {
        // The thread ends with this handle only.
        let _ = self.orders.send(order);
    }

    /// The next message, if there is one.
    pub(super) fn poll(&self) -> Option<Message> {
        self.messages.try_recv().ok()
    }
}

/// What works on the thread.
struct Clerk<'a> {
    /// `None` where it cannot be opened: paintings then last as long as the window.
    history: Option<History>,
    /// What painted each picture that was kept or opened here.
    recipes: BTreeMap<JobId, Recipe>,
    send: &'a dyn Fn(Message),
}

impl Clerk<'_> {
    fn work(&mut self, data: Option<&Path>, queue: &Receiver<Order>) {
        if let Some(data) = data {
            match History::open(&data.join("history"), HISTORY_BYTES) {
                Ok(history) => self.history = Some(history),
                Err(error) => self.fail(Attempt::ReadHistory, error),
            }
        }
        self.list();
        self.welcome();
        let models = cached_models::find();
        if !models.is_empty() {
            (self.send)(Message::CachedModels(models));
        }
        for order in queue {
            let attempt = order.errand.attempt();
            if let Err(error) = self.run(order) {
                self.fail(attempt, error);
            }
        }
    }

    /// Shows the newest painting, and at the first start a recorded one.
    fn welcome(&mut self) {
        let newest =
            self.history.as_ref().and_then(|history| history.entries().first()).map(|entry| entry.id);
        let opened = match (&self.history, newest) {
            (Some(history), Some(id)) => history.open_entry(id, FIRST),
            _ => first_run(FIRST),
        };
        if let Ok(opened) = opened {
            self.recipes.insert(FIRST, opened.recipe.clone());
            (self.send)(Message::Welcome { entry: newest, painting: Arc::new(opened.painting) });
        }
    }

    fn run(&mut self, Order { errand, model }: Order) -> Result<()> {
        match errand {
            Errand::Save { what, shown, painting } => {
                let known = self.recipes.get(&painting.id).cloned();
                let recipe = known.or_else(|| recipe(&painting, model.as_deref()));
                let folder = saving::folder().unwrap_or_else(|| PathBuf::from("."));
                fs::create_dir_all(&folder).map_err(Error::writing(&folder))?;
                let saved = saving::save(what, &shown, &painting, recipe.as_ref(), &folder)?;
                (self.send)(Message::Saved(saved));
            }
            Errand::Keep(painting) => {
                let Some(recipe) = recipe(&painting, model.as_deref()) else { return Ok(()) };
                self.recipes.insert(painting.id, recipe.clone());
                let Some(history) = &mut self.history else { return Ok(()) };
                let entry = history.add(&painting, &recipe)?;
                (self.send)(Message::Kept(painting.id, entry.id));
                self.list();
            }
            Errand::Open(entry, job) => {
                let Some(history) = &mut self.history else { return Ok(()) };
                let Opened { painting, recipe } = history.open_entry(entry, job)?;
                self.recipes.insert(job, recipe);
                (self.send)(Message::Opened { entry, painting: Arc::new(painting) });
            }
            Errand::ReadSettings(path) => {
                (self.send)(Message::Settings(Box::new(SavedSettings::read(&path)?)));
            }
            Errand::Forget(entry) => {
                if let Some(history) = &mut self.history {
                    history.remove(entry)?;
                    self.list();
                }
            }
        }
        Ok(())
    }

    fn list(&mut self) {
        let Some(history) = &mut self.history else { return };
        (self.send)(Message::History(history.entries().to_vec()));
        for remark in history.take_remarks() {
            self.fail(Attempt::ReadHistory, Error::input(remark, "It was left as it is."));
        }
    }

    fn fail(&self, attempt: Attempt, error: Error) {
        (self.send)(Message::Failed { attempt, error });
    }
}

fn recipe(painting: &Painting, model: Option<&ModelInfo>) -> Option<Recipe> {
    Some(Recipe::of(painting, model?))
}
