//! diffusers' `EulerAncestralDiscreteScheduler`.

use ndarray::{Array4, ArrayView4};

use super::{
    Scheduler, Stepped,
    euler::{euler_step, init_noise_sigma, to_unit_variance},
    prediction::denoised_exploding,
    tables::{ending_at, fractional_timesteps, sigmas_at, training_sigmas},
};
use crate::model::{PredictionType, SchedulerConfig};

/// Euler steps that go below the next noise level and add fresh noise up to it.
pub(super) struct EulerAncestral {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    init_noise_sigma: f32,
    prediction_type: PredictionType,
}

impl EulerAncestral {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let timesteps = fractional_timesteps(config, steps);
        let sigmas = ending_at(0.0, &sigmas_at(&timesteps, &training_sigmas(config)));
        let init_noise_sigma = init_noise_sigma(config, &sigmas);
        Self { timesteps, sigmas, init_noise_sigma, prediction_type: config.prediction_type }
    }
}

impl Scheduler for EulerAncestral {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    fn init_noise_sigma(&self) -> f32 {
        self.init_noise_sigma
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        to_unit_variance(latents, self.sigmas[index])
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
        let (sigma, next) = (self.sigmas[index], self.sigmas[index + 1]);
        // diffusers has down = sqrt(next² - up²), which is next² / sigma without the cancellation.
        let down = next * (next / sigma);
        let up = ((next - down) * (next + down)).sqrt();
        let denoised = denoised_exploding(self.prediction_type, output, latents, sigma);
        let mut latents = euler_step(latents, &denoised, sigma, down);
        if let Some(noise) = noise {
            latents.scaled_add(up, &noise);
        }
        Stepped { latents, denoised }
    }
}
