//! diffusers' `DPMSolverMultistepScheduler` with its defaults (dpmsolver++, order 2, midpoint) and any of its noise
//! schedules.
//! `EDMDPMSolverMultistepScheduler` is the same in the variance-exploding convention.

use ndarray::{Array4, ArrayView4, Zip};

use super::{
    Scheduler, Stepped,
    edm::{self, Preconditioning},
    prediction::denoised_preserving,
    spread::Spread,
    tables::{ending_at, final_sigma, sigmas_at, timestep_of, training_sigmas, whole_timesteps},
};
use crate::model::{BetaSchedule, Edm, PredictionType, SchedulerConfig};

/// With fewer steps than this the last one is of first order, wherever it ends.
const FEW_STEPS: usize = 15;

/// Second-order multistep solver (Lu et al., "DPM-Solver++", algorithm 2).
pub(super) struct DpmPlusPlus2M {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    init_noise_sigma: f32,
    model: Model,
    /// Clean latents that the last step predicted, with its index.
    previous: Option<(usize, Array4<f32>)>,
}

/// What the model takes and what it predicts.
enum Model {
    /// Variance preserving.
    Discrete(PredictionType),
    /// Variance exploding.
    Edm(Preconditioning),
}

impl DpmPlusPlus2M {
    pub(super) fn new(config: &SchedulerConfig, steps: usize) -> Self {
        if let Some(spread) = Spread::of(config) {
            return Self::with_spread(config, steps, spread);
        }
        let timesteps = whole_timesteps(config, steps, steps + 1);
        let training = training_sigmas(config);
        let sigmas = sigmas_at(&timesteps, &training);
        Self::with(config, timesteps, &sigmas, training[0])
    }

    /// Karras sigmas, whatever the configuration says.
    pub(super) fn with_karras_sigmas(config: &SchedulerConfig, steps: usize) -> Self {
        Self::with_spread(config, steps, Spread::Karras)
    }

    /// Over the whole training range, whatever the spacing, unless the configuration says another one; timesteps are
    /// whole.
    fn with_spread(config: &SchedulerConfig, steps: usize, spread: Spread) -> Self {
        let training = training_sigmas(config);
        let (min, max) = (f64::from(training[0]), f64::from(training[training.len() - 1]));
        let (min, max) = (config.sigma_min.unwrap_or(min), config.sigma_max.unwrap_or(max));
        let sigmas = spread.sigmas(max, min, steps);
        let is_rounded = spread == Spread::Karras && config.beta_schedule != BetaSchedule::SquaredcosCapV2;
        let whole = if is_rounded { f64::round_ties_even } else { f64::trunc };
        let timesteps = sigmas.iter().map(|&sigma| whole(timestep_of(sigma, &training)) as f32).collect();
        Self::with(config, timesteps, &sigmas, training[0])
    }

    /// For a model that was trained in the EDM formulation.
    pub(super) fn with_edm(config: &SchedulerConfig, edm: &Edm, steps: usize) -> Self {
        let sigmas = edm::sigmas(edm, steps);
        Self {
            timesteps: edm::timesteps(&sigmas),
            sigmas: ending_at(final_sigma(config, edm.sigma_min as f32), &sigmas),
            init_noise_sigma: edm::init_noise_sigma(edm),
            model: Model::Edm(Preconditioning::of(edm)),
            previous: None,
        }
    }

    fn with(config: &SchedulerConfig, timesteps: Vec<f32>, sigmas: &[f64], lowest: f32) -> Self {
        Self {
            timesteps,
            sigmas: ending_at(final_sigma(config, lowest), sigmas),
            init_noise_sigma: 1.0,
            model: Model::Discrete(config.prediction_type),
            previous: None,
        }
    }

    /// Whether the step looks back at the one before.
    fn is_second_order(&self, index: usize) -> bool {
        let steps = self.timesteps.len();
        index + 1 < steps || (self.sigmas[steps] > 0.0 && steps >= FEW_STEPS)
    }

    /// What the step extrapolates to: `denoised` alone in a step of first order, else with half the change since the
    /// previous one.
    fn extrapolated(&self, denoised: &Array4<f32>, index: usize) -> Array4<f32> {
        let log_sigma = |index: usize| f64::from(self.sigmas[index]).ln();
        match &self.previous {
            Some((before, previous)) if before + 1 == index && self.is_second_order(index) => {
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
        self.init_noise_sigma
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        match &self.model {
            Model::Discrete(_) => latents.to_owned(),
            Model::Edm(edm) => edm.model_input(latents, self.sigmas[index]),
        }
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
        let ((sigma, next_alpha, next_sigma), denoised) = match &self.model {
            Model::Discrete(kind) => {
                let ((alpha, sigma), (next_alpha, next_sigma)) = (preserving(now), preserving(next));
                let denoised = denoised_preserving(*kind, output, latents, alpha, sigma);
                ((sigma, next_alpha, next_sigma), denoised)
            }
            Model::Edm(edm) => ((now, 1.0, next), edm.denoised(output, latents, now)),
        };
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
