//! What a person steers, and what that means at one step.
//!
//! [`Control`] is all of it: the temperature, the [`Mask`] and the [`Weights`] with their [`Curve`]s, each with the
//! [`Span`] of the run and the [`Blocks`] of the UNet in which it acts. What this is not: which words form an entity
//! (`prompt` says it, and it comes in as a [`TokenPlan`]), or which layers a graph has.

mod curve;
mod curve_edit;
mod field;
mod mask;
mod mask_regions;
mod parts;
mod preset;
mod span;
mod structured;
mod temperature;
mod text;
mod token_plan;
mod unet_block;
mod weights;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Regions;
use crate::error::Result;
pub use curve::{Curve, CurvePoint, LEAST_WEIGHT, MOST_WEIGHT, Trend};
pub use field::{CommandOption, ControlField, FieldValue, NumberField, Takes};
pub use mask::{MASK_STRENGTH, Mask};
pub use mask_regions::MaskRegions;
pub use parts::{CONTROL_PARTS, ControlPart};
pub use preset::ControlPreset;
pub use span::Span;
pub use tauscope_onnx::contract::Reduce;
pub use temperature::TAU;
pub use token_plan::{PlannedToken, TokenKind, TokenPlan};
pub use unet_block::{Blocks, ByBlock, UnetBlock};
pub use weights::{AMPLITUDE, Weights};

/// Everything a person can steer about attention. The default is neutral: it changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    /// Self-attention temperature (method.md 1): below 1 sharpens, 1 is neutral. Within the range of [`TAU`].
    pub tau: f32,
    /// When `tau` acts.
    pub tau_span: Span,
    /// Where `tau` acts.
    #[serde(rename = "tau_stages")]
    pub tau_blocks: Blocks,
    /// Each patch sees the words of one entity.
    pub mask: Mask,
    /// The scene first, the entities later.
    pub weights: Weights,
    /// Structured Diffusion (method.md 4), to compare with: each noun phrase of the entities is read alone too.
    pub structured: bool,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            tau: 1.0,
            tau_span: Span::WHOLE,
            tau_blocks: Blocks::ALL,
            mask: Mask::default(),
            weights: Weights::default(),
            structured: false,
        }
    }
}

impl Control {
    /// Everything off.
    pub fn neutral() -> Self {
        Self::default()
    }

    /// What we read the paper to mean: all three controls (method.md 3).
    pub fn our_reading() -> Self {
        Self {
            tau: 0.7,
            tau_span: Span { start: 0.0, end: 0.4 },
            weights: Weights { on: true, ..Weights::default() },
            ..Self::mask_only()
        }
    }

    /// The mask as the paper has it, and nothing else.
    pub fn mask_only() -> Self {
        Self { mask: Mask::HARD, ..Self::default() }
    }

    /// What helped most on the built-in model (`docs/steering.md` says by how much): the mask goes by the layout that the
    /// words give, and the entities' words weigh twice as much as others from the first step to the last.
    pub fn best_known() -> Self {
        Self {
            mask: Mask { regions: MaskRegions::Words, ..Mask::HARD },
            weights: Weights { on: true, global: Curve::line(1.0, 1.0), entity: Curve::line(2.0, 2.0) },
            ..Self::default()
        }
    }

    /// Whether any part that acts needs entities.
    pub fn needs_entities(&self) -> bool {
        self.acting().any(|part| part.fewest_entities > 0)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Input`](crate::error::Error::Input) that names the first value that cannot be used and what would do.
    pub fn validate(&self) -> Result<()> {
        CONTROL_PARTS
            .into_iter()
            .try_for_each(|part| part.fields.iter().try_for_each(|field| field.validate(part.name, self)))
    }

    /// Step `index`'s progress in a run of `steps` steps: 0 at the first, 1 at the last (method.md, notation).
    pub fn progress(index: usize, steps: usize) -> f32 {
        index as f32 / steps.saturating_sub(1).max(1) as f32
    }

    /// The temperature that acts at `progress`, in its blocks.
    pub fn tau_at(&self, progress: f32) -> f32 {
        if self.tau_span.contains(progress) { self.tau } else { 1.0 }
    }

    /// What the graph is fed with at `progress`, for a prompt with these tokens. No entity is told where it is.
    pub fn at(&self, progress: f32, tokens: &TokenPlan) -> StepControl {
        let tau = self.tau_at(progress);
        StepControl {
            inverse_temperature: self.tau_blocks.map(|acts| if acts { 1.0 / tau } else { 1.0 }),
            token_entity: tokens.entity_of_each(),
            token_weight: self.weights.at(progress, tokens),
            mask_strength: self.mask.at(progress),
            mask_reduce: self.mask.reduce,
            regions: None,
        }
    }
}

/// The control of one step, as the rewritten graph takes it. `runtime`, which knows the layers, gives each the value of
/// its block.
#[derive(Clone, Debug, PartialEq)]
pub struct StepControl {
    /// 1/tau of the self-attention layers; 1 is neutral.
    pub inverse_temperature: ByBlock<f32>,
    /// Entity of each token of the context, [L]; -1 for none.
    pub token_entity: Vec<i32>,
    /// Weight of each token of the context, [L]; 1 is neutral.
    pub token_weight: Vec<f32>,
    /// Strength of the mask in the cross-attention layers; 0 is off.
    pub mask_strength: ByBlock<f32>,
    /// How an entity's score is taken over its tokens.
    pub mask_reduce: Reduce,
    /// The entity that the mask gives each place to, on a grid of any size; attention decides everywhere if `None`.
    pub regions: Option<Arc<Regions>>,
}

impl StepControl {
    /// Changes nothing in a context of `tokens` tokens.
    pub fn neutral(tokens: usize) -> Self {
        Control::neutral().at(0.0, &TokenPlan::neutral(tokens))
    }

    /// G, the number of entities: one more than the highest that has a token.
    pub fn entities(&self) -> usize {
        self.token_entity.iter().max().map_or(0, |&highest| (highest + 1) as usize)
    }
}

#[cfg(test)]
mod tests;
