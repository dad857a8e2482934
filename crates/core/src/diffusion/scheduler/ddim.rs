//! diffusers' `DDIMScheduler` with eta 0.

use ndarray::{ArrayView4, Zip};

use super::{
    Schedule, Scheduler, Stepped,
    bound::Bound,
    prediction::denoised_preserving,
    tables::{alphas_cumprod, sigma_of_alpha, whole_timesteps},
};
use crate::model::{PredictionType, SchedulerConfig};

/// Deterministic DDIM in the variance-preserving convention.
pub(super) struct Ddim {
    schedule: Schedule,
    /// Cumulative alpha at each step, and the one that the step leads to. diffusers always goes down by one whole
    /// share of the training timesteps, so the latter is the next step's only with leading spacing.
    alphas: Vec<(f32, f32)>,
    prediction_type: PredictionType,
    bound: Bound,
}

impl Ddim {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let training = alphas_cumprod(config);
        let last = training.len() - 1;
        let end = if config.set_alpha_to_one { 1.0 } else { training[0] };
        let share = config.num_train_timesteps / steps;
        let timesteps = whole_timesteps(config, steps, steps);
        let alphas: Vec<(f32, f32)> = timesteps
            .iter()
            .map(|&t| {
                let t = t as usize;
                (training[t.min(last)], t.checked_sub(share).map_or(end, |next| training[next.min(last)]))
            })
            .collect();
        let sigmas = alphas.iter().map(|&(alpha, _)| alpha).chain([end]).map(sigma_of_alpha).collect();
        let schedule = Schedule { timesteps, sigmas, init_noise_sigma: 1.0 };
        Self { schedule, alphas, prediction_type: config.prediction_type, bound: Bound::of(config) }
    }

    /// Whether the first latents hold no picture at all.
    pub(super) fn begins_at_noise(&self) -> bool {
        self.alphas.first().is_some_and(|&(alpha, _)| alpha == 0.0)
    }
}

impl Scheduler for Ddim {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (alpha_bar, next_alpha_bar) = self.alphas[index];
        let (alpha, sigma) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let (next_alpha, next_sigma) = (next_alpha_bar.sqrt(), (1.0 - next_alpha_bar).sqrt());
        let predicted = denoised_preserving(self.prediction_type, output, latents, alpha, sigma);
        // The noise stays that of the output, also where the clean latents are bounded.
        let noise = match self.prediction_type {
            PredictionType::Epsilon => output.to_owned(),
            PredictionType::VPrediction => {
                Zip::from(output).and(latents).map_collect(|&v, &x| alpha * v + sigma * x)
            }
            PredictionType::Sample => {
                Zip::from(&predicted).and(latents).map_collect(|&x0, &x| (x - alpha * x0) / sigma)
            }
        };
        let denoised = self.bound.applied_to(predicted);
        let latents =
            Zip::from(&denoised).and(&noise).map_collect(|&x0, &noise| next_alpha * x0 + next_sigma * noise);
        Stepped { latents, denoised }
    }
}
