//! What the numbers of a scheduler's configuration must keep so that they make a noise schedule. What only a certain
//! number of steps shows, `Sampler::build` finds.

use super::{BetaSchedule, Edm, PredictionType, SchedulerConfig};

/// The most training timesteps that are laid out; every published model has 1000.
const MOST_TIMESTEPS: usize = 100_000;
/// The largest factor of timesteps; f32 holds its squares with room to spare.
const MOST_SCALING: f64 = 1e6;
/// The largest deviation of training latents, for the same reason.
const MOST_DATA: f64 = 1e6;
/// The smallest bound of clean latents, which are divided by it in single precision.
const LEAST_BOUND: f64 = 1e-6;

impl SchedulerConfig {
    /// The first rule that its numbers break, as what the file must have. Keys that have no effect break none.
    pub(crate) fn broken_rule(&self) -> Option<&'static str> {
        let rises = |low: f64, high: f64, below: f64| 0.0 < low && low <= high && high < below;
        let (low, high) =
            (self.sigma_min.unwrap_or(Edm::SIGMA_MIN), self.sigma_max.unwrap_or(Edm::SIGMA_MAX));
        let edm = self.edm();
        let is_share = |beta: &f64| 0.0 < *beta && *beta < 1.0;
        let are_betas =
            |betas: &Vec<f64>| betas.len() == self.num_train_timesteps && betas.iter().all(is_share);
        let spreads = [self.use_karras_sigmas, self.use_exponential_sigmas, self.use_beta_sigmas];
        let has_betas = edm.is_none()
            && self.trained_betas.is_none()
            && self.beta_schedule != BetaSchedule::SquaredcosCapV2;
        let has_ends = edm.is_some() || spreads.contains(&true);
        let is_consistency = matches!(self.class_name.as_str(), "LCMScheduler" | "TCDScheduler");
        let is_sample = self.prediction_type == PredictionType::Sample;
        if !(1..=MOST_TIMESTEPS).contains(&self.num_train_timesteps) {
            Some("num_train_timesteps from 1 to 100000")
        } else if self.steps_offset >= self.num_train_timesteps {
            Some("a steps_offset below num_train_timesteps")
        } else if self.trained_betas.as_ref().is_some_and(|betas| !are_betas(betas)) {
            Some("as many trained_betas as num_train_timesteps, each between 0 and 1")
        } else if edm.is_none() && spreads.into_iter().filter(|&spread| spread).count() > 1 {
            Some("one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas at most")
        } else if has_betas && !rises(self.beta_start, self.beta_end, 1.0) {
            Some("betas that rise between 0 and 1")
        } else if has_ends && !rises(low, high, f64::INFINITY) {
            Some("a sigma_min above 0 and a sigma_max above it")
        } else if edm.is_some_and(|edm| !(rises(edm.sigma_data, edm.sigma_data, MOST_DATA) && edm.rho > 0.0))
        {
            Some("a sigma_data between 0 and 1000000, and a rho above 0")
        } else if edm.is_some() && is_sample {
            Some("prediction_type epsilon or v_prediction with an EDM scheduler")
        } else if self.solver_order == 0 {
            Some("a solver_order of at least 1")
        } else if self.clip_sample && self.clip_sample_range < LEAST_BOUND {
            Some("a clip_sample_range of at least 0.000001")
        } else if self.thresholding && self.sample_max_value < LEAST_BOUND {
            Some("a sample_max_value of at least 0.000001")
        } else if self.thresholding && !(0.0..=1.0).contains(&self.dynamic_thresholding_ratio) {
            Some("a dynamic_thresholding_ratio from 0 to 1")
        } else if is_consistency && !self.has_sound_scaling() {
            Some("a timestep_scaling from 0 to 1000000")
        } else {
            None
        }
    }

    /// Whether LCM can multiply timesteps by the configuration's factor; other samplers do not.
    pub(crate) fn has_sound_scaling(&self) -> bool {
        (0.0..=MOST_SCALING).contains(&self.timestep_scaling)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_key_that_has_no_effect_breaks_no_rule() {
        fn check(config: Value, expected: Option<&str>) {
            let read: SchedulerConfig = serde_json::from_value(config.clone()).unwrap();
            let broken = read.broken_rule();
            assert_eq!(broken.is_some(), expected.is_some(), "{config}: {broken:?}");
            assert!(broken.zip(expected).is_none_or(|(broken, key)| broken.contains(key)), "{broken:?}");
        }
        check(json!({ "clip_sample_range": 0, "sample_max_value": 0 }), None);
        check(json!({ "clip_sample_range": -1, "clip_sample": true }), Some("clip_sample_range"));
        check(json!({ "_class_name": "DDIMScheduler", "clip_sample_range": 0 }), Some("clip_sample_range"));
        check(json!({ "_class_name": "DDIMScheduler", "clip_sample_range": 0, "clip_sample": false }), None);
        check(json!({ "clip_sample_range": "Infinity", "clip_sample": true }), None);
        check(json!({ "sample_max_value": 0, "thresholding": true }), Some("sample_max_value"));
        check(json!({ "sample_max_value": "Infinity", "thresholding": true }), None);
        check(json!({ "dynamic_thresholding_ratio": 2 }), None);
        check(
            json!({ "dynamic_thresholding_ratio": 2, "thresholding": true }),
            Some("dynamic_thresholding_ratio"),
        );
        check(json!({ "beta_end": 0 }), Some("betas"));
        check(json!({ "beta_end": 0, "beta_schedule": "squaredcos_cap_v2" }), None);
        check(
            json!({ "beta_end": 0, "trained_betas": [0.5], "num_train_timesteps": 1, "steps_offset": 0 }),
            None,
        );
        check(json!({ "sigma_min": 0 }), None);
        check(json!({ "sigma_min": 0, "use_karras_sigmas": true }), Some("sigma_min"));
        check(json!({ "_class_name": "EDMEulerScheduler", "sigma_min": 0 }), Some("sigma_min"));
        check(json!({ "sigma_data": 1e300 }), None);
        check(json!({ "_class_name": "EDMEulerScheduler", "sigma_data": 1e300 }), Some("sigma_data"));
        check(json!({ "timestep_scaling": -1 }), None);
        check(json!({ "_class_name": "LCMScheduler", "timestep_scaling": -1 }), Some("timestep_scaling"));
        check(json!({ "_class_name": "TCDScheduler", "timestep_scaling": 1e300 }), Some("timestep_scaling"));
    }
}
