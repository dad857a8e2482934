//! The painting that is shown, with its prompt: what panels draw and maps are made from.

use std::sync::Arc;

use super::view::View;
use tauscope_core::prompt::{Entities, PromptWords};
use tauscope_studio::painting::Painting;

/// A painting with its prompt.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Picture, settings and maps.
    pub painting: &'a Arc<Painting>,
    /// The words of its prompt.
    pub words: &'a Arc<PromptWords>,
}

impl<'a> Shown<'a> {
    /// A painting with a step.
    pub(in super::super) fn of(painting: &'a Arc<Painting>) -> Self {
        Self { painting, words: &painting.words }
    }

    /// The step that `view` shows, if there is any.
    pub fn step(self, view: &View) -> Option<usize> {
        view.step_of(self.painting.steps.len())
    }

    /// The entities that were in force at a step: they may have been found, or changed by hand, while it was painted.
    pub fn entities(&self, step: usize) -> &Entities {
        let painted = self.painting.steps.get(step);
        painted.map_or(&self.painting.settings.entities, |painted| &painted.steer.entities)
    }

    /// Whether `step` is shown as the finished picture.
    pub fn is_finished_at(self, step: usize) -> bool {
        self.painting.image.is_some() && step + 1 == self.painting.steps.len()
    }
}
