//! The text and size inputs of the UNet, and classifier-free guidance between their rows.

use ndarray::{Array2, Array3, Array4, Axis, concatenate, s};

use super::{CancelToken, Components, Job, TextEmbedding};
use crate::error::{Error, Result};

/// The text and size inputs of every call: rows [negative, positive], or [positive] alone without guidance.
pub(super) struct Conditioning {
    pub(super) context: Array3<f32>,
    pub(super) pooled: Array2<f32>,
    pub(super) time_ids: Array2<f32>,
}

impl Conditioning {
    pub(super) fn encode(model: &mut dyn Components, job: &Job<'_>, cancel: &CancelToken) -> Result<Self> {
        let positive = model.encode_text(job.prompt, cancel)?;
        let (context, pooled) = if job.settings.is_guided() {
            let negative = match job.negative {
                Some(chunks) => model.encode_text(chunks, cancel)?,
                None => TextEmbedding {
                    context: Array3::zeros(positive.context.dim()),
                    pooled: Array2::zeros(positive.pooled.dim()),
                },
            };
            (
                concatenate(Axis(0), &[negative.context.view(), positive.context.view()]).map_err(shapes)?,
                concatenate(Axis(0), &[negative.pooled.view(), positive.pooled.view()]).map_err(shapes)?,
            )
        } else {
            (positive.context, positive.pooled)
        };
        let (height, width) = (job.settings.height as f32, job.settings.width as f32);
        // Original size, crop, target size (method.md 6).
        let ids = [height, width, 0.0, 0.0, height, width];
        let time_ids = Array2::from_shape_fn((context.len_of(Axis(0)), ids.len()), |(_, column)| ids[column]);
        Ok(Self { context, pooled, time_ids })
    }

    /// B, the rows of the batch.
    pub(super) fn rows(&self) -> usize {
        self.context.len_of(Axis(0))
    }

    /// L, the length of the context.
    pub(super) fn tokens(&self) -> usize {
        self.context.len_of(Axis(1))
    }
}

/// Classifier-free guidance: `negative + scale (positive - negative)`; a single row stays as it is.
pub(super) fn guided(output: &Array4<f32>, scale: f32) -> Array4<f32> {
    if output.len_of(Axis(0)) == 1 {
        return output.clone();
    }
    let (negative, positive) = (output.slice(s![..1, .., .., ..]), output.slice(s![1.., .., .., ..]));
    &negative + (&positive - &negative) * scale
}

pub(super) fn shapes(error: ndarray::ShapeError) -> Error {
    Error::Internal(format!("text embeddings of different shapes ({error})."))
}
