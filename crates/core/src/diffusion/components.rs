//! What the text-to-image loop needs of a model. `runtime` implements it over ONNX Runtime; tests script it.

use ndarray::{Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayView4};

use super::Progress;
use crate::{
    CancelToken,
    attention::{Place, StepControl, StepMaps, StepScores},
    error::Result,
};

/// A prompt as the UNet sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct TextEmbedding {
    /// Penultimate states of both text encoders side by side, [1, L, D] with L = 77 x chunks.
    pub context: Array3<f32>,
    /// Projected output of text encoder 2 for the first chunk, [1, P].
    pub pooled: Array2<f32>,
}

/// One call of the UNet. The batch B is 2 (negative, positive) with guidance, else 1.
#[derive(Clone, Debug)]
pub struct UnetInput<'a> {
    /// Scaled latents, [B, 4, h, w].
    pub sample: ArrayView4<'a, f32>,
    /// The scheduler's timestep (rounded by the implementation where the graph takes integers).
    pub timestep: f32,
    /// [B, L, D].
    pub context: ArrayView3<'a, f32>,
    /// What the values of cross-attention are made from, if not from the context (method.md 4), [B, L, D].
    pub values: Option<ArrayView3<'a, f32>>,
    /// [B, P].
    pub pooled: ArrayView2<'a, f32>,
    /// Classifier-free guidance scale, for models that take it as an input ([`Components::takes_guidance`]).
    pub guidance_scale: f32,
    /// Original height and width, crop top and left, target height and width, [B, 6].
    pub time_ids: ArrayView2<'a, f32>,
    /// How attention is steered at this step.
    pub control: &'a StepControl,
    /// The batch row of the positive prompt: the one that is weighted and recorded.
    pub conditional_row: usize,
    /// The place whose self-attention is reported.
    pub patch: Option<Place>,
}

/// What one call of the UNet gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The model's output, [B, 4, h, w].
    pub output: Array4<f32>,
    /// Cross-attention maps of the conditional row, in the order of [`Components::cross_attention_layers`].
    pub maps: StepMaps,
    /// The same before mask and weights; `None` while neither acts.
    pub neutral: Option<StepMaps>,
    /// Neutral scores of the entities in the same layers, where there are two entities or more.
    pub scores: StepScores,
    /// Self-attention of the patch that was asked for, head mean of the conditional row, [patches] each, in the order of
    /// [`Components::self_attention_layers`]; empty if none was.
    pub rows: Vec<Array1<f32>>,
}

/// A loaded model. Every call returns [`crate::Error::Cancelled`] soon after `cancel` is triggered.
pub trait Components {
    /// Diffusers paths of the intercepted cross-attention layers, in the order of [`Prediction::maps`].
    fn cross_attention_layers(&self) -> &[String];

    /// Diffusers paths of the intercepted self-attention layers, in the order of [`Prediction::rows`].
    fn self_attention_layers(&self) -> &[String];

    /// Whether the model takes the guidance scale as an input, as LCM-SDXL does; then one row is all that is run.
    fn takes_guidance(&self) -> bool {
        false
    }

    /// Encodes chunks of token ids, one `[ids of tokenizer, ids of tokenizer_2]` (77 each) a chunk.
    ///
    /// # Errors
    /// What the model reports, [`crate::Error::Cancelled`].
    fn encode_text(&mut self, chunks: &[[Vec<i64>; 2]], cancel: &CancelToken) -> Result<TextEmbedding>;

    /// Runs the UNet once.
    ///
    /// # Errors
    /// What the model reports, [`crate::Error::Cancelled`].
    fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction>;

    /// Decodes latents [1, 4, h, w] as the UNet knows them (the VAE's scaling is undone in here) to a picture
    /// [3, 8h, 8w] in 0..1. Reports [`Progress::Decoding`] before each tile, and what a person should know as
    /// [`Progress::Noticed`].
    ///
    /// # Errors
    /// What the model reports, [`crate::Error::Cancelled`].
    fn decode(
        &mut self,
        latents: ArrayView4<'_, f32>,
        report: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Array3<f32>>;

    /// Makes decoding compute in single precision from now on. Gives whether that changes anything: not if it already
    /// does so.
    ///
    /// # Errors
    /// What the model reports, [`crate::Error::Cancelled`].
    fn widen_decoder(&mut self, _cancel: &CancelToken) -> Result<bool> {
        Ok(false)
    }
}
