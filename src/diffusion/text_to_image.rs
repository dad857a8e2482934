//! The text-to-image loop: noise, steps with guidance, picture. What it is not: text (chunks of token ids come in)
//! or sessions (a [`Components`] is called).

use std::time::{Duration, Instant};

use ndarray::{Array3, Array4, Axis, s};

use super::{
    CancelToken, Components, Settings,
    conditioning::Conditioning,
    noise::{initial_noise, step_noise},
    scheduler::Stepped,
};
use crate::{
    attention::{Control, Grid, Layer, Record, StepMaps},
    error::{Error, Result},
    model::SchedulerConfig,
    prompt::PhraseAlone,
};

/// A picture to be painted, with its text already cut into chunks of token ids.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// What was asked for; validated here once more.
    pub settings: &'a Settings,
    /// Chunks of the prompt, `[ids of tokenizer, ids of tokenizer_2]` each.
    pub prompt: &'a [[Vec<i64>; 2]],
    /// Chunks of the negative prompt, as many as the prompt has; `None` stands for zeros.
    pub negative: Option<&'a [[Vec<i64>; 2]]>,
    /// Weight of each token of the prompt, [L].
    pub token_weight: &'a [f32],
    /// The phrases of the prompt that are encoded alone too, for Structured Diffusion; empty without it.
    pub structured: &'a [PhraseAlone],
    /// The model's schedule.
    pub scheduler: &'a SchedulerConfig,
    /// Unit normal latents [1, 4, h, w] to start from instead of the seed's.
    pub initial_latents: Option<&'a Array4<f32>>,
}

/// What happens, in order.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The text encoders run.
    Encoding,
    /// A step is done.
    Step(&'a StepReport),
    /// The VAE runs.
    Decoding,
}

/// One step, done.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// 0-based.
    pub index: usize,
    /// The timestep that the UNet was given.
    pub timestep: f32,
    /// Latents after the step, [1, 4, h, w].
    pub latents: Array4<f32>,
    /// The clean latents that the model expected at this step, [1, 4, h, w].
    pub denoised: Array4<f32>,
    /// Cross-attention maps.
    pub maps: StepMaps,
    /// How long it took.
    pub elapsed: Duration,
}

/// A painted picture with its history.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// [3, height, width] in 0..1.
    pub image: Array3<f32>,
    /// The maps of every step.
    pub record: Record,
    /// Timesteps, [steps].
    pub timesteps: Vec<f32>,
    /// Noise levels, [steps + 1].
    pub sigmas: Vec<f32>,
    /// Latents after the last step, [1, 4, h, w].
    pub latents: Array4<f32>,
}

/// Paints `job` with `model` and reports on the way.
///
/// # Errors
/// Settings that cannot be painted, whatever the model reports, [`Error::Cancelled`], and latents or a picture that
/// are not finite numbers.
pub fn text_to_image(
    model: &mut dyn Components,
    job: &Job<'_>,
    cancel: &CancelToken,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Outcome> {
    let settings = job.settings;
    settings.validate()?;
    let grid = settings.latent_grid();
    let mut scheduler = settings.sampler.build(job.scheduler, settings.steps)?;

    progress(Progress::Encoding);
    let batch = Conditioning::encode(model, job, cancel)?;

    let noise = match job.initial_latents {
        Some(given) if given.dim() == (1, 4, grid.height, grid.width) => given.clone(),
        Some(given) => {
            return Err(Error::input(
                format!("The initial latents have the shape {:?}.", given.shape()),
                format!("This size needs [1, 4, {}, {}].", grid.height, grid.width),
            ));
        }
        None => initial_noise(settings.seed, grid),
    };
    let mut latents = noise * scheduler.init_noise_sigma();
    let mut record = Record::default();
    let timesteps = scheduler.timesteps().to_vec();
    for (index, &timestep) in timesteps.iter().enumerate() {
        cancel.check()?;
        let started = Instant::now();
        let scaled = scheduler.scale_model_input(latents.view(), index);
        let control = settings.control.at(Control::progress(index, settings.steps), job.token_weight);
        let prediction = batch.predict(model, scaled.view(), timestep, &control, None, cancel)?;
        let output = guided(&prediction.output, settings.guidance_scale);
        if output.iter().any(|value| !value.is_finite()) {
            return Err(not_finite(&format!("step {}", index + 1)));
        }
        let fresh = scheduler.wants_noise().then(|| step_noise(settings.seed, index, grid));
        let Stepped { latents: next, denoised } =
            scheduler.step(output.view(), index, latents.view(), fresh.as_ref().map(|noise| noise.view()));
        latents = next;
        if index == 0 {
            record.layers = recorded_layers(model.cross_attention_layers(), &prediction.maps, settings)?;
        }
        let report = StepReport {
            index,
            timestep,
            latents: latents.clone(),
            denoised,
            maps: prediction.maps,
            elapsed: started.elapsed(),
        };
        progress(Progress::Step(&report));
        record.steps.push(report.maps);
    }

    progress(Progress::Decoding);
    let image = model.decode(latents.view(), cancel)?;
    if image.iter().any(|value| !value.is_finite()) {
        return Err(not_finite("decoding"));
    }
    Ok(Outcome { image, record, sigmas: scheduler.sigmas().to_vec(), timesteps, latents })
}

/// Classifier-free guidance: `negative + scale (positive - negative)`; a single row stays as it is.
fn guided(output: &Array4<f32>, scale: f32) -> Array4<f32> {
    if output.len_of(Axis(0)) == 1 {
        return output.clone();
    }
    let (negative, positive) = (output.slice(s![..1, .., .., ..]), output.slice(s![1.., .., .., ..]));
    &negative + (&positive - &negative) * scale
}

/// The recorded layers with the grids that their number of patches means for this size.
pub(crate) fn recorded_layers(names: &[String], maps: &StepMaps, settings: &Settings) -> Result<Vec<Layer>> {
    let latent = settings.latent_grid();
    names.iter().zip(&maps.0).map(|(name, map)| recorded_layer(name, map.nrows(), latent)).collect()
}

/// A layer with the grid that its number of patches means over a latent.
pub(crate) fn recorded_layer(name: &str, patches: usize, latent: Grid) -> Result<Layer> {
    let grid = latent.of_layer(patches).ok_or_else(|| {
        let problem =
            format!("The layer {name} has {patches} patches, which is no whole downscale of the picture.");
        Error::graph("unet", problem)
    })?;
    Ok(Layer::new(name, grid))
}

fn not_finite(place: &str) -> Error {
    Error::Runtime {
        doing: place.to_owned(),
        detail: "the numbers overflowed (NaN), so there is no picture to show. A half-precision model does this: use \
                 its fp32 export, or a lower guidance scale."
            .to_owned(),
    }
}
