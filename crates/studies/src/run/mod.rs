//! A run of a study: a folder that fills with pictures and answers.
//!
//! Everything in it is a line that is added at the end of a file, or a picture that appears whole, so a run that is
//! killed goes on where it stopped:
//!
//! ```text
//! study.json              what is painted: model, arms, settings; which shard
//! prompts.jsonl           the prompts with their checks
//! pictures/               00007-0-neutral.png: prompt, sample, arm; carries its own line
//! pictures.jsonl          a line a picture, painted or failed
//! judges.json             who judges, and the fingerprint of each
//! answers/JUDGE.jsonl     a line a picture
//! scores/JUDGE.jsonl      a line a picture
//! features/JUDGE.f32      a row of numbers a picture
//! people/NAME.jsonl       a line an answer
//! notices.jsonl           what a person should know
//! lock                    held by the process that writes the folder
//! ```
//!
//! [`RunFolder`] is that folder, [`run_study`] fills it, [`Results::read`] reads it, also while it fills; [`Shard`] and
//! [`merge()`] are for several machines. A run paints prompts in the study's order, the samples of each, and each sample
//! under every arm, so pairs fill together; several painters at once may finish in another order, and nothing depends on
//! it. What this is not: what is compared (`study`), who judges (`judges`), or what the answers mean (`statistics`).

mod append;
mod estimate;
mod features;
mod files;
mod folder;
mod judging;
mod lines;
mod manifest;
mod map_measures;
mod merge;
mod painters;
mod painting;
mod queue;
mod read;
mod recover;
mod results;
mod review;
mod runner;
mod sets;
mod shard;
mod shots;
#[cfg(test)]
mod tests;

pub use estimate::{Estimate, estimate};
pub use features::{ArmFeatures, read_features};
pub use folder::{RunFolder, RunNotice};
pub use manifest::ModelName;
pub use merge::merge;
pub use painters::Painters;
pub use results::{ArmLine, Results, Shot, ShotLine};
pub use review::{Question, Review};
pub use runner::{Progress, RunOptions, Summary, run_study};
pub use shard::Shard;
