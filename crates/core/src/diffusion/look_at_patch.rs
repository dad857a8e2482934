//! Where one place of the picture looked at an earlier step: the step is run again from its latents.

use super::{
    Components, Job,
    conditioning::{Call, Conditioning},
    text_to_image::recorded_layer,
    whose::EarlyMaps,
};
use crate::{
    CancelToken,
    attention::{Control, PatchRows, Place},
    error::Result,
};

/// Runs the step at which `job` starts once more, on the row of the positive prompt alone, and gives where `place`
/// looks. The job's control applies: τ acts if it acts at that step.
///
/// # Errors
/// As [`super::text_to_image()`].
pub fn look_at_patch(
    model: &mut dyn Components,
    job: &Job<'_>,
    place: Place,
    cancel: &CancelToken,
) -> Result<PatchRows> {
    let settings = job.settings;
    settings.validate()?;
    let mut scheduler = settings.sampler.build(job.scheduler, settings.steps)?;
    let step = job.start.step();
    let mut text = Conditioning::positive(model, job, cancel)?;
    let latents = job.start.latents(settings, text.tokens(), scheduler.as_mut())?;
    let timestep = scheduler.timesteps()[step];
    let scaled = scheduler.scale_model_input(latents.view(), step);
    let steer = settings.steer_at(step);
    let progress = Control::progress(step, settings.steps);
    let tokens = (job.tokens)(&steer.entities);
    let mut control = steer.control.at(progress, &tokens);
    EarlyMaps::of(job.start).place(step, settings, &steer, &tokens, &mut control);
    text.prepare(&steer, model, job, cancel)?;
    let call = Call { timestep, control: &control, patch: Some(place) };
    let rows = text.predict(model, scaled.view(), &call, cancel)?.rows;
    let names = model.self_attention_layers().iter();
    let layers = names.zip(&rows).map(|(name, row)| recorded_layer(name, row.len(), settings.latent_grid()));
    Ok(PatchRows { layers: layers.collect::<Result<_>>()?, rows })
}
