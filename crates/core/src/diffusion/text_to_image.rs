//! The text-to-image loop: noise, steps with guidance, picture. What this is not: reading a prompt (it comes in as
//! chunks of token ids) or running sessions ([`Components`] does).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ndarray::{Array3, Array4};

use super::{
    Checkpoint, Components, LiveControl, Notice, Settings, Start, Steer,
    conditioning::{Call, Conditioning, guided},
    decode::decode,
    live::InForce,
    noise::step_noise,
    scheduler::{self, SecondCall, Stepped},
    soundness::{hints, is_finite, sampler_overflow, unet_overflow},
    whose::EarlyMaps,
};
use crate::{
    CancelToken,
    attention::{Grid, Layer, Record, StepMaps, StepScores, TokenPlan},
    error::{Error, Result},
    model::SchedulerConfig,
    prompt::{Entities, PhraseAlone},
};

/// A picture to be painted, with its text already cut into chunks of token ids.
#[derive(Clone)]
pub struct Job<'a> {
    /// What was asked for; [`text_to_image()`] validates it again.
    pub settings: &'a Settings,
    /// Chunks of the prompt, `[ids of tokenizer, ids of tokenizer_2]` each.
    pub prompt: &'a [[Vec<i64>; 2]],
    /// Chunks of the negative prompt, as many as the prompt has; `None` stands for zeros.
    pub negative: Option<&'a [[Vec<i64>; 2]]>,
    /// What the tokens of the prompt are, [L], with these entities.
    pub tokens: &'a dyn Fn(&Entities) -> TokenPlan,
    /// The phrases of these entities, to be encoded alone too for Structured Diffusion.
    pub phrases: &'a dyn Fn(&Entities) -> Result<Vec<PhraseAlone>>,
    /// The model's schedule.
    pub scheduler: &'a SchedulerConfig,
    /// Where it begins.
    pub start: &'a Start,
    /// What a person changes meanwhile.
    pub live: &'a LiveControl,
    /// What was noticed while it was prepared; reported first.
    pub notices: &'a [Notice],
}

/// What happens, in order.
#[derive(Debug)]
pub enum Progress {
    /// The text encoders run.
    Encoding,
    /// A step is done.
    Step(Box<StepReport>),
    /// The VAE runs.
    Decoding {
        /// How many tiles are decoded.
        done: usize,
        /// How many there are; 1 where the picture is decoded at once.
        of: usize,
    },
    /// Something that a person should know.
    Noticed(Notice),
}

/// One step, done.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// 0-based.
    pub index: usize,
    /// The timestep that the UNet was given.
    pub timestep: f32,
    /// The latents after the step, and the clean ones that the model expected at it.
    pub checkpoint: Arc<Checkpoint>,
    /// The layers of the maps, the same at each step.
    pub layers: Arc<[Layer]>,
    /// Cross-attention maps.
    pub maps: StepMaps,
    /// The same before mask and weights; `None` if neither acted.
    pub neutral: Option<StepMaps>,
    /// Neutral scores of the entities, where there are two or more.
    pub scores: StepScores,
    /// What was in force.
    pub steer: Arc<Steer>,
    /// How long it took.
    pub elapsed: Duration,
}

impl StepReport {
    /// Adds the step's maps and scores to a record of its run.
    pub fn add_to(self, record: &mut Record) {
        if record.layers.is_empty() {
            record.layers = self.layers.to_vec();
        }
        record.steps.push(self.maps);
        record.neutral.push(self.neutral);
        record.scores.push(self.scores);
    }
}

/// A painted picture. Its steps were reported on the way and are not kept here.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// [3, height, width] in 0..1.
    pub image: Array3<f32>,
    /// Timesteps of the whole schedule, [steps].
    pub timesteps: Vec<f32>,
    /// Noise levels, [steps + 1].
    pub sigmas: Vec<f32>,
    /// Latents after the last step, [1, 4, h, w].
    pub latents: Array4<f32>,
    /// What a person should know about it.
    pub notices: Vec<Notice>,
}

