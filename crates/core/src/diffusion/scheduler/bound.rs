//! How far predicted clean latents may reach: clipping and dynamic thresholding (Saharia et al. 2022, "Photorealistic
//! Text-to-Image Diffusion Models with Deep Language Understanding"), as diffusers does them.

use ndarray::Array4;

use crate::model::SchedulerConfig;

/// A bound of predicted clean latents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    /// Anything is kept.
    Free,
    /// Values beyond this are cut.
    Clip(f32),
    /// Values beyond a quantile of the absolute ones are cut, and the rest is scaled down to 1 with them.
    Threshold {
        /// Which quantile, 0..1.
        quantile: f64,
        /// The largest value that it may have.
        most: f32,
    },
}

impl Bound {
    /// For schedulers that know thresholding alone.
    pub(super) fn threshold_of(config: &SchedulerConfig) -> Self {
        let SchedulerConfig { dynamic_thresholding_ratio: quantile, sample_max_value, .. } = *config;
        if config.thresholding {
            Self::Threshold { quantile, most: sample_max_value as f32 }
        } else {
            Self::Free
        }
    }

    /// For schedulers that know clipping alone.
    pub(super) fn clip_of(config: &SchedulerConfig) -> Self {
        if config.clip_sample { Self::Clip(config.clip_sample_range as f32) } else { Self::Free }
    }

    /// For schedulers that know both.
    pub(super) fn of(config: &SchedulerConfig) -> Self {
        if config.thresholding { Self::threshold_of(config) } else { Self::clip_of(config) }
    }

    /// Clean latents within the bound.
    pub(super) fn applied_to(self, mut denoised: Array4<f32>) -> Array4<f32> {
        match self {
            Self::Free => {}
            Self::Clip(range) => denoised.mapv_inplace(|value| value.clamp(-range, range)),
            Self::Threshold { quantile, most } => {
                let bound = largest(&denoised, quantile).max(1.0).min(most);
                denoised.mapv_inplace(|value| value.clamp(-bound, bound) / bound);
            }
        }
        denoised
    }
}

/// The quantile of the absolute values, interpolated as torch does.
fn largest(values: &Array4<f32>, quantile: f64) -> f32 {
    let mut sorted: Vec<f32> = values.iter().map(|value| value.abs()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let place = quantile * sorted.len().saturating_sub(1) as f64;
    let (low, share) = (place as usize, place.fract() as f32);
    let at = |index: usize| sorted.get(index).or(sorted.last()).copied().unwrap_or_default();
    at(low) + (at(low + 1) - at(low)) * share
}
