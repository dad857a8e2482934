//! `scheduler/scheduler_config.json`, with diffusers' names and defaults.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use super::{
    BetaSchedule, Edm, Files, FinalSigma, Interpolation, PredictionType, SigmaSchedule, TimestepSpacing,
    TimestepType, advice, configs, scheduler_defaults, scheduler_numbers,
};
use crate::{Error, Result};

/// The keys of a diffusers scheduler configuration that change results. Other keys are ignored.
///
/// A key that a file lacks has the default of the class that the file names, as in diffusers
/// ([`Self::with_defaults_of`]). Without a class, or with one that is not known, it has SDXL's value, which is what
/// [`Self::default`] gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct SchedulerConfig {
    /// The diffusers class the model was saved with.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    /// Number of training timesteps.
    pub num_train_timesteps: usize,
    /// First beta.
    pub beta_start: f64,
    /// Last beta.
    pub beta_end: f64,
    /// How betas are spaced between the two.
    pub beta_schedule: BetaSchedule,
    /// Betas that replace those three, one for each training timestep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_betas: Option<Vec<f64>>,
    /// What the UNet's output means.
    pub prediction_type: PredictionType,
    /// How inference timesteps are picked.
    pub timestep_spacing: TimestepSpacing,
    /// Added to each timestep with leading spacing.
    pub steps_offset: usize,
    /// Karras sigmas, for samplers that have them.
    pub use_karras_sigmas: bool,
    /// Sigmas spaced evenly in their logarithm, for samplers that have Karras sigmas.
    pub use_exponential_sigmas: bool,
    /// Sigmas spaced by a beta distribution, dense at both ends, for the same.
    pub use_beta_sigmas: bool,
    /// DPM-Solver++ multistep: sigmas spaced evenly in their logarithm at whole timesteps.
    pub use_lu_lambdas: bool,
    /// DPM-Solver++ and UniPC: the noise levels of flow matching, which SDXL is not trained on.
    pub use_flow_sigmas: bool,
    /// DPM-Solver++ multistep: no timestep has a lower logarithmic signal-to-noise ratio; `None` is -Infinity.
    #[serde(deserialize_with = "scheduler_numbers::not_below")]
    pub lambda_min_clipped: Option<f64>,
    /// Euler: how sigmas are interpolated.
    pub interpolation_type: Interpolation,
    /// Euler with v-prediction: what the UNet gets as timestep.
    pub timestep_type: TimestepType,
    /// DDIM: the last step ends at alpha 1.
    pub set_alpha_to_one: bool,
    /// DDIM, LCM and Heun: predicted clean latents are clipped.
    pub clip_sample: bool,
    /// The largest value that is not clipped; infinite for no bound.
    #[serde(with = "scheduler_numbers::not_above")]
    pub clip_sample_range: f64,
    /// DDIM, LCM, DPM-Solver++ and UniPC: predicted clean latents are bounded by one of their quantiles.
    pub thresholding: bool,
    /// Which quantile, 0..1.
    pub dynamic_thresholding_ratio: f64,
    /// The largest bound; infinite for none.
    #[serde(with = "scheduler_numbers::not_above")]
    pub sample_max_value: f64,
    /// Rescale betas to zero terminal signal-to-noise ratio.
    pub rescale_betas_zero_snr: bool,
    /// Euler, DPM-Solver++ and UniPC: where the last step ends.
    pub final_sigmas_type: FinalSigma,
    /// DPM-Solver++ multistep and UniPC: how many predictions a step uses at most.
    pub solver_order: usize,
    /// DPM-Solver++: "dpmsolver++", "sde-dpmsolver++" and others.
    pub algorithm_type: String,
    /// DPM-Solver++: "midpoint" or "heun" for second-order steps. UniPC: "bh1" or "bh2".
    pub solver_type: String,
    /// DPM-Solver++ and UniPC: the last steps are of lower order.
    pub lower_order_final: bool,
    /// DPM-Solver++: the last step is of first order.
    pub euler_at_final: bool,
    /// UniPC: the solver works on clean latents, not on noise.
    pub predict_x0: bool,
    /// UniPC: steps that are not corrected after them, 0-based.
    pub disable_corrector: Vec<usize>,
    /// UniPC: another scheduler that predicts in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver_p: Option<Value>,
    /// DPM-Solver++: the UNet predicts a variance too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_type: Option<String>,
    /// LCM: number of steps of the schedule that the model was distilled on.
    pub original_inference_steps: usize,
    /// LCM: factor of timesteps in the boundary conditions.
    pub timestep_scaling: f64,
    /// The lowest noise level of spread sigmas and of EDM, if it differs from the schedule's.
    pub sigma_min: Option<f64>,
    /// The highest noise level of the same.
    pub sigma_max: Option<f64>,
    /// EDM: standard deviation of the training latents.
    pub sigma_data: f64,
    /// EDM: the exponent of Karras sigmas.
    pub rho: f64,
    /// EDM: how noise levels are spaced.
    pub sigma_schedule: SigmaSchedule,
    /// Keys that the file lacks and whose defaults depend on the class (`_use_default_values` in diffusers).
    #[serde(skip)]
    pub missing: BTreeSet<&'static str>,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            class_name: "EulerDiscreteScheduler".into(),
            num_train_timesteps: 1000,
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: BetaSchedule::ScaledLinear,
            trained_betas: None,
            prediction_type: PredictionType::Epsilon,
            timestep_spacing: TimestepSpacing::Leading,
            steps_offset: 1,
            use_karras_sigmas: false,
            use_exponential_sigmas: false,
            use_beta_sigmas: false,
            use_lu_lambdas: false,
            use_flow_sigmas: false,
            lambda_min_clipped: None,
            interpolation_type: Interpolation::Linear,
            timestep_type: TimestepType::Discrete,
            set_alpha_to_one: true,
            clip_sample: false,
            clip_sample_range: 1.0,
            thresholding: false,
            dynamic_thresholding_ratio: 0.995,
            sample_max_value: 1.0,
            rescale_betas_zero_snr: false,
            final_sigmas_type: FinalSigma::Zero,
            solver_order: 2,
            algorithm_type: "dpmsolver++".into(),
            solver_type: "midpoint".into(),
            lower_order_final: true,
            euler_at_final: false,
            predict_x0: true,
            disable_corrector: Vec::new(),
            solver_p: None,
            variance_type: None,
            original_inference_steps: 50,
            timestep_scaling: 10.0,
            sigma_min: None,
            sigma_max: None,
            sigma_data: 0.5,
            rho: 7.0,
            sigma_schedule: SigmaSchedule::Karras,
            missing: BTreeSet::new(),
        }
    }
}

