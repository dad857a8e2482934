//! The scene reader as a judge: its answers, and its features.

use super::{SIDE, SceneReader};
use crate::{
    judges::{Judge, Picture, Verdict},
    study::SceneCheck,
};
use tauscope_core::{CancelToken, Error, Result};

/// Answers checks by reading the scene. A check that says nothing of a scene is "cannot tell", and so are all of a picture
/// that is not 256 x 256.
#[derive(Debug)]
pub struct SceneJudge {
    reader: SceneReader,
    notice: Option<String>,
}

impl SceneJudge {
    /// A judge that reads with `reader`.
    pub fn new(reader: SceneReader) -> Self {
        Self { reader, notice: None }
    }
}

impl Judge for SceneJudge {
    fn name(&self) -> &str {
        "scene-reader"
    }

    fn fingerprint(&self) -> String {
        SceneReader::fingerprint().to_owned()
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        let checks = &picture.prompt.checks;
        self.notice = misfit(picture);
        if self.notice.is_some() {
            return Ok(Verdict::Answers(vec![None; checks.len()]));
        }
        let reading = self.reader.look(picture.image, cancel)?.reading;
        let answer = |scene: &SceneCheck| scene.is_met(&reading);
        Ok(Verdict::Answers(checks.iter().map(|check| check.scene.as_ref().map(answer)).collect()))
    }

    fn notice(&mut self) -> Option<String> {
        self.notice.take()
    }
}

/// Gives the reader's features. A distance of these is called "FID of reader features", never FID alone.
#[derive(Debug)]
pub struct ReaderFeatures(SceneReader);

impl ReaderFeatures {
    /// A judge that looks with `reader`.
    pub fn new(reader: SceneReader) -> Self {
        Self(reader)
    }
}

impl Judge for ReaderFeatures {
    fn name(&self) -> &str {
        "reader-fid"
    }

    fn fingerprint(&self) -> String {
        SceneReader::fingerprint().to_owned()
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        match misfit(picture) {
            Some(problem) => Err(Error::input(problem, "Paint at 256 x 256, or choose another judge.")),
            None => Ok(Verdict::Features(self.0.look(picture.image, cancel)?.features)),
        }
    }
}

/// Why a picture cannot be read, if it is not of the reader's size.
fn misfit(picture: &Picture<'_>) -> Option<String> {
    let (_, height, width) = picture.image.dim();
    let problem =
        || format!("The scene reader reads pictures of {SIDE} x {SIDE} pixels, not {width} x {height}.");
    ((width, height) != (SIDE, SIDE)).then(problem)
}
