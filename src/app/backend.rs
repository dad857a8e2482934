//! What the window drives. The program plugs in the worker; tests plug in a script.

use std::{path::PathBuf, sync::Arc};

use super::{layer_filter::LayerFilter, reading::PromptReader, session::Remembered};
use tauscope_core::{
    attention::Control,
    error::{Error, Result},
    prompt::Entities,
};
use tauscope_studio::{
    export::{MapForm, Scale, Style},
    history::{Entry, EntryId},
    painting::{JobId, ModelInfo, Painting, SavedSettings},
    worker::{Event, Request},
};

/// Everything outside the window. No method may block: the window calls them while it draws.
pub trait Backend {
    /// Hands a request to the worker.
    fn request(&mut self, request: Request);

    /// Cancels a job, whether it waits or runs.
    fn cancel(&mut self, job: JobId);

    /// Steers a job like this from its next step on.
    ///
    /// # Errors
    /// If the control is out of range; the job goes on as before then.
    fn steer(&mut self, job: JobId, control: Control, entities: Entities) -> Result<()>;

    /// Gives a job these entities from its next step on; its control stays as it is.
    fn set_entities(&mut self, job: JobId, entities: Entities);

    /// Stops loading.
    fn cancel_loading(&mut self);

    /// The next message, if there is one.
    fn poll(&mut self) -> Option<Message>;

    /// The running job as far as it has come.
    fn live(&self) -> Option<Arc<Painting>>;

    /// What reads prompts for this model.
    fn reader(&mut self, model: &ModelInfo) -> Option<Arc<dyn PromptReader>>;

    /// Begins to look for the entities of a prompt; the newest one asked for is answered as [`Message::Entities`].
    fn find_entities(&mut self, prompt: String);

    /// Begins to do something with files; the outcome comes as a [`Message`].
    fn run(&mut self, errand: Errand);
}

/// What a backend answers.
#[derive(Debug)]
pub enum Message {
    /// Something happened in the worker.
    Worker(Event),
    /// The entities of a prompt.
    Entities {
        /// The prompt as typed.
        prompt: String,
        /// Its entities, or why there are none.
        found: Result<Entities>,
    },
    /// A file was written; the sentence says what and where.
    Saved(String),
    /// What is on disk of earlier paintings, newest first.
    History(Vec<Entry>),
    /// Which models lie in the Hugging Face cache, by the names that open them.
    CachedModels(Vec<PathBuf>),
    /// A painting of this session is on disk now.
    Kept(JobId, EntryId),
    /// A painting came back from disk.
    Opened {
        /// Where from.
        entry: EntryId,
        /// The painting, under the job's name that was asked for.
        painting: Arc<Painting>,
    },
    /// Something to look at before anything is painted.
    Welcome {
        /// Where from, unless it is a part of the program.
        entry: Option<EntryId>,
        /// The painting.
        painting: Arc<Painting>,
    },
    /// What a picture was painted with.
    Settings(Box<SavedSettings>),
    /// Something could not be done.
    Failed {
        /// What.
        attempt: Attempt,
        /// Why.
        error: Error,
    },
}

/// What can fail, as far as the session has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Steering a job.
    Steer(JobId),
    /// Saving a painting for the person.
    Save,
    /// Putting a finished painting into the history.
    Keep(JobId),
    /// Bringing an entry of the history back.
    Open(EntryId),
    /// Taking an entry out of the history.
    Forget(EntryId),
    /// Reading the settings in a PNG file.
    ReadSettings,
    /// Reading what the history holds.
    ReadHistory,
    /// Looking for models in the Hugging Face cache.
    ListModels,
    /// Reading the maps of a step that went to a temporary file.
    ReadMaps,
    /// Writing down what the window remembers.
    Remember,
}

impl Attempt {
    /// What is done, in words that complete "while".
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::Steer(_) => "steering",
            Self::Save => "saving",
            Self::Keep(_) => "adding a picture to the history",
            Self::Open(_) => "opening a picture of the history",
            Self::Forget(_) => "removing a picture from the history",
            Self::ReadSettings => "reading a picture's settings",
            Self::ReadHistory => "reading the history",
            Self::ListModels => "looking for models",
            Self::ReadMaps => "reading maps",
            Self::Remember => "writing down the window's settings",
        }
    }
}

/// Something to be done with files.
#[derive(Debug)]
pub enum Errand {
    /// Saves a painting for the person.
    Save {
        /// Which part of it.
        what: Saving,
        /// How it looks.
        shown: AsShown,
        /// The painting.
        painting: Arc<Painting>,
    },
    /// Puts a finished painting into the history.
    Keep(Arc<Painting>),
    /// Brings an entry of the history back, under this job's name.
    Open(EntryId, JobId),
    /// Takes an entry out of the history.
    Forget(EntryId),
    /// Reads the settings in a PNG file.
    ReadSettings(PathBuf),
    /// Writes down what the window remembers.
    Remember(Box<Remembered>),
}

impl Errand {
    /// What has failed if the errand fails.
    pub fn attempt(&self) -> Attempt {
        match self {
            Self::Save { .. } => Attempt::Save,
            Self::Keep(painting) => Attempt::Keep(painting.id),
            Self::Open(entry, _) => Attempt::Open(*entry),
            Self::Forget(entry) => Attempt::Forget(*entry),
            Self::ReadSettings(_) => Attempt::ReadSettings,
            Self::Remember(_) => Attempt::Remember,
        }
    }
}

/// How a painting is shown, and so how its files look.
#[derive(Clone, Debug, PartialEq)]
pub struct AsShown {
    /// Which layers' heat.
    pub layers: LayerFilter,
    /// What the hottest colour stands for.
    pub scale: Scale,
    /// Colours and smoothing.
    pub style: Style,
    /// Whether pictures carry the settings that repeat them.
    pub with_settings: bool,
}

/// What can be saved of a painting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// The picture with its settings.
    Picture,
    /// Its maps, in one form.
    Maps(MapForm),
}

impl Saving {
    /// All of them, in the menu's order.
    pub const ALL: [Self; 6] = [
        Self::Picture,
        Self::Maps(MapForm::Png),
        Self::Maps(MapForm::Gif),
        Self::Maps(MapForm::Apng),
        Self::Maps(MapForm::Npz),
        Self::Maps(MapForm::Json),
    ];

    /// The menu's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Picture => "Picture as PNG",
            Self::Maps(MapForm::Png) => "Heatmaps as PNG files",
            Self::Maps(MapForm::Gif) => "Heatmaps as GIF animations",
            Self::Maps(MapForm::Apng) => "Heatmaps as animated PNG",
            Self::Maps(MapForm::Npz) => "Raw maps as NPZ",
            Self::Maps(MapForm::Json) => "Focus and leaks as JSON",
        }
    }
}
