//! What goes into the session: what people do, and what the backend answers.

use std::{path::PathBuf, sync::Arc};

use super::{
    super::{
        backend::{Message, Saving},
        reading::PromptReader,
    },
    compare::CompareCommand,
    draft::DraftCommand,
    models::ModelCommand,
    preferences::PreferencesCommand,
    queue::QueueCommand,
    view::ViewCommand,
};
use tauscope_core::{attention::Control, prompt::Owner};
use tauscope_studio::{
    history::EntryId,
    painting::{JobId, ModelSource, Painting},
};

/// Everything that can change the session.
pub enum Input {
    /// A person does something.
    Command(Command),
    /// The backend answers.
    Message(Message),
    /// The running job has come this far.
    Live(Arc<Painting>),
    /// From now on this reads prompts.
    Reader(Arc<dyn PromptReader>),
    /// The folder dialog was closed, with this folder or without one.
    FolderChosen(Option<PathBuf>),
}

/// What a person does. What concerns a single slice is nested by slice; what concerns several stands here, and each has
/// a rule of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Changes the draft.
    Draft(DraftCommand),
    /// Stops jobs.
    Queue(QueueCommand),
    /// Changes what is compared.
    Compare(CompareCommand),
    /// Concerns the choice of a model.
    Model(ModelCommand),
    /// Changes how the painting is looked at.
    View(ViewCommand),
    /// Changes a preference.
    Preferences(PreferencesCommand),
    /// Puts the notice with this index away.
    Dismiss(usize),
    /// Opens a model.
    Open(ModelSource),
    /// Asks for a picture of the draft.
    Generate,
    /// Goes on from before this step of the shown painting, with the settings as they are now.
    Branch(usize),
    /// Takes the shown painting's seed and keeps it.
    ReuseSeed,
    /// Steers like this from now on.
    Steer(Box<Control>),
    /// Lets go of a steering control.
    SteeringSettled,
    /// Keeps the control as the person's own preset.
    KeepPreset,
    /// Gives the picked words to an entity, to a new one, or to none.
    AssignPicked(Owner),
    /// Paints the shown seed left alone and with the draft's control.
    StartComparison,
    /// Paints it for several temperatures and mask strengths.
    StartSweep,
    /// Adds the draft's control to what is compared.
    CompareMore,
    /// Shows a finished painting again, with its settings.
    Reopen(JobId),
    /// Shows a painting of an earlier session again.
    OpenEntry(EntryId),
    /// Saves the shown painting.
    Save(Saving),
}

impl Command {
    /// What opening a path means: a PNG file gives its settings, anything else should be a model's folder.
    pub(in super::super) fn of_path(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
            DraftCommand::TakeSettings(path).into()
        } else {
            Self::Open(ModelSource::Folder(path))
        }
    }
}

impl<C: Into<Command>> From<C> for Input {
    fn from(command: C) -> Self {
        Self::Command(command.into())
    }
}

impl From<DraftCommand> for Command {
    fn from(command: DraftCommand) -> Self {
        Self::Draft(command)
    }
}

impl From<QueueCommand> for Command {
    fn from(command: QueueCommand) -> Self {
        Self::Queue(command)
    }
}

impl From<CompareCommand> for Command {
    fn from(command: CompareCommand) -> Self {
        Self::Compare(command)
    }
}

impl From<ModelCommand> for Command {
    fn from(command: ModelCommand) -> Self {
        Self::Model(command)
    }
}

impl From<ViewCommand> for Command {
    fn from(command: ViewCommand) -> Self {
        Self::View(command)
    }
}

impl From<PreferencesCommand> for Command {
    fn from(command: PreferencesCommand) -> Self {
        Self::Preferences(command)
    }
}
