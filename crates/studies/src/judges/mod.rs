//! Who answers a study's questions and scores its pictures.

use std::path::Path;

use ndarray::ArrayView3;

use crate::study::StudyPrompt;
use tauscope_core::{CancelToken, error::Result};

/// Answers the checks of pictures, or scores them. One judge sees one picture at a time.
pub trait Judge: Send {
    /// Its name in tables and files.
    fn name(&self) -> &str;

    /// What identifies it: another fingerprint may mean other answers.
    fn fingerprint(&self) -> String;

    /// Judges one picture.
    ///
    /// # Errors
    /// Whatever keeps it from judging this picture, and [`tauscope_core::Error::Cancelled`].
    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict>;

    /// Why the last verdict says "cannot tell", a sentence, if a person should know. Told once.
    fn notice(&mut self) -> Option<String> {
        None
    }
}

/// A picture as a judge sees it.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The picture, [3, height, width] in 0..1.
    pub image: ArrayView3<'a, f32>,
    /// Its file, if it has one.
    pub file: Option<&'a Path>,
    /// What it was painted for, with its checks.
    pub prompt: &'a StudyPrompt,
}

/// What a judge says of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// An answer to each check, in their order; `None` is "cannot tell".
    Answers(Vec<Option<bool>>),
    /// How good it is.
    Score(f64),
    /// What sets of pictures are compared by.
    Features(Vec<f32>),
}
