//! Going on from a step of a painting with other settings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{PaintedStep, Painting};
use crate::{
    diffusion::{Settings, Start},
    error::{Error, Result},
    prompt::WeightedText,
};

/// A step of a painting to go on from.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The painting.
    pub parent: Arc<Painting>,
    /// How many of its steps are kept, at least one: the first step that is painted anew, 0-based.
    pub step: usize,
}

/// What a branch keeps of its parent, to be painted again.
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

impl Branch {
    /// Where a run of `settings` begins, with a model of these cross-attention layers.
    ///
    /// # Errors
    /// [`Error::Input`] if the branch changes what it has to keep, or if the step's latents are gone.
    pub fn start(&self, settings: &Settings, layers: &[String]) -> Result<Start> {
        let parent = &self.parent.settings;
        let size = |settings: &Settings| (settings.width, settings.height);
        // In the history one layer may stand for several.
        let averaged: usize = self.parent.layers.iter().map(|layer| layer.count).sum();
        let text = |settings: &Settings| WeightedText::parse(&settings.prompt).text;
        for (what, is_kept) in [
            ("model", averaged == layers.len()),
            ("size", size(settings) == size(parent)),
            ("number of steps", settings.steps == parent.steps),
            ("sampler", settings.sampler == parent.sampler),
            // The steps before show where the words of the parent looked.
            ("words of the prompt", text(settings) == text(parent)),
        ] {
            if !is_kept {
                return Err(Error::input(
                    format!("A branch cannot change the {what}."),
                    "Keep them as they were, or begin a new picture.",
                ));
            }
        }
        let before = self.step.checked_sub(1).and_then(|before| self.parent.steps.get(before));
        match before.and_then(|step| step.checkpoint.clone()).filter(|_| self.step < settings.steps) {
            Some(checkpoint) => Ok(Start::Checkpoint(checkpoint)),
            None => Err(Error::input(
                format!("This picture cannot go on from step {}: its latents are not kept.", self.step),
                "Paint it again, then branch from it.",
            )),
        }
    }

    /// The parent's steps that are kept.
    pub(super) fn steps(&self) -> &[Arc<PaintedStep>] {
        &self.parent.steps[..self.step.min(self.parent.steps.len())]
    }

    /// As the branch remembers it.
    pub(super) fn from(&self) -> BranchedFrom {
        let Painting { settings, branch, .. } = &*self.parent;
        BranchedFrom { settings: settings.clone(), step: self.step, branch: branch.clone() }
    }
}