impl SchedulerConfig {
    const FILE: &str = "scheduler/scheduler_config.json";

    /// Reads the file and checks that its numbers make a noise schedule.
    ///
    /// # Errors
    /// [`Error::Model`] if it is missing or has invalid values.
    pub fn open(files: &Files) -> Result<Self> {
        advice::require(files, Self::FILE)?;
        let config: Self = configs::read(files, Self::FILE)?;
        let fault = |problem: String, remedy: &str| Err(Error::model(files.root(), problem, remedy));
        if config.class_name.starts_with("FlowMatch") {
            return fault(
                format!("The model was trained for {}, whose noise is not SDXL's.", config.class_name),
                advice::CHOOSE_SDXL,
            );
        }
        match config.broken_rule() {
            Some(rule) => {
                fault(format!("{} must have {rule}.", Self::FILE), "Correct the file, or download it again.")
            }
            None => Ok(config),
        }
    }

    /// With the defaults of `class` for the keys that the file lacks, as diffusers' `from_config` gives them to a scheduler
    /// of another class. A class that is not known changes nothing.
    pub fn with_defaults_of(&self, class: &str) -> Self {
        let mut config = self.clone();
        if let Some(defaults) = scheduler_defaults::of_class(class) {
            scheduler_defaults::fill(&mut config, defaults);
        }
        config
    }

    /// The noise levels of a model that was trained in the EDM formulation; such a model has no others.
    pub fn edm(&self) -> Option<Edm> {
        self.class_name.starts_with("EDM").then(|| Edm {
            sigma_min: self.sigma_min.unwrap_or(Edm::SIGMA_MIN),
            sigma_max: self.sigma_max.unwrap_or(Edm::SIGMA_MAX),
            sigma_data: self.sigma_data,
            rho: self.rho,
            schedule: self.sigma_schedule,
            prediction_type: self.prediction_type,
        })
    }

    /// Whether the UNet gets a function of the noise level as timestep, as EDM models do. diffusers supports this only with
    /// Euler and v-prediction.
    pub fn has_continuous_timesteps(&self) -> bool {
        self.timestep_type == TimestepType::Continuous
            && self.prediction_type == PredictionType::VPrediction
            && self.edm().is_none()
    }
}

impl<'de> Deserialize<'de> for SchedulerConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = Map::deserialize(deserializer)?;
        keys.retain(|_, value| !value.is_null());
        keys.values_mut().for_each(scheduler_numbers::make_whole);
        let missing = scheduler_defaults::BY_CLASS.iter().filter(|key| !keys.contains_key(**key)).copied();
        let missing = missing.collect();
        let class = keys.get("_class_name").and_then(Value::as_str).and_then(scheduler_defaults::of_class);
        // The path of a faulty key would be lost in the outer deserializer.
        let mut track = serde_path_to_error::Track::new();
        let keys = serde_path_to_error::Deserializer::new(Value::Object(keys), &mut track);
        let mut config = Self::deserialize(keys)
            .map_err(|error| D::Error::custom(format!("{}: {error}", track.path())))?;
        if let Some(defaults) = class {
            config.missing = missing;
            scheduler_defaults::fill(&mut config, defaults);
        }
        Ok(config)
    }
}

impl Serialize for SchedulerConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_cannot_be_used_is_named_by_its_key() {
        fn check(key: &str, value: Value) {
            let error =
                serde_json::from_value::<SchedulerConfig>(json!({ key: value })).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{key}: ")), "{error}");
        }
        check("beta_start", json!("NaN"));
        check("steps_offset", json!(-1));
        check("timestep_spacing", json!("cubic"));
        check("lambda_min_clipped", json!("Infinity"));
        check("clip_sample_range", json!("NaN"));
        check("sample_max_value", json!("-Infinity"));
        check("num_train_timesteps", json!(1000.5));
        check("num_train_timesteps", json!(1e300));
        check("solver_order", json!(-2.0));
    }
}
