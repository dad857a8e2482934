//! What a study compares and asks: its prompts with their checks, its arms, and how often each is painted.
//!
//! What this is not: painting it (`run`), or answering (`judges`).

mod check;
mod prompt;

pub use check::{Check, Kind};
pub use prompt::{Half, Level, StudyPrompt};
