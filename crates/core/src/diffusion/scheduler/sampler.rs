//! The samplers a person can choose, and their names in the window, on the command line and in files.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    Scheduler,
    ddim::Ddim,
    dpm_plus_plus_2m::DpmPlusPlus2M,
    euler::Euler,
    euler_ancestral::EulerAncestral,
    lcm::{self, Lcm},
};
use crate::{
    error::{Error, Result},
    model::{Edm, PredictionType, SchedulerConfig, SigmaSchedule, TimestepSpacing},
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
    /// LCM, for models that were distilled to a few steps: adds fresh noise at each step.
    #[serde(rename = "lcm")]
    Lcm,
}

impl Sampler {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Euler,
        Self::EulerKarras,
        Self::EulerAncestral,
        Self::Ddim,
        Self::DpmPlusPlus2M,
        Self::DpmPlusPlus2MKarras,
        Self::Lcm,
    ];

    /// The sampler that a model was saved with, or the nearest one; Euler for classes that are not offered.
    pub fn of_config(config: &SchedulerConfig) -> Self {
        match (config.class_name.as_str(), config.use_karras_sigmas) {
            (_, false) if config.has_continuous_timesteps() => Self::Euler,
            (_, true) if config.has_continuous_timesteps() => Self::EulerKarras,
            ("EulerAncestralDiscreteScheduler", _) => Self::EulerAncestral,
            ("DDIMScheduler", _) => Self::Ddim,
            ("LCMScheduler" | "TCDScheduler", _) => Self::Lcm,
            ("EDMDPMSolverMultistepScheduler", _) | ("DPMSolverMultistepScheduler", false) => {
                Self::DpmPlusPlus2M
            }
            ("DPMSolverMultistepScheduler", true) => Self::DpmPlusPlus2MKarras,
            (_, false) => Self::Euler,
            (_, true) => Self::EulerKarras,
        }
    }

    /// A schedule of `steps` steps for a model's configuration, as diffusers' `from_config` and `set_timesteps` give
    /// it. The sampler alone decides about Karras sigmas.
    ///
    /// # Errors
    /// [`Error::Input`] for a sampler that this model cannot be sampled with, for no steps, and for more than the model
    /// was trained on.
    pub fn build(self, config: &SchedulerConfig, steps: usize) -> Result<Box<dyn Scheduler>> {
        let most = match self {
            // One more level than steps is laid out, and all must differ.
            Self::DpmPlusPlus2M | Self::DpmPlusPlus2MKarras => config.num_train_timesteps.saturating_sub(1),
            Self::Lcm => lcm::most_steps(config),
            _ => config.num_train_timesteps,
        };
        if steps == 0 || steps > most {
            return Err(Error::input(
                format!("{} cannot run {steps} steps with this model.", self.label()),
                format!("Choose between 1 and {most} steps."),
            ));
        }
        match config.edm() {
            Some(edm) => self.build_edm(config, &edm, steps),
            None => self.build_discrete(config, steps),
        }
    }

    fn build_discrete(self, config: &SchedulerConfig, steps: usize) -> Result<Box<dyn Scheduler>> {
        // Its first step would divide by the share of the picture, of which there is none in pure noise.
        let is_blind = config.rescale_betas_zero_snr
            && config.prediction_type == PredictionType::Epsilon
            && (self == Self::Lcm || config.timestep_spacing != TimestepSpacing::Leading);
        let tells_levels = matches!(self, Self::Euler | Self::EulerKarras);
        Ok(match self {
            _ if config.has_continuous_timesteps() && !tells_levels => {
                return Err(self.unfit("whose timesteps are noise levels.", "Choose Euler."));
            }
            Self::Euler => Box::new(Euler::new(config, steps)),
            Self::EulerKarras => Box::new(Euler::with_karras_sigmas(config, steps)),
            Self::EulerAncestral => Box::new(EulerAncestral::new(config, steps)),
            Self::Ddim | Self::Lcm if is_blind => {
                let why = "which begins at pure noise but predicts noise.";
                return Err(self.unfit(why, "Choose Euler."));
            }
            Self::Ddim => Box::new(Ddim::new(config, steps)),
            Self::DpmPlusPlus2M => Box::new(DpmPlusPlus2M::new(config, steps)),
            Self::DpmPlusPlus2MKarras => Box::new(DpmPlusPlus2M::with_karras_sigmas(config, steps)),
            Self::Lcm => Box::new(Lcm::new(config, steps)),
        })
    }

    /// With the model's own noise levels, or Karras sigmas where the sampler says so.
    fn build_edm(self, config: &SchedulerConfig, edm: &Edm, steps: usize) -> Result<Box<dyn Scheduler>> {
        let karras = Edm { schedule: SigmaSchedule::Karras, ..*edm };
        Ok(match self {
            Self::Euler => Box::new(Euler::with_edm(config, edm, steps)),
            Self::EulerKarras => Box::new(Euler::with_edm(config, &karras, steps)),
            Self::DpmPlusPlus2M => Box::new(DpmPlusPlus2M::with_edm(config, edm, steps)),
            Self::DpmPlusPlus2MKarras => Box::new(DpmPlusPlus2M::with_edm(config, &karras, steps)),
            Self::EulerAncestral | Self::Ddim | Self::Lcm => {
                return Err(self.unfit("whose noise levels are EDM's.", "Choose Euler or DPM++ 2M."));
            }
        })
    }

    fn unfit(self, why: &str, remedy: &str) -> Error {
        Error::input(format!("{} cannot sample this model, {why}", self.label()), remedy)
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
            Self::Lcm => "LCM",
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
            Self::Lcm => "lcm",
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
            Self::Lcm => ("LCM", "Normal"),
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
    use crate::model::TimestepType;

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
        check("LCMScheduler", false, Sampler::Lcm);
        check("EDMEulerScheduler", false, Sampler::Euler);
        check("EDMDPMSolverMultistepScheduler", false, Sampler::DpmPlusPlus2M);
        check("PNDMScheduler", false, Sampler::Euler);
    }

    #[test]
    fn samplers_that_a_model_cannot_be_sampled_with_are_refused() {
        fn check(config: &SchedulerConfig, refused: &[Sampler], expected: &str) {
            for sampler in Sampler::ALL {
                let message = sampler.build(config, 4).err().map(|error| error.to_string());
                assert_eq!(message.is_some(), refused.contains(&sampler), "{sampler:?}: {message:?}");
                assert!(message.is_none_or(|message| message.contains(expected)));
            }
        }
        let edm = SchedulerConfig { class_name: "EDMEulerScheduler".into(), ..Default::default() };
        check(&edm, &[Sampler::EulerAncestral, Sampler::Ddim, Sampler::Lcm], "Choose Euler or DPM++ 2M.");
        let zero_snr = SchedulerConfig { rescale_betas_zero_snr: true, ..Default::default() };
        check(&zero_snr, &[Sampler::Lcm], "begins at pure noise");
        let trailing = SchedulerConfig { timestep_spacing: TimestepSpacing::Trailing, ..zero_snr };
        check(&trailing, &[Sampler::Ddim, Sampler::Lcm], "begins at pure noise");
        let velocity = SchedulerConfig { prediction_type: PredictionType::VPrediction, ..trailing };
        check(&velocity, &[], "");
        let continuous = SchedulerConfig { timestep_type: TimestepType::Continuous, ..velocity };
        let refused: Vec<_> =
            Sampler::ALL.into_iter().filter(|sampler| !sampler.word().starts_with("euler")).collect();
        check(&continuous, &[refused, vec![Sampler::EulerAncestral]].concat(), "timesteps are noise levels");
    }

    #[test]
    fn impossible_step_counts_are_refused() {
        let config =
            SchedulerConfig { num_train_timesteps: 100, original_inference_steps: 99, ..Default::default() };
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
