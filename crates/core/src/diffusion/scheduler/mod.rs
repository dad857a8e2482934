//! Schedulers with diffusers' names, configurations and numbers.
//!
//! [`Sampler`] is what a person chooses; [`Sampler::build`] makes the [`Scheduler`] that the text-to-image loop asks
//! once a step, or twice where a step has two calls of the model. Goldens in `tests/data/schedulers` hold every one of them
//! to diffusers 0.35.2, and those that people know from k-diffusion to that as well. What a configuration asks for and
//! does not get, [`notices`] says.

mod bound;
mod classes;
mod ddim;
mod dpm_multistep;
mod dpm_sde;
mod dpm_singlestep;
mod edm;
mod euler;
mod euler_ancestral;
mod heun;
mod history;
mod lcm;
mod levels;
mod names;
mod notice;
mod prediction;
mod sampler;
mod spread;
mod tables;
#[cfg(test)]
mod trouble;
mod uni_pc;

use ndarray::{Array4, ArrayView4};

pub use notice::{SchedulerNotice, notices};
pub use sampler::Sampler;

/// The noise levels of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Timesteps, [steps], falling.
    pub timesteps: Vec<f32>,
    /// Noise levels, [steps + 1], in the variance-exploding convention: 0 at the end, unless the configuration says
    /// that a run stops at the lowest training level.
    pub sigmas: Vec<f32>,
    /// What unit normal noise is multiplied by to become the first latents.
    pub init_noise_sigma: f32,
}

/// One run's sampler: made for a number of steps, then called once a step, in order.
pub trait Scheduler: Send {
    /// The noise levels.
    fn schedule(&self) -> &Schedule;

    /// [`Schedule::timesteps`].
    fn timesteps(&self) -> &[f32] {
        &self.schedule().timesteps
    }

    /// [`Schedule::sigmas`].
    fn sigmas(&self) -> &[f32] {
        &self.schedule().sigmas
    }

    /// [`Schedule::init_noise_sigma`].
    fn init_noise_sigma(&self) -> f32 {
        self.schedule().init_noise_sigma
    }

    /// Latents as the UNet wants them at step `index`.
    fn scale_model_input(&self, latents: ArrayView4<'_, f32>, _index: usize) -> Array4<f32> {
        latents.to_owned()
    }

    /// Whether [`Self::step`] uses `noise`.
    fn wants_noise(&self) -> bool {
        false
    }

    /// Where the model is asked a second time within step `index`, given the guided output of the first time; `None` if
    /// once is enough. [`Self::step`] then gets the output of the second time, the same latents, and noise of its own.
    fn second_call(
        &mut self,
        _output: ArrayView4<'_, f32>,
        _index: usize,
        _latents: ArrayView4<'_, f32>,
        _noise: Option<ArrayView4<'_, f32>>,
    ) -> Option<SecondCall> {
        None
    }

    /// What the sampler needs after a step to go on, beside its result. Empty for samplers that look back at one step at
    /// most.
    fn memory(&self) -> Vec<Array4<f32>> {
        Vec::new()
    }

    /// Goes on at a step from another run of the same schedule, whose previous step predicted these clean latents and left
    /// this memory. Only samplers that look back use them.
    fn resume(&mut self, _index: usize, _denoised: ArrayView4<'_, f32>, _memory: &[Array4<f32>]) {}

    /// From the guided model output at step `index` to the next latents. `noise` is unit normal, shaped as the
    /// latents, and used by samplers that want it only.
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

/// What the model is asked for the second time within a step.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondCall {
    /// Latents as the UNet wants them.
    pub input: Array4<f32>,
    /// Their timestep.
    pub timestep: f32,
}
