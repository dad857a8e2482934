//! What a study compares and asks: its prompts with their checks, its arms, and how often each is painted.
//!
//! What this is not: painting it (`run`), or answering (`judges`).

mod arm;
mod check;
mod plan;
mod prompt;

pub use arm::Arm;
pub use check::{Check, Kind};
pub use plan::{Common, Plan};
pub use prompt::{Half, Level, StudyPrompt};
