//! From the model's output to the clean latents it predicts.

use ndarray::{Array4, ArrayView4, Zip};

use crate::model::PredictionType;

/// Clean latents for noisy ones x = x0 + sigma noise (variance exploding: the Euler family).
pub(super) fn denoised_exploding(
    kind: PredictionType,
    output: ArrayView4<'_, f32>,
    latents: ArrayView4<'_, f32>,
    sigma: f32,
) -> Array4<f32> {
    match kind {
        PredictionType::Epsilon => Zip::from(latents).and(output).map_collect(|&x, &noise| x - sigma * noise),
        PredictionType::VPrediction => {
            let variance = sigma * sigma + 1.0;
            let out = -sigma / variance.sqrt();
            Zip::from(latents).and(output).map_collect(|&x, &v| v * out + x / variance)
        }
        PredictionType::Sample => output.to_owned(),
    }
}

/// Clean latents for noisy ones x = alpha x0 + sigma noise with alpha² + sigma² = 1 (variance preserving: DDIM and
/// DPM-Solver++).
pub(super) fn denoised_preserving(
    kind: PredictionType,
    output: ArrayView4<'_, f32>,
    latents: ArrayView4<'_, f32>,
    alpha: f32,
    sigma: f32,
) -> Array4<f32> {
    let pair = Zip::from(latents).and(output);
    match kind {
        PredictionType::Epsilon => pair.map_collect(|&x, &noise| (x - sigma * noise) / alpha),
        PredictionType::VPrediction => pair.map_collect(|&x, &v| alpha * x - sigma * v),
        PredictionType::Sample => output.to_owned(),
    }
}
