//! diffusers' `DPMSolverMultistepScheduler` as it comes: dpmsolver++, order 2, midpoint, final sigma 0; with or without
//! Karras sigmas.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Scheduler, Stepped,
    prediction::denoised_preserving,
    tables::{ending_at_zero, karras, sigmas_at, timestep_of, training_sigmas, whole_timesteps},
};
use crate::model::{BetaSchedule, PredictionType, SchedulerConfig};

/// Second-order multistep solver in the variance-preserving convention (Lu et al., "DPM-Solver++", algorithm 2).
pub(super) struct DpmPlusPlus2M {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    prediction_type: PredictionType,
    /// Clean latents that the last step predicted, with its index.
    previous: Option<(usize, Array4<f32>)>,
}

impl DpmPlusPlus2M {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        let timesteps = whole_timesteps(config, steps, steps + 1);
        let sigmas = sigmas_at(&timesteps, &training_sigmas(config));
        Self::with(config, timesteps, &sigmas)
    }

    /// Karras sigmas over the whole training range, whatever the spacing; timesteps are whole.
    pub(super) fn with_karras_sigmas(config: &SchedulerConfig, steps: usize) -> Self {
        let training = training_sigmas(config);
        let sigmas = karras(f64::from(training[training.len() - 1]), f64::from(training[0]), steps);
        let whole = match config.beta_schedule {
            BetaSchedule::SquaredcosCapV2 => f64::trunc,
            BetaSchedule::Linear | BetaSchedule::ScaledLinear => f64::round_ties_even,
        };
        let timesteps = sigmas.iter().map(|&sigma| whole(timestep_of(sigma, &training)) as f32).collect();
        Self::with(config, timesteps, &sigmas)
    }

    fn with(config: &SchedulerConfig, timesteps: Vec<f32>, sigmas: &[f64]) -> Self {
        Self {
            timesteps,
            sigmas: ending_at_zero(sigmas),
            prediction_type: config.prediction_type,
            previous: None,
        }
    }

    /// What the step extrapolates to: `denoised` alone in the first and the last step, else with half the change since
    /// the previous one.
    fn extrapolated(&self, denoised: &Array4<f32>, index: usize) -> Array4<f32> {
        let log_sigma = |index: usize| f64::from(self.sigmas[index]).ln();
        match &self.previous {
            Some((before, previous)) if before + 1 == index && index + 1 < self.timesteps.len() => {
                let ratio =
                    (log_sigma(index) - log_sigma(index + 1)) / (log_sigma(index - 1) - log_sigma(index));
                let share = (0.5 * ratio) as f32;
                Zip::from(denoised).and(previous).map_collect(|&now, &then| now + share * (now - then))
            }
            _ => denoised.clone(),
        }
    }
}

impl Scheduler for DpmPlusPlus2M {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    fn init_noise_sigma(&self) -> f32 {
        1.0
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, _index: usize) -> Array4<f32> {
        latents.to_owned()
    }

    fn wants_noise(&self) -> bool {
        false
    }

    fn resume(&mut self, index: usize, denoised: ArrayView4<'_, f32>) {
        self.previous = index.checked_sub(1).map(|before| (before, denoised.to_owned()));
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (now, next) = (self.sigmas[index], self.sigmas[index + 1]);
        let ((alpha, sigma), (next_alpha, next_sigma)) = (preserving(now), preserving(next));
        let denoised = denoised_preserving(self.prediction_type, output, latents, alpha, sigma);
        let target = self.extrapolated(&denoised, index);
        // exp(-h) of the paper is next / now, as lambda = -ln sigma in the variance-exploding convention.
        let (keep, move_on) = (next_sigma / sigma, next_alpha * (1.0 - next / now));
        let latents = Zip::from(latents).and(&target).map_collect(|&x, &x0| keep * x + move_on * x0);
        self.previous = Some((index, denoised.clone()));
        Stepped { latents, denoised }
    }
}

/// Variance-preserving (alpha, sigma) of a variance-exploding sigma.
fn preserving(sigma: f32) -> (f32, f32) {
    let alpha = 1.0 / (sigma * sigma + 1.0).sqrt();
    (alpha, sigma * alpha)
}
