//! diffusers' `LCMScheduler`: sampling of latent consistency models, which predict the end of the whole path at each
//! step. Models with TCD's distillation run under it too, which at eta 1 is the same.

use ndarray::{ArrayView4, Zip};

use super::{
    Schedule, Scheduler, Stepped,
    bound::Bound,
    prediction::denoised_preserving,
    tables::{alphas_cumprod, sigma_of_alpha},
};
use crate::model::{PredictionType, SchedulerConfig};

/// Variance of latents that the boundary conditions assume.
const DATA_VARIANCE: f32 = 0.25;

/// Jumps to the clean latents, and back to the next noise level with fresh noise (Luo et al., "Latent Consistency
/// Models", algorithm 3), in the variance-preserving convention.
pub(super) struct Lcm {
    schedule: Schedule,
    /// Cumulative alpha at each step.
    alphas: Vec<f32>,
    timestep_scaling: f32,
    prediction_type: PredictionType,
    bound: Bound,
}

impl Lcm {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let original = most_steps(config);
        let skip = config.num_train_timesteps / original;
        let share = original as f64 / steps as f64;
        // Every n-th, from the last one on, of the timesteps that the model was distilled on.
        let timesteps: Vec<usize> =
            (0..steps).map(|i| (original - (i as f64 * share) as usize) * skip - 1).collect();
        let training = alphas_cumprod(config);
        let alphas: Vec<f32> = timesteps.iter().map(|&t| training[t]).collect();
        let schedule = Schedule {
            timesteps: timesteps.into_iter().map(|t| t as f32).collect(),
            sigmas: alphas.iter().map(|&alpha| sigma_of_alpha(alpha)).chain([0.0]).collect(),
            init_noise_sigma: 1.0,
        };
        Self {
            schedule,
            alphas,
            timestep_scaling: config.timestep_scaling as f32,
            prediction_type: config.prediction_type,
            bound: Bound::of(config),
        }
    }

    /// Whether the first latents hold no picture at all.
    pub(super) fn begins_at_noise(&self) -> bool {
        self.alphas.first() == Some(&0.0)
    }
}

/// The steps of the schedule that the model was distilled on.
pub(super) fn most_steps(config: &SchedulerConfig) -> usize {
    config.original_inference_steps.clamp(1, config.num_train_timesteps)
}

impl Scheduler for Lcm {
    fn schedule(&self) -> &Schedule {
        &self.schedule
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
        let (alpha, sigma) = amplitudes(self.alphas[index]);
        let predicted = denoised_preserving(self.prediction_type, output, latents, alpha, sigma);
        let predicted = self.bound.applied_to(predicted);
        let scaled = self.schedule.timesteps[index] * self.timestep_scaling;
        let variance = scaled * scaled + DATA_VARIANCE;
        let (skip, out) = (DATA_VARIANCE / variance, scaled / variance.sqrt());
        let denoised = Zip::from(&predicted).and(latents).map_collect(|&x0, &x| out * x0 + skip * x);
        let latents = match (self.alphas.get(index + 1), noise) {
            (Some(&next), Some(noise)) => {
                let (alpha, sigma) = amplitudes(next);
                Zip::from(&denoised).and(noise).map_collect(|&x0, &noise| alpha * x0 + sigma * noise)
            }
            _ => denoised.clone(),
        };
        Stepped { latents, denoised }
    }
}

/// The factors of picture and noise at a cumulative alpha.
fn amplitudes(alpha_bar: f32) -> (f32, f32) {
    (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt())
}
