//! What a study compares and asks: its prompts with their checks, its arms, and how often each is painted.
//!
//! What this is not: painting it (`run`), or answering (`judges`).

mod arm;
mod check;
mod plan;
mod prompt;
mod scene_check;
mod scene_words;

pub use arm::Arm;
pub use check::{Check, Kind};
pub use plan::{Common, Plan};
pub use prompt::{Half, Level, StudyPrompt};
pub use scene_check::{Asked, Relation, SceneCheck};
pub use scene_words::{Class, Colour, Place, Texture, Time};

/// The built-in prompts, of the embedded model's world (`studies/scenes.jsonl`): JSON Lines, one [`StudyPrompt`] each.
pub const SCENES: &str = include_str!("../../../../studies/scenes.jsonl");
