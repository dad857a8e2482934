//! diffusers' `DPMSolverMultistepScheduler` with data prediction (dpmsolver++ and sde-dpmsolver++), of any order and with
//! any of its noise schedules.
//! `EDMDPMSolverMultistepScheduler` is the same in the variance-exploding convention.
//!
//! In third-order steps of the stochastic solver one sign differs from diffusers: there the second difference of the
//! predictions is taken once too often, and the step is no longer of third order. Here it is as in k-diffusion's
//! `sample_dpmpp_3m_sde`, which people know as DPM++ 3M SDE.

use ndarray::{Array4, ArrayView4};

use super::{
    Schedule, Scheduler, Stepped,
    bound::Bound,
    edm::{self, Preconditioning},
    history::History,
    levels,
    prediction::denoised_preserving,
    spread::Spread,
    tables::{ending_at, final_sigma},
};
use crate::model::{BetaSchedule, Edm, PredictionType, SchedulerConfig};

/// With fewer steps than this the last two are of lower order, wherever they end.
const FEW_STEPS: usize = 15;

/// Which of the solvers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// How many predictions a step uses at most: 1 to 3.
    pub(super) order: usize,
    /// Whether fresh noise is added at each step.
    pub(super) is_stochastic: bool,
}

/// Multistep solver (Lu et al., "DPM-Solver++", algorithm 2 and appendix B).
pub(super) struct DpmMultistep {
    schedule: Schedule,
    model: Model,
    kind: Kind,
    bound: Bound,
    /// Second-order steps use Heun's weights instead of the midpoint's.
    is_heun: bool,
    lower_order_final: bool,
    euler_at_final: bool,
    history: History,
}

/// What the model takes and what it predicts.
enum Model {
    /// Variance preserving.
    Discrete(PredictionType),
    /// Variance exploding.
    Edm(Preconditioning),
}

impl DpmMultistep {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>, kind: Kind) -> Self {
        let is_rounded = matches!(spread, Some(Spread::Karras | Spread::Lu))
            && config.beta_schedule != BetaSchedule::SquaredcosCapV2;
        let (timesteps, sigmas) = levels::preserving(config, steps, spread, is_rounded);
        let schedule = Schedule { timesteps, sigmas, init_noise_sigma: 1.0 };
        Self::with(config, kind, schedule, Model::Discrete(config.prediction_type))
    }

    /// For a model that was trained in the EDM formulation.
    pub(super) fn with_edm(config: &SchedulerConfig, edm: &Edm, steps: usize, kind: Kind) -> Self {
        let sigmas = edm::sigmas(edm, steps);
        let timesteps = edm::timesteps(&sigmas);
        let sigmas = ending_at(final_sigma(config, edm.sigma_min as f32), &sigmas);
        let model = Model::Edm(Preconditioning::of(edm));
        let schedule = Schedule { timesteps, sigmas, init_noise_sigma: edm::init_noise_sigma(edm) };
        Self::with(config, kind, schedule, model)
    }

    fn with(config: &SchedulerConfig, kind: Kind, schedule: Schedule, model: Model) -> Self {
        Self {
            schedule,
            model,
            kind,
            bound: Bound::threshold_of(config),
            is_heun: config.solver_type == "heun",
            lower_order_final: config.lower_order_final,
            euler_at_final: config.euler_at_final,
            history: History::new(kind.order),
        }
    }

    /// How many predictions step `index` uses.
    fn order(&self, index: usize) -> usize {
        let steps = self.schedule.timesteps.len();
        let is_short = self.lower_order_final && steps < FEW_STEPS;
        let ends_clean = self.schedule.sigmas[steps] == 0.0;
        let most = match steps - index {
            1 if self.euler_at_final || is_short || ends_clean => 1,
            2 if is_short => 2,
            _ => self.kind.order,
        };
        most.min(self.history.newest_first().len())
    }

    /// lambda, the logarithmic signal-to-noise ratio, at step `index`.
    fn lambda(&self, index: usize) -> f64 {
        -f64::from(self.schedule.sigmas[index]).ln()
    }

    /// The weight of each prediction in the step, the newest first. `scale` is the share of clean latents at its end.
    fn weights(&self, index: usize, scale: f64) -> Vec<f64> {
        let h = self.lambda(index + 1) - self.lambda(index);
        // Noise that is added has to be removed too.
        let g = if self.kind.is_stochastic { 2.0 * h } else { h };
        let phi_1 = -(-g).exp_m1();
        let order = self.order(index);
        if order == 1 {
            return vec![scale * phi_1];
        }
        let phi_2 = if g == 0.0 { 0.0 } else { 1.0 - phi_1 / g };
        // Differences of the predictions are taken over these, as multiples of h.
        let h_0 = self.lambda(index) - self.lambda(index - 1);
        let per_first = h / h_0;
        if order == 2 {
            let slope = if self.is_heun { phi_2 } else { 0.5 * phi_1 };
            return vec![scale * (phi_1 + slope * per_first), -scale * slope * per_first];
        }
        let phi_3 = if g == 0.0 { 0.0 } else { phi_2 / g - 0.5 };
        let h_1 = self.lambda(index - 1) - self.lambda(index - 2);
        let per_second = h / h_1;
        // x0' = first + (first - second) h_0 / (h_0 + h_1) and x0'' = (first - second) h / (h_0 + h_1), where first and
        // second are the differences.
        let bend = (phi_2 * h_0 - phi_3 * h) / (h_0 + h_1);
        let (first, second) = ((phi_2 + bend) * per_first, bend * per_second);
        vec![scale * (phi_1 + first), -scale * (first + second), scale * second]
    }
}

