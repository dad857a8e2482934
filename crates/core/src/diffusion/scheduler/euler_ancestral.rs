//! diffusers' `EulerAncestralDiscreteScheduler`.

use ndarray::{Array4, ArrayView4};

use super::{
    Schedule, Scheduler, Stepped,
    euler::{euler_step, to_unit_variance},
    levels,
    prediction::denoised_exploding,
    tables::ending_at,
};
use crate::model::{PredictionType, SchedulerConfig};

/// Euler steps that go below the next noise level and add fresh noise up to it.
pub(super) struct EulerAncestral {
    schedule: Schedule,
    prediction_type: PredictionType,
}

impl EulerAncestral {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let (timesteps, sigmas) = levels::exploding(config, steps, None);
        let sigmas = ending_at(0.0, &sigmas);
        let schedule = Schedule::exploding(config, timesteps, sigmas);
        Self { schedule, prediction_type: config.prediction_type }
    }
}

impl Scheduler for EulerAncestral {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        to_unit_variance(latents, self.schedule.sigmas[index])
    }

    fn wants_noise(&self) -> bool {
        true
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (sigma, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let denoised = denoised_exploding(self.prediction_type, output, latents, sigma);
        let latents = match noise {
            Some(noise) => ancestral_step(latents, &denoised, (sigma, next), noise),
            None => euler_step(latents, &denoised, sigma, next),
        };
        Stepped { latents, denoised }
    }
}

/// A step from noise level `sigma` that goes below `next` and ends there with unit normal `noise` of the deviation that
/// is lacking.
pub(super) fn ancestral_step(
    latents: ArrayView4<'_, f32>,
    denoised: &Array4<f32>,
    (sigma, next): (f32, f32),
    noise: ArrayView4<'_, f32>,
) -> Array4<f32> {
    // diffusers has down = sqrt(next² - up²), which is next² / sigma without the cancellation.
    let down = next * (next / sigma);
    let up = ((next - down) * (next + down)).sqrt();
    let mut stepped = euler_step(latents, denoised, sigma, down);
    stepped.scaled_add(up, &noise);
    stepped
}
