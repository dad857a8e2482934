//! What is done with files, on a thread of its own: saving, the history of finished paintings, and what the window
//! remembers.
//!
//! [`Desk`] is the side that the window holds; none of its calls waits for a file. What is saved and how it looks is the
//! business of [`saving`]. A panic ends the errand that it happens in: it is told like any other failure, and the next
//! errand is done. What fails after the window was closed is said on standard error.

use std::{
    collections::BTreeMap,
    fs, mem,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, SendError, Sender, channel},
    },
    thread,
};

use super::{
    backend::{Attempt, Errand, Message},
    cached_models,
    duty::{Duty, tell},
    memory_file, saving,
};
use tauscope_core::{
    CancelToken, caught,
    error::{Error, Result},
};
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

/// A handle to the thread. No call waits for it; it ends after the handle is dropped and all errands are done.
pub(super) struct Desk {
    orders: Sender<Order>,
    messages: Receiver<Message>,
}

impl Desk {
    /// Starts the thread, which begins by opening the history in `data_folder` and holds `duty` until it ends. `wake` is
    /// called after each new message, on that thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(
        data_folder: Option<PathBuf>,
        duty: Duty,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let (orders, queue) = channel();
        let (sender, messages) = channel();
        let send = move |message: Message| {
            if let Err(SendError(message)) = sender.send(message) {
                tell_unseen(&message);
            }
            wake();
        };
        thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                let cancel = duty.cancel.clone();
                Clerk {
                    data_folder,
                    history: None,
                    recipes: BTreeMap::new(),
                    cancel,
                    is_forgetful: false,
                    send: &send,
                }
                .work(&queue);
                drop(duty);
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

impl Drop for Desk {
    fn drop(&mut self) {
        // The window took in no more.
        while let Some(message) = self.poll() {
            tell_unseen(&message);
        }
    }
}

/// Says on standard error what matters of a message that no window will show.
fn tell_unseen(message: &Message) {
    if let Some(sentence) = complaint(message) {
        tell(sentence);
    }
}

/// What to say of a message without a window: why something failed, and nothing else.
fn complaint(message: &Message) -> Option<String> {
    match message {
        Message::Failed { attempt, error: Error::Cancelled } => {
            Some(format!("Stopped {}: it took too long after the window was closed.", attempt.doing()))
        }
        Message::Failed { error, .. } => Some(error.to_string()),
        _ => None,
    }
}

/// What works on the thread.
struct Clerk<'a> {
    data_folder: Option<PathBuf>,
    /// `None` while it cannot be opened: paintings then last as long as the window.
    history: Option<History>,
    /// What painted each picture that was kept or opened here.
    recipes: BTreeMap<JobId, Recipe>,
    /// Stops what takes long.
    cancel: CancelToken,
    /// Whether it was told that the window's settings cannot be written down.
    is_forgetful: bool,
    send: &'a dyn Fn(Message),
}

impl Clerk<'_> {
    fn work(&mut self, queue: &Receiver<Order>) {
        self.attempt(Attempt::ReadHistory, Self::open_history);
        self.attempt(Attempt::ReadHistory, Self::welcome);
        self.attempt(Attempt::ListModels, |clerk| {
            let models = cached_models::find();
            if !models.is_empty() {
                (clerk.send)(Message::CachedModels(models));
            }
            Ok(())
        });
        for order in queue {
            self.attempt(order.errand.attempt(), |clerk| clerk.run(order));
        }
    }

    /// Does one thing. A failure is told, a panic too.
    fn attempt(&mut self, attempt: Attempt, work: impl FnOnce(&mut Self) -> Result<()>) {
        let done = caught(attempt.doing(), || work(self)).unwrap_or_else(|panic| {
            // It is opened anew for the next errand.
            self.history = None;
            Err(panic)
        });
        if let Err(error) = done {
            self.fail(attempt, error);
        }
    }

    /// Opens the history, unless that is done. What could not be opened before may be there by now.
    fn open_history(&mut self) -> Result<()> {
        if let (None, Some(data_folder)) = (&self.history, &self.data_folder) {
            self.history = Some(History::open(&data_folder.join("history"), HISTORY_BYTES)?);
            self.list();
        }
        Ok(())
    }

    /// Shows the newest painting, and at the first start a recorded one.
    fn welcome(&mut self) -> Result<()> {
        let newest =
            self.history.as_ref().and_then(|history| history.entries().first()).map(|entry| entry.id);
        let Opened { painting, recipe } = match (&self.history, newest) {
            (Some(history), Some(id)) => history.open_entry(id, FIRST)?,
            _ => first_run(FIRST)?,
        };
        self.recipes.insert(FIRST, recipe);
        (self.send)(Message::Welcome { entry: newest, painting: Arc::new(painting) });
        Ok(())
    }

    fn run(&mut self, Order { errand, model }: Order) -> Result<()> {
        match errand {
            Errand::Save { what, shown, painting } => {
                let known = self.recipes.get(&painting.id).cloned();
                let recipe = known.or_else(|| recipe(&painting, model.as_deref()));
                let folder = saving::folder().unwrap_or_else(|| PathBuf::from("."));
                fs::create_dir_all(&folder).map_err(Error::writing(&folder))?;
                let saved = saving::save(what, &shown, &painting, recipe.as_ref(), &folder, &self.cancel)?;
                (self.send)(Message::Saved(saved));
            }
            Errand::Keep(painting) => {
                let Some(recipe) = recipe(&painting, model.as_deref()) else { return Ok(()) };
                self.recipes.insert(painting.id, recipe.clone());
                self.open_history()?;
                let Some(history) = &mut self.history else { return Ok(()) };
                let entry = history.add(&painting, &recipe)?;
                (self.send)(Message::Kept(painting.id, entry.id));
                self.list();
            }
            Errand::Open(entry, job) => {
                self.open_history()?;
                let Opened { painting, recipe } =
                    self.history.as_ref().ok_or_else(no_history)?.open_entry(entry, job)?;
                self.recipes.insert(job, recipe);
                (self.send)(Message::Opened { entry, painting: Arc::new(painting) });
            }
            Errand::ReadSettings(path) => {
                (self.send)(Message::Settings(Box::new(SavedSettings::read(&path)?)));
            }
            Errand::Forget(entry) => {
                self.open_history()?;
                self.history.as_mut().ok_or_else(no_history)?.remove(entry)?;
                self.list();
            }
            Errand::Remember(remembered) => {
                if let Some(data_folder) = &self.data_folder {
                    memory_file::write(&remembered, &memory_file::within(data_folder))?;
                    self.is_forgetful = false;
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

    fn fail(&mut self, attempt: Attempt, error: Error) {
        // The window writes its settings down often, and works without: once is enough.
        if attempt != Attempt::Remember || !mem::replace(&mut self.is_forgetful, true) {
            (self.send)(Message::Failed { attempt, error });
        }
    }
}

fn recipe(painting: &Painting, model: Option<&ModelInfo>) -> Option<Recipe> {
    Some(Recipe::of(painting, model?))
}

fn no_history() -> Error {
    Error::input(
        "There is no history: the system names no folder for it.",
        "Set TAUSCOPE_DATA_DIR to a folder and start again.",
    )
}

#[cfg(test)]
mod tests;
