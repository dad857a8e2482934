//! The samplers a person can choose, and their names in the window, on the command line and in files.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    Scheduler, ddim::Ddim, dpm_plus_plus_2m::DpmPlusPlus2M, euler::Euler, euler_ancestral::EulerAncestral,
};
use crate::{
    error::{Error, Result},
    model::SchedulerConfig,
};

/// The samplers a person can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sampler {
    /// Euler, the default.
    #[default]
    #[serde(rename = "euler")]
    Euler,
    /// Euler with Karras sigmas.
    #[serde(rename = "euler-karras")]
    EulerKarras,
    /// Euler ancestral: adds fresh noise at each step.
    #[serde(rename = "euler-a")]
    EulerAncestral,
    /// DDIM, eta 0.
    #[serde(rename = "ddim")]
    Ddim,
    /// DPM-Solver++ 2M.
    #[serde(rename = "dpmpp-2m")]
    DpmPlusPlus2M,
    /// DPM-Solver++ 2M with Karras sigmas.
    #[serde(rename = "dpmpp-2m-karras")]
    DpmPlusPlus2MKarras,
}

impl Sampler {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Euler,
        Self::EulerKarras,
        Self::EulerAncestral,
        Self::Ddim,
        Self::DpmPlusPlus2M,
        Self::DpmPlusPlus2MKarras,
    ];

    /// The sampler that a model was saved with; Euler for classes that are not offered.
    pub fn of_config(config: &SchedulerConfig) -> Self {
        match (config.class_name.as_str(), config.use_karras_sigmas) {
            ("EulerAncestralDiscreteScheduler", _) => Self::EulerAncestral,
            ("DDIMScheduler", _) => Self::Ddim,
            ("DPMSolverMultistepScheduler", false) => Self::DpmPlusPlus2M,
            ("DPMSolverMultistepScheduler", true) => Self::DpmPlusPlus2MKarras,
            (_, false) => Self::Euler,
            (_, true) => Self::EulerKarras,
        }
    }

    /// A schedule of `steps` steps for a model's configuration, as diffusers' `from_config` and `set_timesteps` give
    /// it. The sampler alone decides about Karras sigmas.
    ///
    /// # Errors
    /// [`Error::Input`] for no steps, or for more than the model was trained on.
    pub fn build(self, config: &SchedulerConfig, steps: usize) -> Result<Box<dyn Scheduler>> {
        let most = match self {
            // One more level than steps is laid out, and all must differ.
            Self::DpmPlusPlus2M | Self::DpmPlusPlus2MKarras => config.num_train_timesteps.saturating_sub(1),
            _ => config.num_train_timesteps,
        };
        if steps == 0 || steps > most {
            return Err(Error::input(
                format!("{} cannot run {steps} steps with this model.", self.label()),
                format!("Choose between 1 and {most} steps."),
            ));
        }
        Ok(match self {
            Self::Euler => Box::new(Euler::new(config, steps)),
            Self::EulerKarras => Box::new(Euler::with_karras_sigmas(config, steps)),
            Self::EulerAncestral => Box::new(EulerAncestral::new(config, steps)),
            Self::Ddim => Box::new(Ddim::new(config, steps)),
            Self::DpmPlusPlus2M => Box::new(DpmPlusPlus2M::new(config, steps)),
            Self::DpmPlusPlus2MKarras => Box::new(DpmPlusPlus2M::with_karras_sigmas(config, steps)),
        })
    }

    /// The name in the window.
    pub fn label(self) -> &'static str {
        match self {
            Self::Euler => "Euler",
            Self::EulerKarras => "Euler Karras",
            Self::EulerAncestral => "Euler ancestral",
            Self::Ddim => "DDIM",
            Self::DpmPlusPlus2M => "DPM++ 2M",
            Self::DpmPlusPlus2MKarras => "DPM++ 2M Karras",
        }
    }

    /// The name on the command line and in our JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Euler => "euler",
            Self::EulerKarras => "euler-karras",
            Self::EulerAncestral => "euler-a",
            Self::Ddim => "ddim",
            Self::DpmPlusPlus2M => "dpmpp-2m",
            Self::DpmPlusPlus2MKarras => "dpmpp-2m-karras",
        }
    }

    /// Automatic1111's "Sampler" and "Schedule type".
    pub fn a1111(self) -> (&'static str, &'static str) {
        match self {
            Self::Euler => ("Euler", "Normal"),
            Self::EulerKarras => ("Euler", "Karras"),
            Self::EulerAncestral => ("Euler a", "Normal"),
            Self::Ddim => ("DDIM", "Normal"),
            Self::DpmPlusPlus2M => ("DPM++ 2M", "Normal"),
            Self::DpmPlusPlus2MKarras => ("DPM++ 2M", "Karras"),
        }
    }
}

impl FromStr for Sampler {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|sampler| sampler.word() == word).ok_or_else(|| {
            Error::input(
                format!("There is no sampler named {word:?}."),
                format!("Choose one of {}.", Self::ALL.map(Self::word).join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_and_are_what_json_holds() {
        for sampler in Sampler::ALL {
            assert_eq!(sampler.word().parse::<Sampler>().unwrap(), sampler);
            assert_eq!(serde_json::to_value(sampler).unwrap(), sampler.word());
        }
        let message = "heun".parse::<Sampler>().unwrap_err().to_string();
        assert!(message.contains("heun") && message.contains("dpmpp-2m-karras"), "{message}");
    }

    #[test]
    fn models_bring_their_sampler() {
        fn check(class_name: &str, use_karras_sigmas: bool, expected: Sampler) {
            let config =
                SchedulerConfig { class_name: class_name.into(), use_karras_sigmas, ..Default::default() };
            assert_eq!(Sampler::of_config(&config), expected);
        }
        check("EulerDiscreteScheduler", false, Sampler::Euler);
        check("EulerDiscreteScheduler", true, Sampler::EulerKarras);
        check("EulerAncestralDiscreteScheduler", false, Sampler::EulerAncestral);
        check("DDIMScheduler", false, Sampler::Ddim);
        check("DPMSolverMultistepScheduler", false, Sampler::DpmPlusPlus2M);
        check("DPMSolverMultistepScheduler", true, Sampler::DpmPlusPlus2MKarras);
        check("PNDMScheduler", false, Sampler::Euler);
    }

    #[test]
    fn impossible_step_counts_are_refused() {
        let config = SchedulerConfig { num_train_timesteps: 100, ..Default::default() };
        for sampler in Sampler::ALL {
            for steps in [0, 101, usize::MAX] {
                assert!(
                    matches!(sampler.build(&config, steps), Err(Error::Input { .. })),
                    "{sampler:?} {steps}"
                );
            }
            assert_eq!(sampler.build(&config, 99).unwrap().timesteps().len(), 99);
        }
    }
}
