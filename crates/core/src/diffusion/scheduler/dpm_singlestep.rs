//! diffusers' `DPMSolverSinglestepScheduler` with data prediction (dpmsolver++), of order 1 or 2 and with any of its noise
//! schedules. As there, a step is one call of the model: a second-order step goes from where the step before it began.
//!
//! `rescale_betas_zero_snr`, which that class leaves out, is kept: a model that was trained so needs it.

use ndarray::{Array4, ArrayView4};

use super::{
    Schedule, Scheduler, Stepped, bound::Bound, dpm_multistep::preserving, levels,
    prediction::denoised_preserving, spread::Spread,
};
use crate::model::{PredictionType, SchedulerConfig, TimestepSpacing};

/// Singlestep solver (Lu et al., "DPM-Solver++", algorithm 1).
pub(super) struct DpmSinglestep {
    schedule: Schedule,
    prediction_type: PredictionType,
    bound: Bound,
    /// Every other step is of second order.
    is_second_order: bool,
    lower_order_final: bool,
    /// Second-order steps use Heun's weights instead of the midpoint's.
    is_heun: bool,
    /// Where a pair of steps began, and the clean latents that were predicted there, between the two.
    start: Option<(Array4<f32>, Array4<f32>)>,
}

impl DpmSinglestep {
    pub(super) fn new(config: &SchedulerConfig, steps: usize, spread: Option<Spread>) -> Self {
        let spaced = SchedulerConfig { timestep_spacing: TimestepSpacing::Linspace, ..config.clone() };
        let is_rounded = spread == Some(Spread::Karras);
        let (timesteps, sigmas) = levels::preserving(&spaced, steps, spread, is_rounded);
        Self {
            lower_order_final: config.lower_order_final || steps % 2 == 1 || sigmas[steps] == 0.0,
            schedule: Schedule { timesteps, sigmas, init_noise_sigma: 1.0 },
            prediction_type: config.prediction_type,
            bound: Bound::threshold_of(config),
            is_second_order: config.solver_order > 1,
            is_heun: config.solver_type == "heun",
            start: None,
        }
    }

    /// Whether step `index` ends a pair.
    fn ends_pair(&self, index: usize) -> bool {
        let is_last = index + 1 == self.schedule.timesteps.len();
        self.is_second_order && index % 2 == 1 && !(is_last && self.lower_order_final)
    }
}

impl Scheduler for DpmSinglestep {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Where the pair began.
    fn memory(&self) -> Vec<Array4<f32>> {
        self.start.iter().map(|(latents, _)| latents.clone()).collect()
    }

    fn resume(&mut self, _index: usize, denoised: ArrayView4<'_, f32>, memory: &[Array4<f32>]) {
        self.start = memory.first().map(|latents| (latents.clone(), denoised.to_owned()));
    }

    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped {
        let lambda = |index: usize| -f64::from(self.schedule.sigmas[index]).ln();
        let (alpha, sigma) = preserving(self.schedule.sigmas[index]);
        let (next_alpha, next_sigma) = preserving(self.schedule.sigmas[index + 1]);
        let predicted = denoised_preserving(self.prediction_type, output, latents, alpha, sigma);
        let denoised = self.bound.applied_to(predicted);
        let phi_1 = |h: f64| -(-h).exp_m1();
        let next_alpha = f64::from(next_alpha);
        if let Some((start, first)) = self.start.take().filter(|_| self.ends_pair(index)) {
            let h = lambda(index + 1) - lambda(index - 1);
            let slope = if self.is_heun { 1.0 - phi_1(h) / h } else { 0.5 * phi_1(h) };
            let slope = slope * h / (lambda(index) - lambda(index - 1));
            let (_, start_sigma) = preserving(self.schedule.sigmas[index - 1]);
            let mut latents = start * (next_sigma / start_sigma);
            latents.scaled_add((next_alpha * (phi_1(h) - slope)) as f32, &first);
            latents.scaled_add((next_alpha * slope) as f32, &denoised);
            return Stepped { latents, denoised };
        }
        let h = lambda(index + 1) - lambda(index);
        let mut stepped = &latents * (next_sigma / sigma);
        stepped.scaled_add((next_alpha * phi_1(h)) as f32, &denoised);
        self.start = Some((latents.to_owned(), denoised.clone()));
        Stepped { latents: stepped, denoised }
    }
}
