//! What a run reports: the cross-attention maps of every step.

use ndarray::{Array2, Array3};

use super::{Grid, aggregate};

/// A cross-attention layer, named as in diffusers ("down_blocks.1.attentions.0.transformer_blocks.0.attn2").
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layer {
    /// Path in the UNet.
    pub name: String,
    /// Its patches in the run that is recorded.
    pub grid: Grid,
}

/// The maps of one step: per layer, in the record's order, the mean over heads of the attention used in the
/// conditional row, [patches, tokens] (method.md 5).
#[derive(Clone, Debug, PartialEq)]
pub struct StepMaps(pub Vec<Array2<f32>>);

/// The maps of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The layers, in model order.
    pub layers: Vec<Layer>,
    /// The steps so far.
    pub steps: Vec<StepMaps>,
}

impl Record {
    /// Step `step` averaged over the layers for which `chosen` holds: [tokens, height, width] on the largest grid
    /// of the model. `None` if there is no such step or no layer was chosen.
    pub fn aggregate(&self, step: usize, chosen: impl Fn(&Layer) -> bool) -> Option<Array3<f32>> {
        let maps = &self.steps.get(step)?.0;
        let grid = self.display_grid()?;
        aggregate(
            self.layers.iter().zip(maps).filter(|(layer, _)| chosen(layer)).map(|(l, m)| (l.grid, m.view())),
            grid,
        )
    }

    /// The grid that maps are shown on: the largest of the model.
    pub fn display_grid(&self) -> Option<Grid> {
        self.layers.iter().map(|layer| layer.grid).max_by_key(|grid| grid.patches())
    }
}
