//! The EDM formulation (Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models"):
//! continuous noise levels instead of training timesteps. Playground v2.5 and CosXL were trained so.

use serde::{Deserialize, Serialize};

use super::PredictionType;

/// What an EDM scheduler's configuration says, with diffusers' names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edm {
    /// Lowest noise level.
    pub sigma_min: f64,
    /// Highest noise level, which a run begins at.
    pub sigma_max: f64,
    /// Standard deviation of the training latents.
    pub sigma_data: f64,
    /// How Karras sigmas bend.
    pub rho: f64,
    /// How noise levels run between the two ends.
    pub schedule: SigmaSchedule,
    /// Sign of the output: [`PredictionType::Epsilon`] or [`PredictionType::VPrediction`].
    pub prediction_type: PredictionType,
}

impl Edm {
    /// diffusers' own, for configurations that do not say it.
    pub(super) const SIGMA_MIN: f64 = 0.002;
    /// As [`Self::SIGMA_MIN`].
    pub(super) const SIGMA_MAX: f64 = 80.0;
}

/// How noise levels run from the highest to the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigmaSchedule {
    /// Evenly in their rho-th roots.
    Karras,
    /// Evenly in their logarithms.
    Exponential,
}
