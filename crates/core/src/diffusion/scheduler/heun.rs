//! diffusers' `HeunDiscreteScheduler`, with any of its noise schedules; no churn. diffusers counts the model's calls, of
//! which a step has two, but for the last one; here a step is both.
//!
//! `rescale_betas_zero_snr`, which that class leaves out, is kept: a model that was trained so needs it.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Schedule, Scheduler, SecondCall, Stepped,
    bound::Bound,
    euler::{euler_step, to_unit_variance},
    levels,
    prediction::denoised_exploding,
    spread::Spread,
    tables::ending_at,
};
use crate::model::{PredictionType, SchedulerConfig};

/// Heun's method along the probability-flow ODE: the mean of the slopes at both ends of a step.
pub(super) struct Heun {
    schedule: Schedule,
    prediction_type: PredictionType,
    bound: Bound,
    /// The end that an Euler step leads to and the clean latents predicted at the start, between the two calls.
    guess: Option<(Array4<f32>, Array4<f32>)>,
}

impl Heun {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>) -> Self {
        let (timesteps, sigmas) = levels::exploding(config, steps, spread);
        let sigmas = ending_at(0.0, &sigmas);
        Self {
            schedule: Schedule::exploding(config, timesteps, sigmas),
            prediction_type: config.prediction_type,
            bound: Bound::clip_of(config),
            guess: None,
        }
    }

    fn denoised(&self, output: ArrayView4<'_, f32>, latents: ArrayView4<'_, f32>, sigma: f32) -> Array4<f32> {
        self.bound.applied_to(denoised_exploding(self.prediction_type, output, latents, sigma))
    }
}

impl Scheduler for Heun {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        to_unit_variance(latents, self.schedule.sigmas[index])
    }

    fn second_call(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Option<SecondCall> {
        // The last step has no end to look from: there is no noise left.
        let timestep = *self.schedule.timesteps.get(index + 1)?;
        let (sigma, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let denoised = self.denoised(output, latents, sigma);
        let end = euler_step(latents, &denoised, sigma, next);
        let input = to_unit_variance(end.view(), next);
        self.guess = Some((end, denoised));
        Some(SecondCall { input, timestep })
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (sigma, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let Some((end, first)) = self.guess.take() else {
            let denoised = self.denoised(output, latents, sigma);
            return Stepped { latents: euler_step(latents, &denoised, sigma, next), denoised };
        };
        let denoised = self.denoised(output, end.view(), next);
        let half = 0.5 * (next - sigma);
        let latents = Zip::from(latents)
            .and(&first)
            .and(&end)
            .and(&denoised)
            .map_collect(|&x, &x0, &end, &end_x0| x + ((x - x0) / sigma + (end - end_x0) / next) * half);
        Stepped { latents, denoised }
    }
}
