//! The window: what is typed, painted, looked at and steered. egui lives here and nowhere else.
//!
//! One way round: panels and keys send [`Command`]s, the backend sends [`Message`]s, [`update()`] turns them into a new
//! [`State`] and [`Effect`]s, and the panels draw the state. [`Tauscope`] turns the wheel; `cli` opens it with [`run`].
//! What this is not: the worker, the tokenizer or the files; those are plugged in as a [`Backend`].

mod backend;
mod cache;
mod cached_models;
mod command;
mod compare;
mod corrections;
mod desk;
mod dialogs;
mod entities;
mod fonts;
mod jobs;
mod keys;
mod looks;
mod maps;
mod panels;
mod pixels;
mod program;
mod reading;
mod remembered;
mod run;
mod saving;
mod state;
mod steering;
mod textures;
mod theme;
mod update;
mod view;
mod widgets;
mod worker_backend;

pub use backend::{AsShown, Backend, Errand, Message, Saving};
pub use command::{Command, Effect, Input};
pub use compare::{Comparison, Contestant};
pub use program::{Options, open};
pub use reading::{Part, PromptReader, Reading};
pub use remembered::{Remembered, ThemeChoice};
pub use run::{Tauscope, run};
pub use state::{
    Job, Kept, LIVE_RUN_SECONDS, Model, Notice, Run, Shown, State, Steering, milliseconds_per_step,
};
pub use update::update;
pub use view::{Framing, LayerFilter, Mode, Page, TileSize, Time, View};
pub use worker_backend::WorkerBackend;
