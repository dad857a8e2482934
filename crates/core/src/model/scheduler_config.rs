//! `scheduler/scheduler_config.json`, with diffusers' names and defaults.

use serde::{Deserialize, Serialize};

use super::{Edm, Files, SigmaSchedule, advice, configs};
use crate::{Error, Result};

/// The keys of a diffusers scheduler configuration that change results. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Euler and DPM-Solver++: sigmas spaced evenly in their logarithm.
    pub use_exponential_sigmas: bool,
    /// Euler and DPM-Solver++: sigmas spaced by a beta distribution, dense at both ends.
    pub use_beta_sigmas: bool,
    /// Euler: how sigmas are interpolated.
    pub interpolation_type: Interpolation,
    /// Euler with v-prediction: what the UNet gets as timestep.
    pub timestep_type: TimestepType,
    /// DDIM: the last step ends at alpha 1.
    pub set_alpha_to_one: bool,
    /// Rescale betas to zero terminal signal-to-noise ratio.
    pub rescale_betas_zero_snr: bool,
    /// Euler and DPM-Solver++: where the last step ends.
    pub final_sigmas_type: FinalSigma,
    /// LCM: number of steps of the schedule that the model was distilled on.
    pub original_inference_steps: usize,
    /// LCM: factor of timesteps in the boundary conditions.
    pub timestep_scaling: f64,
    /// The lowest noise level of Karras sigmas and of EDM, if it differs from the schedule's.
    pub sigma_min: Option<f64>,
    /// The highest noise level of the same.
    pub sigma_max: Option<f64>,
    /// EDM: standard deviation of the training latents.
    pub sigma_data: f64,
    /// EDM: the exponent of Karras sigmas.
    pub rho: f64,
    /// EDM: how noise levels are spaced.
    pub sigma_schedule: SigmaSchedule,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            class_name: "EulerDiscreteScheduler".into(),
            num_train_timesteps: 1000,
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: BetaSchedule::ScaledLinear,
            prediction_type: PredictionType::Epsilon,
            timestep_spacing: TimestepSpacing::Leading,
            steps_offset: 1,
            trained_betas: None,
            use_karras_sigmas: false,
            use_exponential_sigmas: false,
            use_beta_sigmas: false,
            interpolation_type: Interpolation::Linear,
            timestep_type: TimestepType::Discrete,
            set_alpha_to_one: true,
            rescale_betas_zero_snr: false,
            final_sigmas_type: FinalSigma::Zero,
            original_inference_steps: 50,
            timestep_scaling: 10.0,
            sigma_min: None,
            sigma_max: None,
            sigma_data: 0.5,
            rho: 7.0,
            sigma_schedule: SigmaSchedule::Karras,
        }
    }
}

impl SchedulerConfig {
    const FILE: &str = "scheduler/scheduler_config.json";
    /// A hundred times as many as any model's; there is a noise level for each.
    const MOST_TIMESTEPS: usize = 100_000;

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
        match config.fault() {
            Some(rule) => {
                fault(format!("{} must have {rule}.", Self::FILE), "Correct the file, or download it again.")
            }
            None => Ok(config),
        }
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

    /// The first rule that its numbers break.
    fn fault(&self) -> Option<&'static str> {
        let rises = |low: f64, high: f64, below: f64| 0.0 < low && low <= high && high < below;
        let (low, high) =
            (self.sigma_min.unwrap_or(Edm::SIGMA_MIN), self.sigma_max.unwrap_or(Edm::SIGMA_MAX));
        let edm = self.edm();
        let is_share = |beta: &f64| 0.0 < *beta && *beta < 1.0;
        let are_betas =
            |betas: &Vec<f64>| betas.len() == self.num_train_timesteps && betas.iter().all(is_share);
        let spreads = [self.use_karras_sigmas, self.use_exponential_sigmas, self.use_beta_sigmas];
        let is_sample = self.prediction_type == PredictionType::Sample;
        if !(1..=Self::MOST_TIMESTEPS).contains(&self.num_train_timesteps) {
            Some("num_train_timesteps from 1 to 100000")
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
        } else {
            None
        }
    }
}

/// How betas are spaced from first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// Evenly.
    Linear,
    /// Evenly in their square roots.
    ScaledLinear,
    /// Glide cosine ("squaredcos_cap_v2").
    #[serde(rename = "squaredcos_cap_v2")]
    SquaredcosCapV2,
}

/// What the UNet's output means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionType {
    /// The noise.
    Epsilon,
    /// Velocity: sqrt(alpha) noise - sqrt(1 - alpha) sample.
    VPrediction,
    /// The clean latents.
    #[serde(alias = "original_sample")]
    Sample,
}

/// How inference timesteps are picked from the training timesteps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// From the start of each interval, plus the offset.
    Leading,
    /// From the end of each interval.
    Trailing,
    /// Evenly, both ends included.
    Linspace,
}

/// How sigmas are interpolated from those of the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Linearly between training timesteps.
    Linear,
    /// Evenly in their logarithm over the whole training range, independent of the timesteps.
    LogLinear,
}

/// What the UNet gets as timestep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepType {
    /// The training timestep.
    Discrete,
    /// A quarter of the logarithm of the noise level.
    Continuous,
}

/// Where the last step of a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalSigma {
    /// At noise level 0.
    Zero,
    /// At the lowest noise level of the training.
    SigmaMin,
}
