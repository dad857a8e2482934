//! The picture of a finished step as the VAE decodes it; its preview is only an approximation.

use std::sync::Arc;

use ndarray::Array3;

use super::Painter;
use crate::painting::{JobId, Painting};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A step of a painting.
#[derive(Clone, Debug)]
pub struct Decode {
    /// The painting.
    pub painting: Arc<Painting>,
    /// The step, 0-based.
    pub step: usize,
}

/// A decoded step.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The painting's job.
    pub job: JobId,
    /// The step, 0-based.
    pub step: usize,
    /// The clean picture that the model predicted at this step, [3, height, width] in 0..1.
    pub image: Array3<f32>,
}

impl Decode {
    /// Decodes the clean latents that the step predicted.
    ///
    /// # Errors
    /// [`Error::Input`] if they are not kept, [`Error::Cancelled`], and whatever the model reports.
    pub(super) fn run(&self, painter: &mut dyn Painter, cancel: &CancelToken) -> Result<Decoded> {
        let Self { painting, step } = self;
        let kept = painting.steps.get(*step).and_then(|step| step.checkpoint.as_ref()).ok_or_else(|| {
            Error::input(
                format!("Step {} cannot be decoded: its latents are not kept.", step + 1),
                "Paint this picture again, then decode its steps.",
            )
        })?;
        Ok(Decoded { job: painting.id, step: *step, image: painter.decode(kept.denoised.view(), cancel)? })
    }
}
