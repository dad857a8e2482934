//! What the numbers of a scheduler's configuration must keep so that they make a noise schedule. What only a certain
//! number of steps shows, `Sampler::build` finds.

use super::{Edm, PredictionType, SchedulerConfig};

/// The most training timesteps that are laid out; every published model has 1000.
const MOST_TIMESTEPS: usize = 100_000;
/// The largest factor of timesteps; f32 holds its squares with room to spare.
const MOST_SCALING: f64 = 1e6;
/// The smallest bound of clean latents, which are divided by it in single precision.
const LEAST_BOUND: f64 = 1e-6;

impl SchedulerConfig {
    /// The first rule that its numbers break, as what the file must have.
    pub(crate) fn broken_rule(&self) -> Option<&'static str> {
        let rises = |low: f64, high: f64, below: f64| 0.0 < low && low <= high && high < below;
        let (low, high) =
            (self.sigma_min.unwrap_or(Edm::SIGMA_MIN), self.sigma_max.unwrap_or(Edm::SIGMA_MAX));
        let edm = self.edm();
        let is_share = |beta: &f64| 0.0 < *beta && *beta < 1.0;
        let are_betas =
            |betas: &Vec<f64>| betas.len() == self.num_train_timesteps && betas.iter().all(is_share);
        let spreads = [self.use_karras_sigmas, self.use_exponential_sigmas, self.use_beta_sigmas];
        let is_sample = self.prediction_type == PredictionType::Sample;
        if !(1..=MOST_TIMESTEPS).contains(&self.num_train_timesteps) {
            Some("num_train_timesteps from 1 to 100000")
        } else if self.steps_offset >= self.num_train_timesteps {
            Some("a steps_offset below num_train_timesteps")
        } else if self.trained_betas.as_ref().is_some_and(|betas| !are_betas(betas)) {
            Some("as many trained_betas as num_train_timesteps, each between 0 and 1")
        } else if edm.is_none() && spreads.into_iter().filter(|&spread| spread).count() > 1 {
            Some("one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas at most")
        } else if edm.is_none() && !rises(self.beta_start, self.beta_end, 1.0) {
            Some("betas that rise between 0 and 1")
        } else if !rises(low, high, f64::INFINITY) {
            Some("a sigma_min above 0 and a sigma_max above it")
        } else if edm.is_some_and(|edm| !(edm.sigma_data > 0.0 && edm.rho > 0.0)) {
            Some("sigma_data and rho above 0")
        } else if edm.is_some() && is_sample {
            Some("prediction_type epsilon or v_prediction with an EDM scheduler")
        } else if self.solver_order == 0 {
            Some("a solver_order of at least 1")
        } else if [self.clip_sample_range, self.sample_max_value].iter().any(|&bound| bound < LEAST_BOUND) {
            Some("a clip_sample_range and a sample_max_value of at least 0.000001")
        } else if !(0.0..=1.0).contains(&self.dynamic_thresholding_ratio) {
            Some("a dynamic_thresholding_ratio from 0 to 1")
        } else if !(0.0..=MOST_SCALING).contains(&self.timestep_scaling) {
            Some("a timestep_scaling from 0 to 1000000")
        } else {
            None
        }
    }
}
