//! The samplers a person can choose, and the schedules that they make of a model's configuration.

use super::{
    Scheduler,
    ddim::Ddim,
    dpm_multistep::{DpmMultistep, Kind},
    dpm_sde::DpmSde,
    dpm_singlestep::DpmSinglestep,
    euler::Euler,
    euler_ancestral::EulerAncestral,
    heun::Heun,
    lcm::{self, Lcm},
    spread::Spread,
    uni_pc::UniPc,
};
use crate::{
    error::{Error, Result},
    model::{Edm, PredictionType, SchedulerConfig, SigmaSchedule},
};

/// The samplers a person can choose. Their names are in one table, [`Self::word`] and others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sampler {
    /// Euler, the default.
    #[default]
    Euler,
    /// Euler with Karras sigmas.
    EulerKarras,
    /// Euler ancestral: adds fresh noise at each step.
    EulerAncestral,
    /// Heun: calls the model twice a step.
    Heun,
    /// Heun with Karras sigmas.
    HeunKarras,
    /// DDIM, eta 0.
    Ddim,
    /// DPM-Solver++ 2M.
    DpmPlusPlus2M,
    /// DPM-Solver++ 2M with Karras sigmas.
    DpmPlusPlus2MKarras,
    /// DPM-Solver++ 2M with noise levels evenly in their logarithm.
    DpmPlusPlus2MLu,
    /// DPM-Solver++ 2M SDE: adds fresh noise at each step.
    DpmPlusPlus2MSde,
    /// DPM-Solver++ 2M SDE with Karras sigmas.
    DpmPlusPlus2MSdeKarras,
    /// DPM-Solver++ 3M.
    DpmPlusPlus3M,
    /// DPM-Solver++ 3M with Karras sigmas.
    DpmPlusPlus3MKarras,
    /// DPM-Solver++ 3M SDE: adds fresh noise at each step.
    DpmPlusPlus3MSde,
    /// DPM-Solver++ 3M SDE with Karras sigmas.
    DpmPlusPlus3MSdeKarras,
    /// DPM-Solver++ 2S: every other step goes from where the step before it began.
    DpmPlusPlus2S,
    /// DPM-Solver++ 2S with Karras sigmas.
    DpmPlusPlus2SKarras,
    /// DPM-Solver++ SDE: adds fresh noise and calls the model twice a step.
    DpmPlusPlusSde,
    /// DPM-Solver++ SDE with Karras sigmas.
    DpmPlusPlusSdeKarras,
    /// UniPC.
    UniPc,
    /// UniPC with Karras sigmas.
    UniPcKarras,
    /// LCM, for models that were distilled to a few steps: adds fresh noise at each step.
    Lcm,
}

