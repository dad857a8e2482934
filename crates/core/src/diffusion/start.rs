//! Where a run begins: at noise, or between two steps of another run.

use std::sync::Arc;

use ndarray::{Array3, Array4};

use super::{Settings, noise::initial_noise, scheduler::Scheduler};
use crate::error::{Error, Result};

/// Where a run begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Start {
    /// From the seed's noise.
    #[default]
    Seed,
    /// From these unit normal latents, [1, 4, h, w].
    Noise(Arc<Array4<f32>>),
    /// Where another run stood, with the same size, sampler and number of steps.
    Checkpoint(Arc<Checkpoint>),
}

/// A run between two steps: all that is needed to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The step that comes next, 0-based; at least 1.
    pub step: usize,
    /// L, the length of the run's context.
    pub tokens: usize,
    /// Latents for the next step, [1, 4, h, w].
    pub latents: Array4<f32>,
    /// The clean latents that the previous step predicted, [1, 4, h, w]: multistep samplers look back at them.
    pub denoised: Array4<f32>,
    /// What else the sampler remembers, [1, 4, h, w] each; empty for most ([`super::scheduler::Scheduler::memory`]).
    pub memory: Vec<Array4<f32>>,
    /// Where the text's tokens looked in the first steps, [tokens, h, w] ([`super::whose`]); `None` in runs of earlier
    /// versions.
    pub early_maps: Option<Arc<Array3<f32>>>,
}

impl Start {
    /// The first step that is run, 0-based.
    pub fn step(&self) -> usize {
        match self {
            Self::Seed | Self::Noise(_) => 0,
            Self::Checkpoint(checkpoint) => checkpoint.step,
        }
    }

    /// Where the text's tokens looked in the first steps, if the run goes on from another.
    pub(super) fn early_maps(&self) -> Option<Arc<Array3<f32>>> {
        match self {
            Self::Seed | Self::Noise(_) => None,
            Self::Checkpoint(checkpoint) => checkpoint.early_maps.clone(),
        }
    }

    /// The first latents, [1, 4, h, w]. A scheduler that looks back gets the previous step's clean latents.
    ///
    /// # Errors
    /// [`Error::Input`] for latents of another shape than the settings need.
    pub(super) fn latents(
        &self,
        settings: &Settings,
        tokens: usize,
        scheduler: &mut dyn Scheduler,
    ) -> Result<Array4<f32>> {
        let grid = settings.latent_grid();
        let shape = (1, 4, grid.height, grid.width);
        match self {
            Self::Seed => Ok(initial_noise(settings.seed, grid) * scheduler.init_noise_sigma()),
            Self::Noise(given) if given.dim() == shape => Ok(&**given * scheduler.init_noise_sigma()),
            Self::Noise(given) => Err(Error::input(
                format!("The initial latents have the shape {:?}.", given.shape()),
                format!("This size needs [1, 4, {}, {}].", grid.height, grid.width),
            )),
            Self::Checkpoint(from) => {
                let fits = from.latents.dim() == shape && (1..settings.steps).contains(&from.step);
                if !fits || from.tokens != tokens {
                    return Err(Error::input(
                        "This run cannot go on where the other stood.",
                        "Keep its size and number of steps, and prompts of about its length.",
                    ));
                }
                scheduler.resume(from.step, from.denoised.view(), &from.memory);
                Ok(from.latents.clone())
            }
        }
    }
}
