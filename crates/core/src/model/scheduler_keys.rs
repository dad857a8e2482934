//! The words that keys of a scheduler's configuration hold, with diffusers' names.

use serde::{Deserialize, Serialize};

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
