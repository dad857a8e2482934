//! What a study compares and asks: its prompts with their checks, its arms, and how often each is painted.
//!
//! What this is not: painting it (`run`), or answering (`judges`).

mod arm;
mod arm_keys;
pub mod builtin;
mod check;
mod control_keys;
mod file;
mod plan;
mod prompt;
mod prompts;
mod questions;
mod sample;
mod scene_check;
mod scene_words;
mod selection;
#[cfg(test)]
mod trouble;

pub use arm::Arm;
pub use check::{Check, Kind};
pub use file::StudyFile;
pub use plan::{Common, JUDGES, MOST_SAMPLES, Plan};
pub use prompt::{Half, Level, StudyPrompt};
pub use prompts::{PromptList, read_prompts, write_prompts};
pub use questions::{fill_questions, questions, take_questions};
pub use sample::Sample;
pub use scene_check::{Asked, Relation, SceneCheck};
pub use scene_words::{Class, Colour, Place, Texture, Time};
pub use selection::Selection;
