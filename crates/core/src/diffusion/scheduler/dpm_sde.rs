//! diffusers' `DPMSolverSDEScheduler`, which is k-diffusion's `sample_dpmpp_sde` and Automatic1111's DPM++ SDE: two calls
//! of the model a step, but for the last one. diffusers counts the calls; here a step is both.
//!
//! `rescale_betas_zero_snr`, which that class leaves out, is kept: a model that was trained so needs it.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Schedule, Scheduler, SecondCall, Stepped,
    euler::{euler_step, to_unit_variance},
    euler_ancestral::ancestral_step,
    levels,
    prediction::denoised_exploding,
    spread::Spread,
    tables::{ending_at, timestep_of, training_sigmas},
};
use crate::model::{PredictionType, SchedulerConfig};

/// Ancestral steps, each by what the model predicts in its middle.
pub(super) struct DpmSde {
    schedule: Schedule,
    /// Timestep and sigma in the middle of each step but the last, [steps - 1].
    middles: Vec<(f32, f32)>,
    prediction_type: PredictionType,
    /// The latents in the middle of a step and the noise up to there, between its two calls.
    middle: Option<(Array4<f32>, Array4<f32>)>,
}

impl DpmSde {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>) -> Self {
        let (timesteps, levels) = levels::exploding(config, steps, spread);
        let training = training_sigmas(config);
        let middle = |pair: &[f64]| {
            let sigma = (pair[0] * pair[1]).sqrt();
            (timestep_of(sigma, &training) as f32, sigma as f32)
        };
        let sigmas = ending_at(0.0, &levels);
        Self {
            schedule: Schedule::exploding(config, timesteps, sigmas),
            middles: levels.windows(2).map(middle).collect(),
            prediction_type: config.prediction_type,
            middle: None,
        }
    }
}

impl Scheduler for DpmSde {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        to_unit_variance(latents, self.schedule.sigmas[index])
    }

    fn wants_noise(&self) -> bool {
        true
    }

    fn second_call(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Option<SecondCall> {
        let (timestep, middle) = *self.middles.get(index)?;
        let (sigma, noise) = (self.schedule.sigmas[index], noise?.to_owned());
        let denoised = denoised_exploding(self.prediction_type, output, latents, sigma);
        let half = ancestral_step(latents, &denoised, (sigma, middle), noise.view());
        let input = to_unit_variance(half.view(), middle);
        self.middle = Some((half, noise));
        Some(SecondCall { input, timestep })
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (sigma, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let (Some((half, first)), Some(noise)) = (self.middle.take(), noise) else {
            let denoised = denoised_exploding(self.prediction_type, output, latents, sigma);
            return Stepped { latents: euler_step(latents, &denoised, sigma, next), denoised };
        };
        let (_, middle) = self.middles[index];
        let denoised = denoised_exploding(self.prediction_type, output, half.view(), middle);
        // The noise of the whole step is a Brownian path that goes through its middle.
        let (before, after) =
            (((sigma - middle) / (sigma - next)).sqrt(), ((middle - next) / (sigma - next)).sqrt());
        let whole =
            Zip::from(&first).and(noise).map_collect(|&first, &second| before * first + after * second);
        Stepped { latents: ancestral_step(latents, &denoised, (sigma, next), whole.view()), denoised }
    }
}
