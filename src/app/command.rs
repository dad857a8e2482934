//! What panels and keys ask for, and what the state asks of the world.

use std::{path::PathBuf, sync::Arc};

use super::{
    backend::{Errand, Message, Saving},
    reading::{Part, PromptReader},
    view::{Framing, LayerFilter, Mode, Page, TileSize, Time},
};
use tauscope_core::{
    attention::{Control, Place},
    diffusion::scheduler::Sampler,
    prompt::{Groups, Owner},
};
use tauscope_studio::{
    export::ColorMap,
    history::EntryId,
    painting::{JobId, ModelSource, Painting},
    worker::Request,
};

/// Everything that can change the state.
pub enum Input {
    /// A person's doing.
    Command(Command),
    /// The backend's.
    Message(Message),
    /// The running job has come this far.
    Live(Arc<Painting>),
    /// Prompts are read by this from now on.
    Reader(Arc<dyn PromptReader>),
    /// The folder dialog was closed.
    FolderChosen(Option<PathBuf>),
}

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Types the prompt.
    Prompt(String),
    /// Opens the entities to be changed by hand, or ends that.
    EditEntities(bool),
    /// Takes a word, by its index, into what is to be moved, or out of it.
    PickWord(usize),
    /// Gives the picked words to an entity, to a new one, or to none.
    AssignPicked(Owner),
    /// Forgets what was changed by hand.
    AutomaticEntities,
    /// Types the negative prompt; empty means none.
    NegativePrompt(String),
    /// Chooses width and height, pixels.
    Size(usize, usize),
    /// Sets the number of steps.
    Steps(usize),
    /// Sets the guidance scale.
    Guidance(f32),
    /// Types a seed, which fixes it.
    Seed(u64),
    /// A new seed for each picture, or always the same.
    SeedIsFixed(bool),
    /// Takes the shown picture's seed and keeps it.
    ReuseSeed,
    /// Chooses the sampler.
    Sampler(Sampler),
    /// Steers like this from now on.
    Control(Box<Control>),
    /// Keeps the control as the person's own preset.
    KeepPreset,
    /// Lets go of a steering control.
    SteeringSettled,
    /// Asks for a picture.
    Generate,
    /// Goes on from before this step of the shown painting, with the settings as they are now.
    Branch(usize),
    /// Paints the shown seed left alone and with the draft's control.
    Compare,
    /// Paints it for several temperatures and mask strengths.
    Sweep,
    /// Adds the draft's control to what is compared.
    CompareMore,
    /// Takes a picture out of what is compared.
    CompareRemove(JobId),
    /// Moves the wipe between two pictures, 0..1, or puts them side by side.
    Wipe(Option<f32>),
    /// Fills the window with this.
    Page(Page),
    /// Stops the running job.
    Stop,
    /// Empties the queue.
    ClearQueue,
    /// Takes one job out of the queue.
    Unqueue(JobId),
    /// Opens a model.
    Open(ModelSource),
    /// Stops loading a model.
    CancelLoading,
    /// Looks for a folder with a dialog.
    BrowseFolder,
    /// Types the path of a folder.
    FolderPath(String),
    /// Takes the settings out of a PNG file that was saved with them.
    TakeSettings(PathBuf),
    /// Shows a finished painting again, with its settings.
    Reopen(JobId),
    /// Shows a painting of an earlier session again.
    OpenEntry(EntryId),
    /// Shows the picture bare or with heat over it.
    Mode(Mode),
    /// Chooses colours.
    ColorMap(ColorMap),
    /// Chooses layers.
    Layers(LayerFilter),
    /// This step or the mean so far.
    Time(Time),
    /// Shows maps as the patches that they are.
    Patches(bool),
    /// One scale for all words.
    SameScale(bool),
    /// How large tiles are.
    TileSize(TileSize),
    /// Function words, start, end and padding too.
    Others(bool),
    /// A tile for each token of a word, or one for the word.
    Pieces(bool),
    /// Keeps a word's tile on top, or lets it go.
    PinWord(Part),
    /// Clicks a word; `add` with Ctrl.
    Select {
        /// Which.
        part: Part,
        /// Beside what is selected already.
        add: bool,
    },
    /// Chooses this word alone, however the picture is shown.
    Choose(Part),
    /// The n-th tile's key, from 0.
    SelectNth(usize),
    /// Points at a tile, or away.
    Hover(Option<Part>),
    /// Pins a place of the picture, or takes the pin out.
    Pin(Option<Place>),
    /// Asks where a place of the picture looks in the picture itself.
    LookAt(Place),
    /// Shows steps that are over as the VAE decodes them, or by their previews.
    Decodes(bool),
    /// Shows that as if the temperature were 1.
    WithoutTau(bool),
    /// Enlarges and moves the picture, or fits it in.
    Frame(Option<Framing>),
    /// Holds the key that shows the bare picture.
    Peek(bool),
    /// Shows this step.
    Step(usize),
    /// Shows a step this many further on.
    StepBy(isize),
    /// Shows the newest step, always.
    Follow,
    /// Plays the steps, or stops playing.
    Play(bool),
    /// Playing goes on by one step.
    PlayTick,
    /// Saves.
    Save(Saving),
    /// Whether saved pictures carry the settings that repeat them.
    SaveSettings(bool),
    /// Light or dark.
    ToggleTheme,
    /// Shows the keys, or hides them.
    Help(bool),
    /// Puts a notice away.
    Dismiss(usize),
}

/// What the state asks of the world.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "effects are few")]
pub enum Effect {
    /// To the worker.
    Request(Request),
    /// Asks which words of this prompt are one entity.
    FindGroups(String),
    /// To the worker, at once.
    Cancel(JobId),
    /// To the worker, at once: from its next step on the job is steered like this.
    Steer(JobId, Box<Control>, Groups),
    /// To the worker, at once.
    CancelLoading,
    /// To the desk.
    Run(Errand),
    /// Opens the folder dialog.
    BrowseFolder,
    /// Writes what is to be remembered.
    Remember,
}

impl Command {
    /// What opening a path means: a PNG file gives its settings, anything else is to be a model's folder.
    pub(super) fn of_path(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
            Self::TakeSettings(path)
        } else {
            Self::Open(ModelSource::Folder(path))
        }
    }
}

impl From<Command> for Input {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}