impl Scheduler for DpmMultistep {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32> {
        match &self.model {
            Model::Discrete(_) => latents.to_owned(),
            Model::Edm(edm) => edm.model_input(latents, self.schedule.sigmas[index]),
        }
    }

    fn wants_noise(&self) -> bool {
        self.kind.is_stochastic
    }

    fn memory(&self) -> Vec<Array4<f32>> {
        self.history.older().to_vec()
    }

    fn resume(&mut self, _index: usize, denoised: ArrayView4<'_, f32>, memory: &[Array4<f32>]) {
        self.history.restore(denoised.to_owned(), memory);
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let (now, next) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let ((sigma, next_alpha, next_sigma), predicted) = match &self.model {
            Model::Discrete(kind) => {
                let ((alpha, sigma), (next_alpha, next_sigma)) = (preserving(now), preserving(next));
                let denoised = denoised_preserving(*kind, output, latents, alpha, sigma);
                ((sigma, next_alpha, next_sigma), denoised)
            }
            Model::Edm(edm) => ((now, 1.0, next), edm.denoised(output, latents, now)),
        };
        let denoised = self.bound.applied_to(predicted);
        self.history.push(denoised.clone());
        // exp(-h) of the paper is next / now, as lambda = -ln sigma in the variance-exploding convention.
        let shrink = next / now;
        let (keep, fresh) = if self.kind.is_stochastic {
            (next_sigma / sigma * shrink, next_sigma * ((1.0 - shrink) * (1.0 + shrink)).max(0.0).sqrt())
        } else {
            (next_sigma / sigma, 0.0)
        };
        let mut latents = &latents * keep;
        let weights = self.weights(index, f64::from(next_alpha));
        for (weight, prediction) in weights.into_iter().zip(self.history.newest_first()) {
            latents.scaled_add(weight as f32, prediction);
        }
        if let Some(noise) = noise {
            latents.scaled_add(fresh, &noise);
        }
        Stepped { latents, denoised }
    }
}

/// Variance-preserving (alpha, sigma) of a variance-exploding sigma.
pub(super) fn preserving(sigma: f32) -> (f32, f32) {
    let alpha = 1.0 / (sigma * sigma + 1.0).sqrt();
    (alpha, sigma * alpha)
}
