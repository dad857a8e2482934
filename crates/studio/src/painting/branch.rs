//! Continuing from a step of a painting with other settings.

use std::{iter, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{PaintedStep, Painting};
use tauscope_core::{
    attention::Control,
    diffusion::{Settings, Start, Steer},
    error::{Error, Result},
    prompt::{Entities, WeightedText},
};

/// The most paintings that continue each other. Files hold them one inside the other, and JSON is read 128 levels deep.
const MOST_PARENTS: usize = 64;

/// A step of a painting to continue from.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The painting.
    pub parent: Arc<Painting>,
    /// How many of its steps are kept, at least one: the first step that is painted again, 0-based.
    pub step: usize,
}

/// What a branch keeps of its parent so that it can be painted again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BranchedFrom {
    /// The parent's settings.
    pub settings: Settings,
    /// The first step that is not the parent's, 0-based.
    pub step: usize,
    /// The parent's own parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Box<BranchedFrom>>,
}

/// Settings that paint a branch's picture again from the seed: its parents' up to their steps, then its own.
/// `None` if they differ in more than what may change while a picture is painted.
pub fn from_the_seed(settings: &Settings, branch: Option<&BranchedFrom>) -> Option<Settings> {
    let unsteered = |settings: &Settings| Settings {
        control: Control::neutral(),
        entities: Entities::default(),
        changes: Vec::new(),
        ..settings.clone()
    };
    let own = unsteered(settings);
    let mut parents = iter::successors(branch, |from| from.branch.as_deref());
    let are_alike = parents.all(|from| unsteered(&from.settings) == own);
    let steers: Vec<_> = (0..settings.steps).map(|step| Arc::new(steer_at(settings, branch, step))).collect();
    are_alike.then(|| own.as_steered(0, &steers))
}

/// The steering at a step of the whole timeline.
pub(crate) fn steer_at(settings: &Settings, branch: Option<&BranchedFrom>, step: usize) -> Steer {
    let (mut settings, mut branch) = (settings, branch);
    while let Some(from) = branch.filter(|from| step < from.step) {
        (settings, branch) = (&from.settings, from.branch.as_deref());
    }
    settings.steer_at(step)
}

impl Branch {
    /// Where a run of `settings` starts, for a model with these cross-attention layers.
    ///
    /// # Errors
    /// [`Error::Input`] if the branch changes what it has to keep, if the step's latents are not kept, or if it would be the
    /// end of too long a chain.
    pub fn start(&self, settings: &Settings, layers: &[String]) -> Result<Start> {
        let parents =
            1 + iter::successors(self.parent.branch.as_deref(), |from| from.branch.as_deref()).count();
        if parents > MOST_PARENTS {
            return Err(Error::input(
                format!(
                    "{MOST_PARENTS} pictures continue each other up to this one, and no more can be kept."
                ),
                "Start a new picture with these settings, and branch from that.",
            ));
        }
        let parent = &self.parent.settings;
        let size = |settings: &Settings| (settings.width, settings.height);
        // In a painting from the history one layer may be the average of several.
        let averaged: usize = self.parent.layers.iter().map(|layer| layer.count).sum();
        let text = |settings: &Settings| {
            let WeightedText { text, breaks, .. } = WeightedText::parse(&settings.prompt);
            (text, breaks)
        };
        for (what, is_kept) in [
            ("model", averaged == layers.len()),
            ("size", size(settings) == size(parent)),
            ("number of steps", settings.steps == parent.steps),
            ("sampler", settings.sampler == parent.sampler),
            // The maps of the steps before belong to the parent's words.
            ("words of the prompt", text(settings) == text(parent)),
        ] {
            if !is_kept {
                return Err(Error::input(
                    format!("A branch cannot change the {what}."),
                    "Undo that change, or start a new picture.",
                ));
            }
        }
        let before = self.step.checked_sub(1).and_then(|before| self.parent.steps.get(before));
        match before.and_then(|step| step.checkpoint.clone()).filter(|_| self.step < settings.steps) {
            Some(checkpoint) => Ok(Start::Checkpoint(checkpoint)),
            None => Err(Error::input(
                format!("This picture cannot continue from step {}: its latents are not kept.", self.step),
                "Paint it again, then branch from it.",
            )),
        }
    }

    /// The parent's steps that are kept.
    pub(crate) fn steps(&self) -> &[Arc<PaintedStep>] {
        &self.parent.steps[..self.step.min(self.parent.steps.len())]
    }

    /// What the branch stores of the parent.
    pub(crate) fn from(&self) -> BranchedFrom {
        let Painting { settings, branch, .. } = &*self.parent;
        BranchedFrom { settings: settings.clone(), step: self.step, branch: branch.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::painting::JobId;

    fn parents(count: usize) -> Option<Box<BranchedFrom>> {
        let child =
            |branch, _| Some(Box::new(BranchedFrom { settings: Settings::default(), step: 1, branch }));
        (0..count).fold(None, child)
    }

    /// A longer chain was written, and never read again.
    #[test]
    fn chains_of_branches_end_before_they_cannot_be_read() {
        fn check(before: usize, expected: &str) {
            let painting = Painting {
                branch: parents(before),
                ..Painting::new(JobId(1), "Scenes", Settings::default())
            };
            let branch = Branch { parent: Arc::new(painting), step: 1 };
            let message = branch.start(&Settings::default(), &[]).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check(MOST_PARENTS - 1, "its latents are not kept");
        check(MOST_PARENTS, "64 pictures continue each other");
        let longest = serde_json::to_string(&parents(MOST_PARENTS)).unwrap();
        let recipe = format!(r#"{{"recipe": {{"branch": {longest}}}}}"#);
        let read: serde_json::Value = serde_json::from_str(&recipe).unwrap();
        assert!(serde_json::from_value::<BranchedFrom>(read["recipe"]["branch"].clone()).is_ok());
    }
}