impl Sampler {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 22] = [
        Self::Euler,
        Self::EulerKarras,
        Self::EulerAncestral,
        Self::Heun,
        Self::HeunKarras,
        Self::Ddim,
        Self::DpmPlusPlus2M,
        Self::DpmPlusPlus2MKarras,
        Self::DpmPlusPlus2MLu,
        Self::DpmPlusPlus2MSde,
        Self::DpmPlusPlus2MSdeKarras,
        Self::DpmPlusPlus3M,
        Self::DpmPlusPlus3MKarras,
        Self::DpmPlusPlus3MSde,
        Self::DpmPlusPlus3MSdeKarras,
        Self::DpmPlusPlus2S,
        Self::DpmPlusPlus2SKarras,
        Self::DpmPlusPlusSde,
        Self::DpmPlusPlusSdeKarras,
        Self::UniPc,
        Self::UniPcKarras,
        Self::Lcm,
    ];

    /// How often it calls the model in each step but the last one, which needs one call.
    pub fn calls_per_step(self) -> usize {
        match self {
            Self::Heun | Self::HeunKarras | Self::DpmPlusPlusSde | Self::DpmPlusPlusSdeKarras => 2,
            _ => 1,
        }
    }

    /// A schedule of `steps` steps for a model's configuration, as diffusers' `from_config` and `set_timesteps` give
    /// it. The sampler alone decides about what is in its name: Karras sigmas, the order of the solver, fresh noise.
    ///
    /// # Errors
    /// [`Error::Input`] for a sampler that this model cannot be sampled with, for no steps, for more than the model
    /// was trained on, and for a configuration whose noise levels do not fall.
    pub fn build(self, config: &SchedulerConfig, steps: usize) -> Result<Box<dyn Scheduler>> {
        let config = &self.config(config);
        let most = match self {
            // One more level than steps is laid out, and all must differ.
            _ if self.looks_back(config) => config.num_train_timesteps.saturating_sub(1),
            Self::Lcm => lcm::most_steps(config),
            _ => config.num_train_timesteps,
        };
        if most == 0 {
            return Err(self.unfit("which was trained on one timestep alone.", "Choose Euler."));
        }
        if steps == 0 || steps > most {
            let remedy = if most == 1 {
                "Choose 1 step.".into()
            } else {
                format!("Choose between 1 and {most} steps.")
            };
            return Err(Error::input(
                format!("{} cannot run {steps} steps with this model.", self.label()),
                remedy,
            ));
        }
        let scheduler = match config.edm() {
            Some(edm) => self.build_edm(config, &edm, steps),
            None => self.build_discrete(config, steps),
        }?;
        if self.has_sound_levels(config, &*scheduler) {
            Ok(scheduler)
        } else {
            Err(Error::input(
                format!(
                    "The model's scheduler_config.json gives {} no falling noise levels for {steps} steps.",
                    self.label()
                ),
                "Choose fewer steps or another sampler, or download the file again.",
            ))
        }
    }

    /// Which multistep solver it is, for a configuration that may keep it at first order.
    pub(super) fn multistep(self, config: &SchedulerConfig) -> Option<Kind> {
        let (order, is_stochastic) = match self {
            Self::DpmPlusPlus2M | Self::DpmPlusPlus2MKarras | Self::DpmPlusPlus2MLu => {
                (config.solver_order.min(2), false)
            }
            Self::DpmPlusPlus2MSde | Self::DpmPlusPlus2MSdeKarras => (config.solver_order.min(2), true),
            Self::DpmPlusPlus3M | Self::DpmPlusPlus3MKarras => (3, false),
            Self::DpmPlusPlus3MSde | Self::DpmPlusPlus3MSdeKarras => (3, true),
            _ => return None,
        };
        Some(Kind { order, is_stochastic })
    }

    /// Whether it divides by how far apart the noise levels of two steps are.
    fn looks_back(self, config: &SchedulerConfig) -> bool {
        let is_other =
            matches!(self, Self::DpmPlusPlus2S | Self::DpmPlusPlus2SKarras | Self::UniPc | Self::UniPcKarras);
        self.multistep(config).is_some() || is_other
    }

    /// Whether all numbers of a schedule are finite, as are the squares of its levels, which fall.
    fn has_sound_levels(self, config: &SchedulerConfig, scheduler: &dyn Scheduler) -> bool {
        let must_differ = self.looks_back(config) || self.has_middles();
        let is_finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let levels = &scheduler.sigmas()[..scheduler.timesteps().len()];
        is_finite(scheduler.timesteps())
            && is_finite(scheduler.sigmas())
            && scheduler.init_noise_sigma().is_finite()
            && levels.iter().all(|&sigma| sigma > 0.0 && (sigma * sigma).is_finite())
            && levels.windows(2).all(|pair| pair[0] > pair[1] || (pair[0] == pair[1] && !must_differ))
    }

    /// Whether noise of a step is divided at its middle.
    fn has_middles(self) -> bool {
        matches!(self, Self::DpmPlusPlusSde | Self::DpmPlusPlusSdeKarras)
    }

    /// How its noise levels are spread: as its name says, or as the configuration does for multistep solvers that have no
    /// name of their own for it.
    fn spread(self, config: &SchedulerConfig) -> Option<Spread> {
        match self {
            _ if self.has_karras_sigmas() => Some(Spread::Karras),
            Self::DpmPlusPlus2MLu => Some(Spread::Lu),
            Self::DpmPlusPlus2M => Spread::of(config),
            _ if config.use_lu_lambdas && self.multistep(config).is_some() => Some(Spread::Lu),
            _ => Spread::of(config),
        }
    }

    fn build_discrete(self, config: &SchedulerConfig, steps: usize) -> Result<Box<dyn Scheduler>> {
        let tells_levels = matches!(self, Self::Euler | Self::EulerKarras);
        if config.has_continuous_timesteps() && !tells_levels {
            return Err(self.unfit("whose timesteps are noise levels.", "Choose Euler."));
        }
        // The first step would divide by the share of the picture, of which there is none in pure noise.
        let begins_at_noise = match self {
            Self::Ddim => Ddim::new(config, steps).begins_at_noise(),
            Self::Lcm => Lcm::new(config, steps).begins_at_noise(),
            _ => false,
        };
        if begins_at_noise && config.prediction_type == PredictionType::Epsilon {
            return Err(self.unfit("which begins at pure noise but predicts noise.", "Choose Euler."));
        }
        if self == Self::Lcm && !config.has_sound_scaling() {
            return Err(self.unfit("whose timestep_scaling is not from 0 to 1000000.", "Choose Euler."));
        }
        let spread = self.spread(config);
        if let Some(kind) = self.multistep(config) {
            return Ok(Box::new(DpmMultistep::new(config, steps, spread, kind)));
        }
        Ok(match self {
            Self::EulerAncestral => Box::new(EulerAncestral::new(config, steps)),
            Self::Heun | Self::HeunKarras => Box::new(Heun::new(config, steps, spread)),
            Self::Ddim => Box::new(Ddim::new(config, steps)),
            Self::DpmPlusPlusSde | Self::DpmPlusPlusSdeKarras => Box::new(DpmSde::new(config, steps, spread)),
            Self::DpmPlusPlus2S | Self::DpmPlusPlus2SKarras => {
                Box::new(DpmSinglestep::new(config, steps, spread))
            }
            Self::UniPc | Self::UniPcKarras => Box::new(UniPc::new(config, steps, spread)),
            Self::Lcm => Box::new(Lcm::new(config, steps)),
            _ => Box::new(Euler::new(config, steps, spread)),
        })
    }

    /// With the model's own noise levels, or Karras sigmas where the sampler says so.
    fn build_edm(self, config: &SchedulerConfig, edm: &Edm, steps: usize) -> Result<Box<dyn Scheduler>> {
        let schedule = if self.has_karras_sigmas() { SigmaSchedule::Karras } else { edm.schedule };
        let edm = &Edm { schedule, ..*edm };
        if let Some(kind) = self.multistep(config) {
            return Ok(Box::new(DpmMultistep::with_edm(config, edm, steps, kind)));
        }
        match self {
            Self::Euler | Self::EulerKarras => Ok(Box::new(Euler::with_edm(config, edm, steps))),
            _ => Err(self.unfit("whose noise levels are EDM's.", "Choose Euler or DPM++ 2M.")),
        }
    }

    fn unfit(self, why: &str, remedy: &str) -> Error {
        Error::input(format!("{} cannot sample this model, {why}", self.label()), remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TimestepSpacing, TimestepType};

    #[test]
    fn samplers_that_a_model_cannot_be_sampled_with_are_refused() {
        fn check(config: &SchedulerConfig, is_refused: impl Fn(Sampler) -> bool, expected: &str) {
            for sampler in Sampler::ALL {
                let message = sampler.build(config, 4).err().map(|error| error.to_string());
                assert_eq!(message.is_some(), is_refused(sampler), "{sampler:?}: {message:?}");
                assert!(message.is_none_or(|message| message.contains(expected)));
            }
        }
        let is_euler = |sampler| matches!(sampler, Sampler::Euler | Sampler::EulerKarras);
        let edm = SchedulerConfig { class_name: "EDMEulerScheduler".into(), ..Default::default() };
        let fits_edm = |sampler: Sampler| is_euler(sampler) || sampler.multistep(&edm).is_some();
        check(&edm, |sampler| !fits_edm(sampler), "Choose Euler or DPM++ 2M.");
        let zero_snr = SchedulerConfig { rescale_betas_zero_snr: true, ..Default::default() };
        check(&zero_snr, |sampler| sampler == Sampler::Lcm, "begins at pure noise");
        let is_preserving = |sampler| matches!(sampler, Sampler::Ddim | Sampler::Lcm);
        let late = SchedulerConfig { steps_offset: 999, ..zero_snr.clone() };
        let noisy = SchedulerConfig { beta_start: 0.5, beta_end: 0.9999, ..Default::default() };
        for sampler in [Sampler::Ddim, Sampler::Lcm] {
            for config in [&late, &noisy] {
                let message = sampler.build(config, 4).err().unwrap().to_string();
                assert!(message.contains("begins at pure noise"), "{message}");
            }
        }
        let trailing = SchedulerConfig { timestep_spacing: TimestepSpacing::Trailing, ..zero_snr };
        check(&trailing, is_preserving, "begins at pure noise");
        let velocity = SchedulerConfig { prediction_type: PredictionType::VPrediction, ..trailing };
        check(&velocity, |_| false, "");
        let continuous = SchedulerConfig { timestep_type: TimestepType::Continuous, ..velocity };
        check(&continuous, |sampler| !is_euler(sampler), "timesteps are noise levels");
        let scaled = SchedulerConfig { timestep_scaling: 1e300, ..Default::default() };
        check(&scaled, |sampler| sampler == Sampler::Lcm, "timestep_scaling");
        let huge = SchedulerConfig { sigma_max: Some(1e30), ..Default::default() };
        check(&huge, Sampler::has_karras_sigmas, "no falling noise levels");
    }

    #[test]
    fn impossible_step_counts_are_refused() {
        let config = SchedulerConfig {
            num_train_timesteps: 100,
            steps_offset: 0,
            original_inference_steps: 99,
            ..Default::default()
        };
        for sampler in Sampler::ALL {
            for steps in [0, 101, usize::MAX] {
                assert!(
                    matches!(sampler.build(&config, steps), Err(Error::Input { .. })),
                    "{sampler:?} {steps}"
                );
            }
            assert_eq!(sampler.build(&config, 99).unwrap().timesteps().len(), 99);
        }
        let one = SchedulerConfig { num_train_timesteps: 1, steps_offset: 0, ..config };
        let message = Sampler::UniPc.build(&one, 1).err().unwrap().to_string();
        assert!(message.contains("one timestep"), "{message}");
        assert!(Sampler::Euler.build(&one, 1).is_ok());
        let message = Sampler::Euler.build(&one, 2).err().unwrap().to_string();
        assert!(message.ends_with("Choose 1 step."), "{message}");
    }

    #[test]
    fn levels_that_come_twice_are_refused_where_they_must_differ() {
        // The first two timesteps are both beyond the last one of the training.
        let config = SchedulerConfig { num_train_timesteps: 100, ..Default::default() };
        assert!(Sampler::Euler.build(&config, 100).is_ok());
        let message = Sampler::DpmPlusPlus2M.build(&config, 99).err().unwrap().to_string();
        assert!(message.contains("no falling noise levels for 99 steps"), "{message}");
    }
}
