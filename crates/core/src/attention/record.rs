//! What a run reports: the cross-attention maps of every step.

use ndarray::{Array2, Array3, CowArray, Ix2};
use serde::{Deserialize, Serialize};

use super::{Grid, aggregate, display_grid};
use crate::error::{Error, Result};

/// An attention layer, named as in diffusers ("down_blocks.1.attentions.0.transformer_blocks.0.attn2"), or the mean of
/// several, named by their grid ("16 x 16").
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Layer {
    /// Path in the UNet, or the grid of averaged layers.
    pub name: String,
    /// Its patches in the run that is recorded.
    pub grid: Grid,
    /// How many layers of the model it is the mean of: 1 as recorded, more after [`super::ByResolution`].
    pub count: usize,
}

impl Layer {
    /// A layer as recorded.
    pub fn new(name: impl Into<String>, grid: Grid) -> Self {
        Self { name: name.into(), grid, count: 1 }
    }
}

/// The maps of one step: per layer, in the record's order, the mean over heads of the attention used in the
/// conditional row, [patches, tokens] (method.md 5).
#[derive(Clone, Debug, PartialEq)]
pub struct StepMaps(pub Vec<Array2<f32>>);

/// The neutral scores of one step: per layer, in the record's order, how much each patch would look at each entity by
/// itself, mask on or off, [patches, entities] (method.md 2). No layers with fewer than two entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepScores(pub Vec<Array2<f32>>);

impl StepScores {
    /// G, the number of entities; 0 if nothing was scored.
    pub fn entities(&self) -> usize {
        self.0.first().map_or(0, |scores| scores.ncols())
    }
}

/// The maps of a run, read one layer of one step at a time: those of a whole run, even of one step of a long prompt, are
/// too many to be held at once.
pub trait RunMaps {
    /// The layers, in model order.
    fn layers(&self) -> &[Layer];

    /// How many steps there are.
    fn steps(&self) -> usize;

    /// The map of a layer at a step, [patches, tokens].
    ///
    /// # Errors
    /// If there is none, or if it cannot be read.
    fn map(&self, step: usize, layer: usize) -> Result<CowArray<'_, f32, Ix2>>;

    /// The same before mask and weights; `None` where neither acted, or if it was not kept.
    ///
    /// # Errors
    /// As [`Self::map`].
    fn neutral(&self, step: usize, layer: usize) -> Result<Option<CowArray<'_, f32, Ix2>>>;

    /// The scores of a step; `None` if there is no such step or none were kept.
    fn scores(&self, step: usize) -> Option<&StepScores>;
}

/// The maps of a run in memory, all of them: right for a few small steps. Others are read by [`RunMaps`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The layers, in model order.
    pub layers: Vec<Layer>,
    /// The steps so far.
    pub steps: Vec<StepMaps>,
    /// The maps of each step before mask and weights, where these acted.
    pub neutral: Vec<Option<StepMaps>>,
    /// The scores of each step; empty if none were kept.
    pub scores: Vec<StepScores>,
}

impl Record {
    /// Step `step` averaged over the layers for which `chosen` holds: [tokens, height, width] on the largest grid
    /// of the model. `None` if there is no such step or no layer was chosen.
    pub fn aggregate(&self, step: usize, chosen: impl Fn(&Layer) -> bool) -> Option<Array3<f32>> {
        let maps = &self.steps.get(step)?.0;
        let grid = self.display_grid()?;
        let layers = self.layers.iter().zip(maps).filter(|(layer, _)| chosen(layer));
        aggregate(layers.map(|(layer, map)| (layer, map.view())), grid)
    }

    /// Step `step`'s scores averaged over the layers for which `chosen` holds: [entities, height, width] on the same
    /// grid as [`Self::aggregate`]'s. `None` if there are none or no layer was chosen.
    pub fn score_aggregate(&self, step: usize, chosen: impl Fn(&Layer) -> bool) -> Option<Array3<f32>> {
        let scores = &self.scores.get(step)?.0;
        let grid = self.display_grid()?;
        let layers = self.layers.iter().zip(scores).filter(|(layer, _)| chosen(layer));
        aggregate(layers.map(|(layer, score)| (layer, score.view())), grid)
    }

    /// The grid that maps are shown on: the largest of the model.
    pub fn display_grid(&self) -> Option<Grid> {
        display_grid(&self.layers)
    }
}

impl RunMaps for Record {
    fn layers(&self) -> &[Layer] {
        &self.layers
    }

    fn steps(&self) -> usize {
        self.steps.len()
    }

    fn map(&self, step: usize, layer: usize) -> Result<CowArray<'_, f32, Ix2>> {
        let map = self.steps.get(step).and_then(|maps| maps.0.get(layer));
        let missing = || Error::Internal(format!("layer {layer} of step {step} is not in the record."));
        map.map(|map| map.view().into()).ok_or_else(missing)
    }

    fn neutral(&self, step: usize, layer: usize) -> Result<Option<CowArray<'_, f32, Ix2>>> {
        let neutral = self.neutral.get(step).and_then(Option::as_ref).and_then(|maps| maps.0.get(layer));
        Ok(neutral.map(|map| map.view().into()))
    }

    fn scores(&self, step: usize) -> Option<&StepScores> {
        self.scores.get(step)
    }
}
