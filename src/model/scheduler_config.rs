//! `scheduler/scheduler_config.json`, with diffusers' names and defaults.

use serde::{Deserialize, Serialize};

use super::{Files, advice, configs};
use crate::{Error, Result};

/// The part of a diffusers scheduler configuration that changes what is computed. Unknown keys are ignored.
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
    /// How betas run between the two.
    pub beta_schedule: BetaSchedule,
    /// What the UNet's output means.
    pub prediction_type: PredictionType,
    /// How inference timesteps are picked.
    pub timestep_spacing: TimestepSpacing,
    /// Added to each timestep with leading spacing.
    pub steps_offset: usize,
    /// Karras sigmas for samplers that know them.
    pub use_karras_sigmas: bool,
    /// DDIM: the last step ends at alpha 1.
    pub set_alpha_to_one: bool,
    /// Rescale betas to zero terminal signal-to-noise ratio.
    pub rescale_betas_zero_snr: bool,
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
            use_karras_sigmas: false,
            set_alpha_to_one: true,
            rescale_betas_zero_snr: false,
        }
    }
}

impl SchedulerConfig {
    const FILE: &str = "scheduler/scheduler_config.json";

    /// Reads it, and sees that its numbers make a noise schedule.
    ///
    /// # Errors
    /// [`Error::Model`] with what is missing, broken or unknown.
    pub(super) fn open(files: &Files) -> Result<Self> {
        advice::require(files, Self::FILE)?;
        let config: Self = configs::read(files, Self::FILE)?;
        let fault = |problem: String, remedy: &str| Err(Error::model(files.root(), problem, remedy));
        if config.class_name.starts_with("FlowMatch") || config.class_name.starts_with("EDM") {
            return fault(
                format!("The model was trained for {}, whose noise is not SDXL's.", config.class_name),
                advice::CHOOSE_SDXL,
            );
        }
        let rises = 0.0 < config.beta_start && config.beta_start <= config.beta_end && config.beta_end < 1.0;
        if !rises || config.num_train_timesteps == 0 {
            return fault(
                format!(
                    "{} has to have num_train_timesteps above 0, and betas that rise between 0 and 1.",
                    Self::FILE
                ),
                "Correct the file, or download it again.",
            );
        }
        Ok(config)
    }
}

/// How betas run from first to last.
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
