//! How a model wants to be sampled where a person has not said so. Pure: decided from what its folder says.

use serde::{Deserialize, Serialize};

use super::{Settings, scheduler::Sampler};
use crate::model::{ModelFolder, PredictionType, SchedulerConfig, TimestepSpacing};

/// Sampler, steps and guidance of a first picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Defaults {
    /// Which scheduler.
    pub sampler: Sampler,
    /// Number of steps.
    pub steps: usize,
    /// Classifier-free guidance scale.
    pub guidance_scale: f32,
}

impl Default for Defaults {
    /// What suits SDXL base.
    fn default() -> Self {
        Self { sampler: Sampler::Euler, steps: 25, guidance_scale: 6.0 }
    }
}

impl Defaults {
    /// What suits a model. The sampler is the one that it was saved with. Steps and guidance follow from the first of
    /// these that holds:
    ///
    /// 1. It takes the guidance scale as an input (LCM-SDXL): 4 steps, guidance 8.
    /// 2. It was saved with LCM's or TCD's scheduler: 4 steps, no guidance.
    /// 3. It was trained on EDM's noise levels: 25 steps, guidance 3, as the makers of Playground v2.5 advise.
    /// 4. It was saved with Euler or DDIM and trailing spacing, and is no model of velocities or zero terminal
    ///    signal-to-noise, which trail for another reason: SDXL-Turbo, Lightning, Hyper. 4 steps, no guidance.
    /// 5. Its name says that it was distilled, though its schedule does not: a fine-tune of one of these. 6 steps,
    ///    guidance 2.
    /// 6. Everything else: as SDXL base.
    pub fn of(model: &ModelFolder) -> Self {
        Self::decide(&model.scheduler, model.unet.guidance_width.is_some(), &model.name)
    }

    fn decide(config: &SchedulerConfig, takes_guidance: bool, name: &str) -> Self {
        const DISTILLED: [&str; 4] = ["turbo", "lightning", "lcm", "hyper"];
        let sampler = Sampler::of_config(config);
        let is_single_step = matches!(sampler, Sampler::Euler | Sampler::EulerAncestral | Sampler::Ddim);
        let is_trailing = config.timestep_spacing == TimestepSpacing::Trailing
            && config.prediction_type != PredictionType::VPrediction
            && !config.rescale_betas_zero_snr;
        let name = name.to_lowercase();
        let usual = Self::default();
        let (steps, guidance_scale) = if takes_guidance {
            (4, 8.0)
        } else if sampler == Sampler::Lcm {
            (4, 1.0)
        } else if config.edm().is_some() {
            (usual.steps, 3.0)
        } else if is_trailing && is_single_step {
            (4, 0.0)
        } else if DISTILLED.iter().any(|word| name.contains(word)) {
            (6, 2.0)
        } else {
            (usual.steps, usual.guidance_scale)
        };
        Self { sampler, steps, guidance_scale }
    }

    /// Puts these in the place of the values of `before` in `settings`. Any other value there is a person's choice and
    /// stays.
    pub fn replace(&self, before: &Self, settings: &mut Settings) {
        if settings.sampler == before.sampler {
            settings.sampler = self.sampler;
        }
        if settings.guidance_scale == before.guidance_scale {
            settings.guidance_scale = self.guidance_scale;
        }
        if settings.steps == before.steps && settings.steps != self.steps {
            settings.steps = self.steps;
            // They are given by step, so they mean nothing in a run of another length.
            settings.changes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_by_its_schedule_first() {
        fn check(config: serde_json::Value, name: &str, expected: (Sampler, usize, f32)) {
            let config = serde_json::from_value(config).unwrap();
            let Defaults { sampler, steps, guidance_scale } = Defaults::decide(&config, false, name);
            assert_eq!((sampler, steps, guidance_scale), expected, "{name} {config:?}");
        }
        let saved = |class: &str, spacing: &str| serde_json::json!({ "_class_name": class, "timestep_spacing": spacing, "steps_offset": 1 });
        let euler = |spacing| saved("EulerDiscreteScheduler", spacing);
        check(euler("leading"), "sdxl-base", (Sampler::Euler, 25, 6.0));
        check(euler("trailing"), "sdxl-base", (Sampler::Euler, 4, 0.0));
        check(euler("leading"), "SDXL-Lightning", (Sampler::Euler, 6, 2.0));
        check(saved("EulerAncestralDiscreteScheduler", "trailing"), "x", (Sampler::EulerAncestral, 4, 0.0));
        check(saved("DDIMScheduler", "trailing"), "x", (Sampler::Ddim, 4, 0.0));
        check(saved("LCMScheduler", "leading"), "x", (Sampler::Lcm, 4, 1.0));
        check(saved("TCDScheduler", "leading"), "x", (Sampler::Lcm, 4, 1.0));
        check(saved("EDMDPMSolverMultistepScheduler", "leading"), "x", (Sampler::DpmPlusPlus2M, 25, 3.0));
        check(saved("DPMSolverMultistepScheduler", "trailing"), "x", (Sampler::DpmPlusPlus2M, 25, 6.0));
        let mut velocity = euler("trailing");
        velocity["prediction_type"] = "v_prediction".into();
        check(velocity, "x", (Sampler::Euler, 25, 6.0));
        let mut zero_snr = euler("trailing");
        zero_snr["rescale_betas_zero_snr"] = true.into();
        check(zero_snr, "x", (Sampler::Euler, 25, 6.0));
    }

    #[test]
    fn a_model_that_takes_the_guidance_scale_gets_one() {
        let defaults = Defaults::decide(&SchedulerConfig::default(), true, "lcm-sdxl");
        assert_eq!((defaults.steps, defaults.guidance_scale), (4, 8.0));
    }

    #[test]
    fn what_a_person_chose_stays() {
        fn check(settings: Settings, expected: (Sampler, usize, f32)) {
            let turbo = Defaults { sampler: Sampler::EulerAncestral, steps: 4, guidance_scale: 0.0 };
            let mut replaced = settings;
            turbo.replace(&Defaults::default(), &mut replaced);
            assert_eq!((replaced.sampler, replaced.steps, replaced.guidance_scale), expected);
        }
        let usual = Settings::default();
        check(usual.clone(), (Sampler::EulerAncestral, 4, 0.0));
        check(Settings { steps: 8, ..usual.clone() }, (Sampler::EulerAncestral, 8, 0.0));
        check(Settings { guidance_scale: 1.5, ..usual.clone() }, (Sampler::EulerAncestral, 4, 1.5));
        check(Settings { sampler: Sampler::Ddim, ..usual }, (Sampler::Ddim, 4, 0.0));
    }
}
