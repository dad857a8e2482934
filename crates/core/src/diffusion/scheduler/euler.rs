//! diffusers' `EulerDiscreteScheduler`, with any of its noise schedules, and `EDMEulerScheduler`; no churn.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Schedule, Scheduler, Stepped,
    edm::{self, Preconditioning},
    levels,
    prediction::denoised_exploding,
    spread::Spread,
    tables::{ending_at, exponential, final_sigma, fractional_timesteps, sigmas_at, training_sigmas},
};
use crate::model::{Edm, Interpolation, PredictionType, SchedulerConfig, TimestepSpacing};

/// Euler's method along the probability-flow ODE.
pub(super) struct Euler {
    schedule: Schedule,
    model: Model,
}

/// What the model takes and what it predicts.
enum Model {
    Discrete(PredictionType),
    Edm(Preconditioning),
}

impl Euler {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>) -> Self {
        let training = training_sigmas(config);
        let (lowest, highest) = (training[0], training[training.len() - 1]);
        let is_continuous = config.has_continuous_timesteps();
        let timesteps = fractional_timesteps(config, steps);
        let sigmas = match config.interpolation_type {
            Interpolation::Linear => sigmas_at(&timesteps, &training),
            // The lowest is where the last step ends; with continuous timesteps diffusers takes one more step from there.
            Interpolation::LogLinear => {
                let levels = if is_continuous { steps } else { steps + 1 };
                exponential(f64::from(highest), f64::from(lowest), levels)
            }
        };
        let (timesteps, sigmas) = match spread {
            Some(spread) => levels::spread_over(&sigmas, config, steps, spread),
            None => (timesteps, sigmas),
        };
        let timesteps = if is_continuous { edm::timesteps(&sigmas) } else { timesteps };
        let mut sigmas = ending_at(final_sigma(config, lowest), &sigmas);
        sigmas.truncate(steps + 1);
        let schedule = Schedule::exploding(config, timesteps, sigmas);
        Self { schedule, model: Model::Discrete(config.prediction_type) }
    }

    /// For a model that was trained in the EDM formulation.
    pub(super) fn with_edm(config: &SchedulerConfig, edm: &Edm, steps: usize) -> Self {
        let sigmas = edm::sigmas(edm, steps);
        let schedule = Schedule {
            timesteps: edm::timesteps(&sigmas),
            sigmas: ending_at(final_sigma(config, edm.sigma_min as f32), &sigmas),
            init_noise_sigma: edm::init_noise_sigma(edm),
        };
        Self { schedule, model: Model::Edm(Preconditioning::of(edm)) }
    }
}

impl Scheduler for Euler {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        let sigma = self.schedule.sigmas[index];
        match &self.model {
            Model::Discrete(_) => to_unit_variance(latents, sigma),
            Model::Edm(edm) => edm.model_input(latents, sigma),
        }
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (sigma, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let denoised = match &self.model {
            Model::Discrete(kind) => denoised_exploding(*kind, output, latents, sigma),
            Model::Edm(edm) => edm.denoised(output, latents, sigma),
        };
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

impl Schedule {
    /// In the variance-exploding convention. Noise is multiplied by the first sigma, or with leading spacing, where a run
    /// starts below the last training timestep, by the deviation of latents that hold a picture too.
    pub(super) fn exploding(config: &SchedulerConfig, timesteps: Vec<f32>, sigmas: Vec<f32>) -> Self {
        let init_noise_sigma = match config.timestep_spacing {
            TimestepSpacing::Linspace | TimestepSpacing::Trailing => sigmas[0],
            TimestepSpacing::Leading => (sigmas[0] * sigmas[0] + 1.0).sqrt(),
        };
        Self { timesteps, sigmas, init_noise_sigma }
    }
}
