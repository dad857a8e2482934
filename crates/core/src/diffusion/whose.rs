//! Whose each place of the picture is, from step to step, where the mask does not leave that to each patch (method.md 2).
//!
//! Attention tells it in the first steps, in which nothing is masked. What is seen there is kept with every step
//! ([`super::Checkpoint`]), so that a run that goes on from another one decides as that one would have.

use std::sync::Arc;

use ndarray::{Array3, Axis, s, stack};

use super::{Prediction, Settings, Start, Steer};
use crate::{
    attention::{Layer, Layout, MaskRegions, StepControl, TokenPlan, aggregate, display_grid, word_map},
    prompt::layout_of_words,
};

/// The share of a run in which attention is looked at before it decides.
const OPEN_SHARE: f64 = 0.12;
/// How much of the maps is remembered from one of these steps to the next.
const MEMORY: f32 = 0.5;

/// The number of steps, of `steps`, before attention decides: 3 of 25.
fn open_steps(steps: usize) -> usize {
    ((steps as f64 * OPEN_SHARE).ceil() as usize).max(1)
}

/// Where the text's tokens looked in the first steps of a run, by themselves.
pub(super) struct EarlyMaps(Option<Arc<Array3<f32>>>);

impl EarlyMaps {
    /// Those of a run that starts at `start`.
    pub(super) fn of(start: &Start) -> Self {
        Self(start.early_maps())
    }

    /// [tokens, height, width] on the largest grid of the model.
    pub(super) fn maps(&self) -> Option<Arc<Array3<f32>>> {
        self.0.clone()
    }

    /// Sees step `index` of `steps`: the neutral maps of the first `tokens` positions, averaged over all layers. Later
    /// steps than the first are seen only if no earlier one was.
    pub(super) fn look(
        &mut self,
        index: usize,
        steps: usize,
        layers: &[Layer],
        prediction: &Prediction,
        tokens: usize,
    ) {
        if index >= open_steps(steps) && self.0.is_some() {
            return;
        }
        let neutral = prediction.neutral.as_ref().unwrap_or(&prediction.maps);
        let Some(grid) = display_grid(layers) else { return };
        let of_text = neutral.0.iter().map(|map| map.slice(s![.., ..tokens.min(map.ncols())]));
        let now = aggregate(layers.iter().zip(of_text), grid);
        self.0 = match (self.0.take(), now) {
            (Some(before), Some(now)) if before.dim() == now.dim() => {
                Some(Arc::new(&*before * MEMORY + now * (1.0 - MEMORY)))
            }
            (_, now) => now.map(Arc::new),
        };
    }

    /// Puts into `control` whose each place is at step `index`.
    pub(super) fn place(
        &self,
        index: usize,
        settings: &Settings,
        steer: &Steer,
        tokens: &TokenPlan,
        control: &mut StepControl,
    ) {
        let grid = settings.latent_grid();
        let layout = match &steer.control.mask.regions {
            MaskRegions::Patches => return,
            MaskRegions::Drawn(regions) => {
                control.regions = Some(Arc::new(regions.resampled(grid)));
                return;
            }
            MaskRegions::Layout(layout) if layout.is_of(steer.entities.list.len()) => Some(layout.clone()),
            // The entities have changed since the layout was made.
            MaskRegions::Layout(_) | MaskRegions::Words => layout_of_words(&settings.prompt, &steer.entities),
            MaskRegions::Attention if index < open_steps(settings.steps) => None,
            MaskRegions::Attention => self.layout(tokens),
        };
        match layout {
            Some(layout) => control.regions = Some(Arc::new(layout.regions(grid))),
            None => control.mask_strength = control.mask_strength.map(|_| 0.0),
        }
    }

    /// The layout of the entities' head nouns; `None` before anything was seen.
    fn layout(&self, tokens: &TokenPlan) -> Option<Layout> {
        let maps = self.0.as_ref()?;
        let heads = tokens.heads();
        let head_map = |head: &Vec<usize>| {
            let seen: Vec<_> = head.iter().copied().filter(|&token| token < maps.len_of(Axis(0))).collect();
            word_map(maps.view(), &seen)
        };
        let heads: Vec<_> = heads.iter().map(head_map).collect();
        let views: Vec<_> = heads.iter().map(|map| map.view()).collect();
        // Fails only without entities.
        stack(Axis(0), &views).ok().map(|maps| Layout::of_maps(maps.view()))
    }
}
