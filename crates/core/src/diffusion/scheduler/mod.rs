//! Schedulers with diffusers' names, configurations and numbers.
//!
//! [`Sampler`] is what a person chooses; [`Sampler::build`] makes the [`Scheduler`] that the text-to-image loop asks
//! once a step. Goldens in `tests/data/schedulers` hold every one of them to diffusers 0.35.2.

mod ddim;
mod dpm_plus_plus_2m;
mod edm;
mod euler;
mod euler_ancestral;
mod lcm;
mod prediction;
mod sampler;
mod spread;
mod tables;

use ndarray::{Array4, ArrayView4};

pub use sampler::Sampler;

/// One run's schedule: made for a number of steps, then called once a step, in order.
pub trait Scheduler: Send {
    /// Timesteps, [steps], falling.
    fn timesteps(&self) -> &[f32];

    /// Noise levels, [steps + 1], in the variance-exploding convention: 0 at the end, unless the configuration says
    /// that a run stops at the lowest training level.
    fn sigmas(&self) -> &[f32];

    /// What unit normal noise is multiplied by to become the first latents.
    fn init_noise_sigma(&self) -> f32 {
        1.0
    }

    /// Latents as the UNet wants them at step `index`.
    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, _index: usize) -> Array4<f32> {
        latents.to_owned()
    }

    /// Whether [`Self::step`] uses `noise`.
    fn wants_noise(&self) -> bool {
        false
    }

    /// Goes on at a step from another run of the same schedule, whose previous step predicted these clean latents. Only
    /// samplers that look back use them.
    fn resume(&mut self, _index: usize, _denoised: ArrayView4<'_, f32>) {}

    /// From the guided model output at step `index` to the next latents. `noise` is unit normal, shaped as the
    /// latents, and used by ancestral samplers and LCM only.
    fn step(
        &mut self,
        output: ArrayView4<'_, f32>,
        index: usize,
        latents: ArrayView4<'_, f32>,
        noise: Option<ArrayView4<'_, f32>>,
    ) -> Stepped;
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepped {
    /// Latents for the next step.
    pub latents: Array4<f32>,
    /// The clean latents that the model predicts from here: what previews show.
    pub denoised: Array4<f32>,
}
