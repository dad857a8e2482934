//! What diffusers' `EDMEulerScheduler` and `EDMDPMSolverMultistepScheduler` share: noise levels without training
//! timesteps, and the preconditioning between latents x = x0 + sigma noise and the model (Karras et al. 2022, table 1).

use ndarray::{Array4, ArrayView4, Zip};

use super::tables::{exponential, karras};
use crate::model::{Edm, PredictionType, SigmaSchedule};

/// Noise levels of a run, falling, [steps]. One step begins at the highest under either schedule; diffusers begins an
/// exponential one at the lowest.
pub(super) fn sigmas(edm: &Edm, steps: usize) -> Vec<f64> {
    match edm.schedule {
        SigmaSchedule::Karras => karras(edm.sigma_max, edm.sigma_min, edm.rho, steps),
        SigmaSchedule::Exponential => exponential(edm.sigma_max, edm.sigma_min, steps),
    }
}

/// The timestep that stands for each noise level, [steps].
pub(super) fn timesteps(sigmas: &[f64]) -> Vec<f32> {
    sigmas.iter().map(|sigma| (0.25 * sigma.ln()) as f32).collect()
}

/// What unit normal noise is multiplied by to become the first latents.
pub(super) fn init_noise_sigma(edm: &Edm) -> f32 {
    (edm.sigma_max * edm.sigma_max + 1.0).sqrt() as f32
}

/// How latents are scaled for the model, and its output for the latents.
#[derive(Clone, Copy)]
pub(super) struct Preconditioning {
    sigma_data: f32,
    /// The sign of the output: a velocity points the other way.
    sign: f32,
}

impl Preconditioning {
    pub(super) fn of(edm: &Edm) -> Self {
        let sign = match edm.prediction_type {
            PredictionType::VPrediction => -1.0,
            PredictionType::Epsilon | PredictionType::Sample => 1.0,
        };
        Self { sigma_data: edm.sigma_data as f32, sign }
    }

    /// Latents of noise level `sigma` as the model sees them.
    pub(super) fn model_input(&self, latents: ArrayView4<'_, f32>, sigma: f32) -> Array4<f32> {
        let factor = 1.0 / self.variance(sigma).sqrt();
        latents.mapv(|x| x * factor)
    }

    /// The clean latents that the model's output stands for.
    pub(super) fn denoised(
        &self,
        output: ArrayView4<'_, f32>,
        latents: ArrayView4<'_, f32>,
        sigma: f32,
    ) -> Array4<f32> {
        let variance = self.variance(sigma);
        let skip = self.sigma_data * self.sigma_data / variance;
        let out = self.sign * sigma * self.sigma_data / variance.sqrt();
        Zip::from(latents).and(output).map_collect(|&x, &output| skip * x + out * output)
    }

    /// The variance of latents with noise of level `sigma`.
    fn variance(&self, sigma: f32) -> f32 {
        sigma * sigma + self.sigma_data * self.sigma_data
    }
}
