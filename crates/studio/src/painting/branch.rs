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
    /// [`Error::Input`] if the branch changes what it has to keep, or if the step's latents are not kept.
    pub fn start(&self, settings: &Settings, layers: &[String]) -> Result<Start> {
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
