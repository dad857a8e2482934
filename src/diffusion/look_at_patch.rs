//! Where one place of the picture looks at a step that is over: the step is run again from its latents.

use ndarray::ArrayView4;

use super::{CancelToken, Components, Job, conditioning::Conditioning, text_to_image::recorded_layer};
use crate::{
    attention::{Control, PatchRows, Place},
    error::{Error, Result},
};

/// Runs step `step` of `job` once more, on the row of the positive prompt alone, from the `latents` [1, 4, h, w] that
/// were there before it (for the first step the noise, multiplied by the scheduler's `init_noise_sigma`), and tells
/// where `place` looks. With the job's control: τ acts if it acts at that step.
///
/// # Errors
/// As [`super::text_to_image()`]; [`Error::Input`] for a step that the job does not have, or latents of another size.
pub fn look_at_patch(
    model: &mut dyn Components,
    job: &Job<'_>,
    step: usize,
    latents: ArrayView4<'_, f32>,
    place: Place,
    cancel: &CancelToken,
) -> Result<PatchRows> {
    let settings = job.settings;
    settings.validate()?;
    let grid = settings.latent_grid();
    let scheduler = settings.sampler.build(job.scheduler, settings.steps)?;
    let Some(&timestep) = scheduler.timesteps().get(step) else {
        return Err(Error::input(
            format!("There is no step {}.", step + 1),
            format!("Choose one of the {} steps.", settings.steps),
        ));
    };
    if latents.dim() != (1, 4, grid.height, grid.width) {
        return Err(Error::input(
            format!("The step's latents have the shape {:?}.", latents.shape()),
            format!("This size needs [1, 4, {}, {}].", grid.height, grid.width),
        ));
    }
    let text = Conditioning::positive(model, job, cancel)?;
    let scaled = scheduler.scale_model_input(latents, step);
    let control = settings.control.at(Control::progress(step, settings.steps), job.token_weight);
    let rows = text.predict(model, scaled.view(), timestep, &control, Some(place), cancel)?.rows;
    let names = model.self_attention_layers().iter();
    let layers = names.zip(&rows).map(|(name, row)| recorded_layer(name, row.len(), grid));
    Ok(PatchRows { layers: layers.collect::<Result<_>>()?, rows })
}
