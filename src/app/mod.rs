//! The window: what is typed, painted, looked at and steered. egui lives here and nowhere else.
//!
//! One way round, as in Elm: panels and keys send [`Command`]s, the backend sends [`Message`]s, [`update()`] turns them
//! into a new [`Session`] and [`Effect`]s, and the panels draw the session. [`Tauscope`] is the loop around it; `cli`
//! opens it with [`open`]. What this is not: the worker, the tokenizer or the files; those are plugged in as a
//! [`Backend`].

mod backend;
mod cache;
mod cached_models;
mod corrections;
mod desk;
mod dialogs;
mod duty;
mod entities;
mod fonts;
mod keys;
mod layer_filter;
mod map_reader;
mod maps;
mod memory_file;
mod panels;
mod part_maps;
mod pixels;
mod program;
mod reading;
mod review;
mod run;
mod saving;
mod session;
mod steering;
mod textures;
mod theme;
mod widgets;
mod worker_backend;

pub use backend::{AsShown, Attempt, Backend, Errand, Message, Saving};
pub use layer_filter::LayerFilter;
pub use program::{Options, open};
pub use reading::{Part, PromptReader, Reading};
pub use review::review;
pub use run::{Tauscope, run};
pub use session::{
    Command, Compare, CompareCommand, Comparison, Contestant, Draft, DraftCommand, Effect, Framing, Gallery,
    Input, Inspection, Kept, LIVE_RUN_SECONDS, Mode, ModelCommand, ModelStatus, Models, Notice, Notices,
    Page, Past, Preferences, PreferencesCommand, Queue, QueueCommand, QueuedJob, Remembered, Run, Session,
    Shown, Steering, ThemeChoice, TileSize, Time, View, ViewCommand, milliseconds_per_step, update,
};
pub use worker_backend::WorkerBackend;
