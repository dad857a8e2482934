//! What panels and keys ask for, and what the state asks of the world.

use std::{path::PathBuf, sync::Arc};

use super::{
    backend::{Errand, Message, Saving},
    reading::{Part, PromptReader},
    view::{Framing, LayerFilter, Mode, Place, TileSize, Time},
};
use crate::{
    attention::Span,
    diffusion::scheduler::Sampler,
    export::ColorMap,
    history::EntryId,
    worker::{JobId, ModelSource, Painting, Request},
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
    /// Turns the self-attention temperature.
    Tau(f32),
    /// Moves the range in which it acts.
    TauSpan(Span),
    /// Lets go of a steering control.
    SteeringSettled,
    /// Asks for a picture.
    Generate,
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
    /// Clicks a word; `add` with Ctrl.
    Select {
        /// Which.
        part: Part,
        /// Beside what is selected already.
        add: bool,
    },
    /// The n-th tile's key, from 0.
    SelectNth(usize),
    /// Points at a tile, or away.
    Hover(Option<Part>),
    /// Pins a place of the picture, or takes the pin out.
    Pin(Option<Place>),
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
    /// Light or dark.
    ToggleTheme,
    /// Shows the keys, or hides them.
    Help(bool),
    /// Puts a notice away.
    Dismiss(usize),
}

/// What the state asks of the world.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "effects are few, and carried out at once")]
pub enum Effect {
    /// To the worker.
    Request(Request),
    /// To the worker, at once.
    Cancel(JobId),
    /// To the worker, at once.
    CancelLoading,
    /// To the desk.
    Run(Errand),
    /// Opens the folder dialog.
    BrowseFolder,
    /// Writes what is to be remembered.
    Remember,
}

impl From<Command> for Input {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}
