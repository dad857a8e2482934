//! Schedulers with diffusers' names, configurations and numbers.

use ndarray::{Array4, ArrayView4};
use serde::{Deserialize, Serialize};

/// The samplers a person can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Euler, the default.
    #[default]
    Euler,
    /// Euler with Karras sigmas.
    EulerKarras,
    /// Euler ancestral: adds fresh noise at each step.
    EulerAncestral,
    /// DDIM, eta 0.
    Ddim,
    /// DPM-Solver++ 2M.
    DpmPlusPlus2M,
    /// DPM-Solver++ 2M with Karras sigmas.
    DpmPlusPlus2MKarras,
}

/// One run's schedule: made for a number of steps, then asked once a step, in order.
pub trait Scheduler: Send {
    /// Timesteps, [steps], falling.
    fn timesteps(&self) -> &[f32];

    /// Noise levels, [steps + 1], in the variance-exploding convention (0 at the end).
    fn sigmas(&self) -> &[f32];

    /// What unit normal noise is multiplied by to become the first latents.
    fn init_noise_sigma(&self) -> f32;

    /// Latents as the UNet wants them at step `index`.
    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, index: usize) -> Array4<f32>;

    /// Whether [`Self::step`] uses `noise`.
    fn wants_noise(&self) -> bool;

    /// From the guided model output at step `index` to the next latents. `noise` is unit normal, shaped as the
    /// latents, and used by ancestral samplers only.
    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped;
}

/// What a step gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepped {
    /// Latents for the next step.
    pub latents: Array4<f32>,
    /// The clean latents that the model predicts from here: what previews show.
    pub denoised: Array4<f32>,
}
