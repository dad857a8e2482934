//! What every call of the UNet for one picture takes besides the latents: text and size.

use ndarray::{Array2, Array3, Array4, ArrayView4, Axis, concatenate, s};

use super::{Components, Job, Prediction, Steer, TextEmbedding, UnetInput, value_context};
use crate::{
    CancelToken,
    attention::{Place, StepControl},
    error::{Error, Result},
    prompt::Entities,
};

/// The text and size inputs of every call: rows [negative, positive], or [positive] alone without guidance.
pub(super) struct Conditioning {
    context: Array3<f32>,
    /// What the values are made from, if not from the context, and the entities whose phrases it holds.
    values: Option<(Entities, Array3<f32>)>,
    pooled: Array2<f32>,
    time_ids: Array2<f32>,
    guidance_scale: f32,
}

/// What differs from call to call.
pub(super) struct Call<'a> {
    /// The scheduler's timestep.
    pub(super) timestep: f32,
    /// How attention is steered.
    pub(super) control: &'a StepControl,
    /// The patch whose self-attention is asked for.
    pub(super) patch: Option<Place>,
}

impl Conditioning {
    /// Encodes the text of `job`.
    ///
    /// # Errors
    /// Whatever the model reports, [`Error::Cancelled`].
    pub(super) fn encode(model: &mut dyn Components, job: &Job<'_>, cancel: &CancelToken) -> Result<Self> {
        let positive = Self::positive(model, job, cancel)?;
        if !job.settings.is_guided() || model.takes_guidance() {
            return Ok(positive);
        }
        let negative = match job.negative {
            Some(chunks) => model.encode_text(chunks, cancel)?,
            None => TextEmbedding {
                context: Array3::zeros(positive.context.dim()),
                pooled: Array2::zeros(positive.pooled.dim()),
            },
        };
        let above = |row: &Array3<f32>| concatenate(Axis(0), &[negative.context.view(), row.view()]);
        let pooled = concatenate(Axis(0), &[negative.pooled.view(), positive.pooled.view()]);
        let time_ids = concatenate(Axis(0), &[positive.time_ids.view(); 2]);
        Ok(Self {
            context: above(&positive.context).map_err(misfit)?,
            values: None,
            pooled: pooled.map_err(misfit)?,
            time_ids: time_ids.map_err(misfit)?,
            guidance_scale: positive.guidance_scale,
        })
    }

    /// The row of the positive prompt alone, which is all that a map needs.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub(super) fn positive(model: &mut dyn Components, job: &Job<'_>, cancel: &CancelToken) -> Result<Self> {
        let TextEmbedding { context, pooled } = model.encode_text(job.prompt, cancel)?;
        let (height, width) = (job.settings.height as f32, job.settings.width as f32);
        // Original size, crop, target size (method.md 6).
        let ids = [height, width, 0.0, 0.0, height, width];
        Ok(Self {
            context,
            values: None,
            pooled,
            time_ids: Array2::from_shape_fn((1, ids.len()), |(_, at)| ids[at]),
            guidance_scale: job.settings.guidance_scale,
        })
    }

    /// Prepares for a step that `steer` steers. Structured Diffusion makes the values from the phrases too; they are
    /// encoded when it first acts and whenever the entities change.
    ///
    /// # Errors
    /// As [`Self::encode`], and if a tokenizer fails.
    pub(super) fn prepare(
        &mut self,
        steer: &Steer,
        model: &mut dyn Components,
        job: &Job<'_>,
        cancel: &CancelToken,
    ) -> Result<()> {
        if !steer.control.structured {
            self.values = None;
        } else if self.values.as_ref().is_none_or(|(entities, _)| *entities != steer.entities) {
            let phrases = (job.phrases)(&steer.entities)?;
            let alone = phrases.iter().map(|phrase| {
                let embedding = model.encode_text(&phrase.chunks, cancel)?;
                Ok((phrase, embedding.context))
            });
            let alone = alone.collect::<Result<Vec<_>>>()?;
            let mut values = self.context.clone();
            let positive = value_context(&self.context.slice(s![-1.., .., ..]).to_owned(), &alone);
            values.slice_mut(s![-1.., .., ..]).assign(&positive);
            self.values = Some((steer.entities.clone(), values));
        }
        Ok(())
    }

    /// L, the length of the context.
    pub(super) fn tokens(&self) -> usize {
        self.context.len_of(Axis(1))
    }

    /// Calls the UNet on scaled latents [1, 4, h, w], the same in every row.
    ///
    /// # Errors
    /// Whatever the model reports, [`Error::Cancelled`].
    pub(super) fn predict(
        &self,
        model: &mut dyn Components,
        scaled: ArrayView4<'_, f32>,
        call: &Call<'_>,
        cancel: &CancelToken,
    ) -> Result<Prediction> {
        let rows = self.context.len_of(Axis(0));
        let sample = concatenate(Axis(0), &vec![scaled; rows]).map_err(misfit)?;
        let input = UnetInput {
            sample: sample.view(),
            timestep: call.timestep,
            context: self.context.view(),
            values: self.values.as_ref().map(|(_, values)| values.view()),
            pooled: self.pooled.view(),
            time_ids: self.time_ids.view(),
            guidance_scale: self.guidance_scale,
            control: call.control,
            conditional_row: rows - 1,
            patch: call.patch,
        };
        model.predict(&input, cancel)
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

fn misfit(error: ndarray::ShapeError) -> Error {
    Error::Internal(format!("text embeddings of different shapes ({error})."))
}
