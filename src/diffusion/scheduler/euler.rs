//! diffusers' `EulerDiscreteScheduler`, with or without Karras sigmas; no churn.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Scheduler, Stepped,
    prediction::denoised_exploding,
    tables::{ending_at_zero, fractional_timesteps, karras, sigmas_at, timestep_of, training_sigmas},
};
use crate::model::{PredictionType, SchedulerConfig, TimestepSpacing};

/// Euler's method along the probability-flow ODE.
pub(super) struct Euler {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    init_noise_sigma: f32,
    prediction_type: PredictionType,
}

impl Euler {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let timesteps = fractional_timesteps(config, steps);
        let sigmas = sigmas_at(&timesteps, &training_sigmas(config));
        Self::with(config, timesteps, &sigmas)
    }

    /// Karras sigmas between the highest and lowest sigma of the plain schedule; timesteps are fractional.
    pub(super) fn with_karras_sigmas(config: &SchedulerConfig, steps: usize) -> Self {
        let training = training_sigmas(config);
        let plain = sigmas_at(&fractional_timesteps(config, steps), &training);
        let sigmas = karras(plain[0], plain[steps - 1], steps);
        let timesteps = sigmas.iter().map(|&sigma| timestep_of(sigma, &training) as f32).collect();
        Self::with(config, timesteps, &sigmas)
    }

    fn with(config: &SchedulerConfig, timesteps: Vec<f32>, sigmas: &[f64]) -> Self {
        let sigmas = ending_at_zero(sigmas);
        let init_noise_sigma = init_noise_sigma(config, &sigmas);
        Self { timesteps, sigmas, init_noise_sigma, prediction_type: config.prediction_type }
    }
}

impl Scheduler for Euler {
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
        false
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (sigma, next) = (self.sigmas[index], self.sigmas[index + 1]);
        let denoised = denoised_exploding(self.prediction_type, output, latents, sigma);
        Stepped { latents: euler_step(latents, &denoised, sigma, next), denoised }
    }
}

/// One Euler step from noise level `sigma` to `next`.
pub(super) fn euler_step(
    latents: ArrayView4<'_, f32>,
    denoised: &Array4<f32>,
    sigma: f32,
    next: f32,
) -> Array4<f32> {
    Zip::from(latents).and(denoised).map_collect(|&x, &x0| x + (x - x0) / sigma * (next - sigma))
}

/// Latents of noise level `sigma` scaled to the unit variance that the UNet was trained on.
pub(super) fn to_unit_variance(latents: ArrayView4<'_, f32>, sigma: f32) -> Array4<f32> {
    let deviation = (sigma * sigma + 1.0).sqrt();
    latents.mapv(|x| x / deviation)
}

/// The first sigma, or with leading spacing, where a run starts below the last training timestep, the deviation of
/// latents that hold a picture too.
pub(super) fn init_noise_sigma(config: &SchedulerConfig, sigmas: &[f32]) -> f32 {
    match config.timestep_spacing {
        TimestepSpacing::Linspace | TimestepSpacing::Trailing => sigmas[0],
        TimestepSpacing::Leading => (sigmas[0] * sigmas[0] + 1.0).sqrt(),
    }
}
