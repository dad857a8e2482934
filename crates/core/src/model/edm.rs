//! The EDM formulation (Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models"):
//! continuous noise levels instead of training timesteps. Playground v2.5 and CosXL are trained this way.

use serde::{Deserialize, Serialize};

use super::PredictionType;

/// An EDM scheduler's configuration, with diffusers' names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edm {
    /// The lowest noise level.
    pub sigma_min: f64,
    /// The highest noise level, at which a run begins.
    pub sigma_max: f64,
    /// Standard deviation of the training latents.
    pub sigma_data: f64,
    /// The exponent of Karras sigmas.
    pub rho: f64,
    /// How noise levels are spaced.
    pub schedule: SigmaSchedule,
    /// The sign of the output: [`PredictionType::Epsilon`] or [`PredictionType::VPrediction`].
    pub prediction_type: PredictionType,
}

impl Edm {
    /// diffusers' default.
    pub(super) const SIGMA_MIN: f64 = 0.002;
    /// As [`Self::SIGMA_MIN`].
    pub(super) const SIGMA_MAX: f64 = 80.0;
}

/// How noise levels are spaced from the highest to the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigmaSchedule {
    /// Evenly in their rho-th root.
    Karras,
    /// Evenly in their logarithm.
    Exponential,
}
