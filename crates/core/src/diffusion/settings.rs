//! What a person asks for: one picture, completely described.

use serde::{Deserialize, Serialize};

use super::{Change, Defaults, scheduler::Sampler};
use crate::{
    attention::{Control, Grid},
    error::{Error, Result},
    prompt::Entities,
};

/// Pixels per latent, in both directions: what SDXL's VAE does.
pub const VAE_FACTOR: usize = 8;
/// Sizes are whole multiples of this, so that every layer of the UNet has a whole number of patches.
pub const SIZE_STEP: usize = 32;
/// The largest side that is accepted, in pixels.
pub const MAX_SIDE: usize = 4096;
/// The most steps that are accepted; more show nothing new.
pub const MAX_STEPS: usize = 500;

/// Everything that decides a picture except the model. It is written into the picture's metadata as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The prompt as typed, with weights syntax.
    pub prompt: String,
    /// `None`: no negative prompt (zeros or the encoded empty prompt, as the model says). `Some`: encoded as it is,
    /// also when empty.
    pub negative_prompt: Option<String>,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Number of steps.
    pub steps: usize,
    /// Classifier-free guidance scale; at 1 or below the negative prompt is not run.
    pub guidance_scale: f32,
    /// Seed of the noise.
    pub seed: u64,
    /// Which scheduler.
    pub sampler: Sampler,
    /// How attention is steered.
    pub control: Control,
    /// Which words of the prompt are one entity.
    #[serde(rename = "groups", alias = "entities")]
    pub entities: Entities,
    /// What changes about these two during the run, in the order of steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Default for Settings {
    fn default() -> Self {
        let Defaults { sampler, steps, guidance_scale } = Defaults::default();
        Self {
            prompt: String::new(),
            negative_prompt: None,
            width: 1024,
            height: 1024,
            steps,
            guidance_scale,
            seed: 0,
            sampler,
            control: Control::default(),
            entities: Entities::default(),
            changes: Vec::new(),
        }
    }
}

impl Settings {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Input`] that names the first value that cannot be used, and one that can.
    pub fn validate(&self) -> Result<()> {
        for (side, pixels) in [("width", self.width), ("height", self.height)] {
            if pixels == 0 || pixels % SIZE_STEP != 0 || pixels > MAX_SIDE {
                return Err(Error::input(
                    format!("A {side} of {pixels} pixels cannot be painted."),
                    format!("Choose a multiple of {SIZE_STEP} up to {MAX_SIDE}."),
                ));
            }
        }
        if self.steps == 0 || self.steps > MAX_STEPS {
            return Err(Error::input(
                format!("{} steps cannot be run.", self.steps),
                format!("Choose 1 to {MAX_STEPS} steps."),
            ));
        }
        if !self.guidance_scale.is_finite() || !(0.0..=100.0).contains(&self.guidance_scale) {
            return Err(Error::input(
                format!("A guidance scale of {} cannot be used.", self.guidance_scale),
                "Choose a number from 0 to 100; 5 to 7 is usual.",
            ));
        }
        self.validate_controls()
    }

    /// The latents' rows and columns.
    pub fn latent_grid(&self) -> Grid {
        Grid::new(self.height / VAE_FACTOR, self.width / VAE_FACTOR)
    }

    /// Whether the negative prompt is run too.
    pub fn is_guided(&self) -> bool {
        self.guidance_scale > 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_value_is_named() {
        fn check(change: impl FnOnce(&mut Settings), expected: &str) {
            let mut settings = Settings::default();
            change(&mut settings);
            let message = settings.validate().map_or_else(|error| error.to_string(), |()| String::new());
            assert!(message.contains(expected) && message.is_empty() == expected.is_empty(), "{message:?}");
        }
        check(|_| (), "");
        check(|s| s.width = 0, "width of 0");
        check(|s| s.height = 250, "height of 250");
        check(|s| s.width = 8192, "width of 8192");
        check(|s| s.steps = 0, "0 steps");
        check(|s| s.guidance_scale = f32::NAN, "guidance scale of NaN");
        check(|s| s.control.tau = 0.0, "temperature of 0");
    }
}
