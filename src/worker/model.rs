//! What the worker needs of a model. The program implements it over ONNX Runtime, tests script it.

use super::{ModelInfo, ModelSource};
use crate::{
    diffusion::{CancelToken, LatentPreview, Outcome, Progress, Settings},
    error::Result,
};

/// Opens models, on the worker's thread. The loader moves there; what it loads never leaves and need not be `Send`.
pub trait Loader {
    /// Opens `source`. `report` takes the stage in words ("Loading the UNet") and its share done (0..1) where that
    /// is known. Returns soon after `cancel` is triggered.
    fn load(
        &mut self,
        source: &ModelSource,
        report: &mut dyn FnMut(&str, Option<f32>),
        cancel: &CancelToken,
    ) -> Result<LoadedModel>;
}

/// A model that can paint.
pub struct LoadedModel {
    /// What it is, for people.
    pub info: ModelInfo,
    /// Makes a picture of each step's latents.
    pub preview: LatentPreview,
    /// Makes the pictures.
    pub painter: Box<dyn Painter>,
}

/// From settings to a picture: reads the prompt, then [`crate::diffusion::text_to_image`].
pub trait Painter {
    /// Paints one picture and reports on the way. Returns soon after `cancel` is triggered.
    fn paint(
        &mut self,
        settings: &Settings,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Outcome>;
}