/// Paints `job` with `model` and reports on the way.
///
/// # Errors
/// Settings that cannot be painted, a start that does not fit them, whatever the model reports, [`Error::Cancelled`],
/// and latents or a picture that are not finite.
pub fn text_to_image(
    model: &mut dyn Components,
    job: &Job<'_>,
    cancel: &CancelToken,
    mut progress: impl FnMut(Progress),
) -> Result<Outcome> {
    let mut notices = Vec::new();
    let mut progress = |news: Progress| {
        if let Progress::Noticed(notice) = &news {
            notices.push(notice.clone());
        }
        progress(news);
    };
    job.notices.iter().cloned().for_each(|notice| progress(Progress::Noticed(notice)));
    let settings = job.settings;
    settings.validate()?;
    let grid = settings.latent_grid();
    let mut scheduler = settings.sampler.build(job.scheduler, settings.steps)?;
    for notice in scheduler::notices(job.scheduler, settings.sampler) {
        progress(Progress::Noticed(Notice::Scheduler(notice)));
    }

    progress(Progress::Encoding);
    let mut batch = Conditioning::encode(model, job, cancel)?;

    let mut latents = job.start.latents(settings, batch.tokens(), &mut *scheduler)?;
    let first = job.start.step();
    let mut layers: Arc<[Layer]> = Arc::default();
    let mut steers = Vec::with_capacity(settings.steps);
    let mut in_force = InForce::new(job, first);
    let mut early = EarlyMaps::of(job.start);
    let timesteps = scheduler.timesteps().to_vec();
    let wants_noise = scheduler.wants_noise();
    let noise = |index| wants_noise.then(|| step_noise(settings.seed, index, grid));
    for (index, &timestep) in timesteps.iter().enumerate().skip(first) {
        cancel.check()?;
        let started = Instant::now();
        let scaled = scheduler.scale_model_input(latents.view(), index);
        let (steer, control) = in_force.at(index, &early);
        batch.prepare(&steer, model, job, cancel)?;
        let mut ask = |input: &Array4<f32>, timestep| {
            let asked = Call { timestep, control: &control, patch: None };
            let prediction = batch.predict(model, input.view(), &asked, cancel)?;
            let output = guided(&prediction.output, settings.guidance_scale);
            if is_finite(output.iter()) {
                Ok((output, prediction))
            } else {
                Err(unet_overflow(index, settings.steps))
            }
        };
        // The maps of a step are those of its first call, where the step begins.
        let (mut output, prediction) = ask(&scaled, timestep)?;
        let mut fresh = noise(index);
        let call = scheduler.second_call(
            output.view(),
            index,
            latents.view(),
            fresh.as_ref().map(|noise| noise.view()),
        );
        if let Some(SecondCall { input, timestep }) = call {
            (output, _) = ask(&input, timestep)?;
            fresh = noise(settings.steps + index);
        }
        let Stepped { latents: next, denoised } =
            scheduler.step(output.view(), index, latents.view(), fresh.as_ref().map(|noise| noise.view()));
        latents = next;
        if !is_finite(latents.iter()) {
            return Err(sampler_overflow(index, settings.steps));
        }
        if index == first {
            layers = recorded_layers(model.cross_attention_layers(), &prediction.maps, settings)?;
        }
        early.look(index, settings.steps, &layers, &prediction, in_force.text_end());
        let report = StepReport {
            index,
            timestep,
            checkpoint: Arc::new(Checkpoint {
                step: index + 1,
                tokens: batch.tokens(),
                latents: latents.clone(),
                denoised,
                memory: scheduler.memory(),
                early_maps: early.maps(),
            }),
            layers: Arc::clone(&layers),
            maps: prediction.maps,
            neutral: prediction.neutral,
            scores: prediction.scores,
            steer: Arc::clone(&steer),
            elapsed: started.elapsed(),
        };
        steers.push(steer);
        progress(Progress::Step(Box::new(report)));
    }

    progress(Progress::Decoding { done: 0, of: 1 });
    let image = decode(model, latents.view(), &mut progress, cancel)?;
    hints(latents.view(), &steers, settings.steps)
        .into_iter()
        .for_each(|hint| progress(Progress::Noticed(hint)));
    Ok(Outcome { image, sigmas: scheduler.sigmas().to_vec(), timesteps, latents, notices })
}

/// The recorded layers, each with the grid that its number of patches implies for this size.
fn recorded_layers(names: &[String], maps: &StepMaps, settings: &Settings) -> Result<Arc<[Layer]>> {
    let latent = settings.latent_grid();
    names.iter().zip(&maps.0).map(|(name, map)| recorded_layer(name, map.nrows(), latent)).collect()
}

/// A layer with the grid that its number of patches implies over a latent.
///
/// # Errors
/// [`Error::Graph`] if no whole downscale of the latent has so many patches.
pub fn recorded_layer(name: &str, patches: usize, latent: Grid) -> Result<Layer> {
    let grid = latent.of_layer(patches).ok_or_else(|| {
        let problem =
            format!("The layer {name} has {patches} patches, which is no whole downscale of the picture.");
        Error::graph("unet", problem)
    })?;
    Ok(Layer::new(name, grid))
}
