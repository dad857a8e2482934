//! Who answers a study's questions and scores its pictures.
//!
//! A [`Judge`] looks at one picture at a time. It answers the checks of the picture's prompt, gives the picture a score, or
//! gives features of which distances between sets are computed (`statistics`):
//!
//! * [`scene_reader`]: a detector that knows the embedded model's world,
//! * [`ClipScore`], [`Reward`], [`NetworkFeatures`]: networks that a person brings,
//! * [`ProgramJudge`]: a program that a person brings.
//!
//! `docs/judges.md` is their contract. What this is not: people, whose answers come from a review, or counting.

mod card;
mod clip;
mod features;
mod fingerprint;
mod pillow;
mod pixels;
mod preprocessor_config;
mod program;
mod reward;
pub mod scene_reader;
mod text;

use std::path::Path;

use ndarray::ArrayView3;

use crate::study::StudyPrompt;
use tauscope_core::{CancelToken, Result};

pub use clip::ClipScore;
pub use features::NetworkFeatures;
pub use program::ProgramJudge;
pub use reward::Reward;

/// A picture to judge.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Its pixels, [3, h, w] in 0..1.
    pub image: ArrayView3<'a, f32>,
    /// Its file, where it has one.
    pub file: Option<&'a Path>,
    /// What it was painted for.
    pub prompt: &'a StudyPrompt,
}

/// What a judge says of one picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// An answer to each check of the prompt, in their order; `None` is "cannot tell".
    Answers(Vec<Option<bool>>),
    /// How good it is, by the judge's own measure: more is better.
    Score(f64),
    /// What distances between sets of pictures are computed of.
    Features(Vec<f32>),
}

/// Who judges pictures.
pub trait Judge: Send {
    /// Its name in tables and files.
    fn name(&self) -> &str;

    /// Identifies what judges by its content: hexadecimal digits. The same fingerprint gives the same verdicts.
    fn fingerprint(&self) -> String;

    /// Judges one picture.
    ///
    /// # Errors
    /// If this picture cannot be judged, or nothing any more; [`tauscope_core::Error::Cancelled`].
    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict>;

    /// Why the last verdict says "cannot tell", a sentence, if a person should know. Told once.
    fn notice(&mut self) -> Option<String> {
        None
    }
}
