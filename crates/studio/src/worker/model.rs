//! What the worker needs from a model. The program implements it with ONNX Runtime; tests script it.

use std::sync::Arc;

use ndarray::{Array3, ArrayView4};

use super::Reader;
use crate::painting::{ModelInfo, ModelSource};
use tauscope_core::{
    CancelToken,
    attention::{PatchRows, Place},
    diffusion::{LatentPreview, LiveControl, Outcome, Progress, Settings, Start},
    error::Result,
    prompt::Prompt,
};

/// Opens models, on the worker's thread. The loader moves there; what it loads never leaves and need not be `Send`.
pub trait ModelLoader {
    /// Opens `source`. `report` takes the stage in words ("Loading the UNet") and its share done (0..1) where that
    /// is known. Returns soon after `cancel` is triggered.
    ///
    /// # Errors
    /// [`tauscope_core::Error::Cancelled`], and whatever is wrong with the model's folder, its graphs or ONNX Runtime.
    fn load(
        &mut self,
        source: &ModelSource,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<LoadedModel>;
}

/// A model that can paint.
pub struct LoadedModel {
    /// What is loaded, for display.
    pub info: ModelInfo,
    /// Makes a picture of each step's latents.
    pub preview: LatentPreview,
    /// Reads the prompts.
    pub reader: Arc<Reader>,
    /// Makes the pictures.
    pub painter: Box<dyn Painter>,
}

/// A request to a painter.
#[derive(Clone, Debug, Default)]
pub struct Commission {
    /// What to paint.
    pub settings: Settings,
    /// Its prompt, if it was read before; otherwise the painter reads it.
    pub prompt: Option<Arc<Prompt>>,
    /// Where to start.
    pub start: Start,
    /// Steers it while it is painted.
    pub live: LiveControl,
}

impl Commission {
    /// A picture from the seed's noise, without steering.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }
}

/// From settings to a picture: reads the prompt unless it was read before, then runs
/// [`tauscope_core::diffusion::text_to_image`].
pub trait Painter {
    /// Paints one picture and reports progress. Returns soon after `cancel` is triggered.
    ///
    /// # Errors
    /// [`tauscope_core::Error::Cancelled`], [`tauscope_core::Error::Input`] for settings that cannot be painted or a
    /// start that does not fit them, and whatever the model reports.
    fn paint(
        &mut self,
        commission: &Commission,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome>;

    /// The picture of latents [1, 4, h, w], [3, 8h, 8w] in 0..1.
    ///
    /// # Errors
    /// [`tauscope_core::Error::Cancelled`], and whatever the model reports.
    fn decode(&mut self, latents: ArrayView4<'_, f32>, cancel: &CancelToken) -> Result<Array3<f32>>;

    /// Runs the first step of a commission without painting it, and returns where `place` looks.
    ///
    /// # Errors
    /// As [`Self::paint`].
    fn look(&mut self, commission: &Commission, place: Place, cancel: &CancelToken) -> Result<PatchRows>;
}
