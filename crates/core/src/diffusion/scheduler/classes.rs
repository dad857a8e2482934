//! Which sampler stands for a diffusers class, and which class a sampler is in diffusers.

use super::Sampler;
use crate::model::SchedulerConfig;

impl Sampler {
    /// The sampler that a model was saved with, or the nearest one; Euler for classes that are not known.
    pub fn of_config(config: &SchedulerConfig) -> Self {
        let class = config.class_name.as_str();
        let is_karras = config.use_karras_sigmas;
        let plain_or_karras = |plain, karras| if is_karras { karras } else { plain };
        let is_stochastic = config.algorithm_type.starts_with("sde-");
        let of_second_order = || match is_stochastic {
            false if config.use_lu_lambdas && !is_karras => Self::DpmPlusPlus2MLu,
            false => plain_or_karras(Self::DpmPlusPlus2M, Self::DpmPlusPlus2MKarras),
            true => plain_or_karras(Self::DpmPlusPlus2MSde, Self::DpmPlusPlus2MSdeKarras),
        };
        let of_third_order = || match is_stochastic {
            false => plain_or_karras(Self::DpmPlusPlus3M, Self::DpmPlusPlus3MKarras),
            true => plain_or_karras(Self::DpmPlusPlus3MSde, Self::DpmPlusPlus3MSdeKarras),
        };
        match class {
            _ if config.has_continuous_timesteps() => plain_or_karras(Self::Euler, Self::EulerKarras),
            "EulerAncestralDiscreteScheduler"
            | "KDPM2AncestralDiscreteScheduler"
            | "DDPMScheduler"
            | "DDPMParallelScheduler" => Self::EulerAncestral,
            "HeunDiscreteScheduler" | "KDPM2DiscreteScheduler" => {
                plain_or_karras(Self::Heun, Self::HeunKarras)
            }
            "DDIMScheduler" | "DDIMParallelScheduler" => Self::Ddim,
            // These always have levels of their own, which are Karras sigmas unless the configuration says otherwise.
            "EDMDPMSolverMultistepScheduler" => match (is_stochastic, config.solver_order) {
                (false, ..3) => Self::DpmPlusPlus2M,
                (false, _) => Self::DpmPlusPlus3M,
                (true, ..3) => Self::DpmPlusPlus2MSde,
                (true, _) => Self::DpmPlusPlus3MSde,
            },
            "EDMEulerScheduler" => Self::Euler,
            "DPMSolverSinglestepScheduler" if !is_stochastic && config.solver_order < 3 => {
                plain_or_karras(Self::DpmPlusPlus2S, Self::DpmPlusPlus2SKarras)
            }
            "DPMSolverMultistepScheduler" | "DPMSolverSinglestepScheduler" if config.solver_order < 3 => {
                of_second_order()
            }
            "DPMSolverMultistepScheduler" | "DPMSolverSinglestepScheduler" => of_third_order(),
            "SASolverScheduler" => plain_or_karras(Self::DpmPlusPlus2MSde, Self::DpmPlusPlus2MSdeKarras),
            "DPMSolverSDEScheduler" => plain_or_karras(Self::DpmPlusPlusSde, Self::DpmPlusPlusSdeKarras),
            "UniPCMultistepScheduler" | "DEISMultistepScheduler" => {
                plain_or_karras(Self::UniPc, Self::UniPcKarras)
            }
            "LCMScheduler" | "TCDScheduler" => Self::Lcm,
            _ => plain_or_karras(Self::Euler, Self::EulerKarras),
        }
    }

    /// Whether a class is done here, and no other stands for it, whatever single keys ask for.
    pub(super) fn is_offered(class: &str) -> bool {
        // These are the same under other names.
        let is_alias = class.starts_with("EDM") || class == "DDIMParallelScheduler";
        is_alias || Self::ALL.into_iter().any(|sampler| sampler.class() == class)
    }

    /// Its class in diffusers.
    fn class(self) -> &'static str {
        match self {
            Self::Euler | Self::EulerKarras => "EulerDiscreteScheduler",
            Self::EulerAncestral => "EulerAncestralDiscreteScheduler",
            Self::Heun | Self::HeunKarras => "HeunDiscreteScheduler",
            Self::Ddim => "DDIMScheduler",
            Self::DpmPlusPlus2M
            | Self::DpmPlusPlus2MKarras
            | Self::DpmPlusPlus2MLu
            | Self::DpmPlusPlus2MSde
            | Self::DpmPlusPlus2MSdeKarras
            | Self::DpmPlusPlus3M
            | Self::DpmPlusPlus3MKarras
            | Self::DpmPlusPlus3MSde
            | Self::DpmPlusPlus3MSdeKarras => "DPMSolverMultistepScheduler",
            Self::DpmPlusPlus2S | Self::DpmPlusPlus2SKarras => "DPMSolverSinglestepScheduler",
            Self::DpmPlusPlusSde | Self::DpmPlusPlusSdeKarras => "DPMSolverSDEScheduler",
            Self::UniPc | Self::UniPcKarras => "UniPCMultistepScheduler",
            Self::Lcm => "LCMScheduler",
        }
    }

    /// The configuration that this sampler runs with, so that it paints what diffusers paints. The model's own scheduler,
    /// and what stands for it, has the defaults of the model's class. A scheduler that a person chose instead has those of
    /// its own class, as with `from_config` in diffusers: keys that were never saved are not handed over. It clips only
    /// if that was saved: DDIM's default is meant for pixels, and latents of SDXL reach beyond ±1.
    pub(super) fn config(self, config: &SchedulerConfig) -> SchedulerConfig {
        if self == Self::of_config(config) {
            return config.clone();
        }
        let clip_sample = config.clip_sample && !config.missing.contains("clip_sample");
        SchedulerConfig { clip_sample, ..config.with_defaults_of(self.class()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::TimestepSpacing;

    #[test]
    fn models_bring_their_sampler() {
        fn check(config: serde_json::Value, expected: Sampler) {
            let config = serde_json::from_value(config).unwrap();
            assert_eq!(Sampler::of_config(&config), expected, "{config:?}");
        }
        let class = |name: &str| json!({ "_class_name": name });
        let karras = |name: &str| json!({ "_class_name": name, "use_karras_sigmas": true });
        check(class("EulerDiscreteScheduler"), Sampler::Euler);
        check(karras("EulerDiscreteScheduler"), Sampler::EulerKarras);
        check(class("EulerAncestralDiscreteScheduler"), Sampler::EulerAncestral);
        check(class("HeunDiscreteScheduler"), Sampler::Heun);
        check(karras("HeunDiscreteScheduler"), Sampler::HeunKarras);
        check(class("DDIMScheduler"), Sampler::Ddim);
        check(class("DPMSolverMultistepScheduler"), Sampler::DpmPlusPlus2M);
        check(karras("DPMSolverMultistepScheduler"), Sampler::DpmPlusPlus2MKarras);
        check(class("DPMSolverSDEScheduler"), Sampler::DpmPlusPlusSde);
        check(class("DPMSolverSinglestepScheduler"), Sampler::DpmPlusPlus2S);
        check(karras("DPMSolverSinglestepScheduler"), Sampler::DpmPlusPlus2SKarras);
        check(class("UniPCMultistepScheduler"), Sampler::UniPc);
        check(karras("UniPCMultistepScheduler"), Sampler::UniPcKarras);
        check(class("LCMScheduler"), Sampler::Lcm);
        check(class("EDMEulerScheduler"), Sampler::Euler);
        check(class("EDMDPMSolverMultistepScheduler"), Sampler::DpmPlusPlus2M);
        check(class("PNDMScheduler"), Sampler::Euler);
        check(class("DEISMultistepScheduler"), Sampler::UniPc);
        let lu = |is_karras: bool| json!({ "_class_name": "DPMSolverMultistepScheduler", "use_lu_lambdas": true, "use_karras_sigmas": is_karras });
        check(lu(false), Sampler::DpmPlusPlus2MLu);
        check(lu(true), Sampler::DpmPlusPlus2MKarras);
        let solver = |order: usize, algorithm: &str, karras: bool| json!({ "_class_name": "DPMSolverMultistepScheduler", "solver_order": order, "algorithm_type": algorithm, "use_karras_sigmas": karras });
        check(solver(1, "dpmsolver++", false), Sampler::DpmPlusPlus2M);
        check(solver(3, "dpmsolver++", false), Sampler::DpmPlusPlus3M);
        check(solver(2, "sde-dpmsolver++", false), Sampler::DpmPlusPlus2MSde);
        check(solver(2, "sde-dpmsolver++", true), Sampler::DpmPlusPlus2MSdeKarras);
        check(solver(3, "sde-dpmsolver++", true), Sampler::DpmPlusPlus3MSdeKarras);
    }

    #[test]
    fn a_chosen_sampler_has_the_defaults_of_its_own_class() {
        fn check(class: &str, sampler: Sampler, expected: TimestepSpacing) {
            let config = serde_json::from_value(json!({ "_class_name": class })).unwrap();
            assert_eq!(sampler.config(&config).timestep_spacing, expected, "{class} {sampler:?}");
        }
        check("EulerDiscreteScheduler", Sampler::Euler, TimestepSpacing::Linspace);
        check("EulerDiscreteScheduler", Sampler::Ddim, TimestepSpacing::Leading);
        check("DDIMScheduler", Sampler::Ddim, TimestepSpacing::Leading);
        check("DDIMScheduler", Sampler::UniPc, TimestepSpacing::Linspace);
        // Euler stands for it here, and was chosen there.
        check("PNDMScheduler", Sampler::Euler, TimestepSpacing::Leading);
        check("PNDMScheduler", Sampler::EulerKarras, TimestepSpacing::Linspace);
        check("TheirOwnScheduler", Sampler::UniPc, TimestepSpacing::Leading);
    }

    #[test]
    fn latents_are_clipped_only_if_the_model_was_saved_so() {
        fn check(config: serde_json::Value, sampler: Sampler, expected: bool) {
            let clips = sampler.config(&serde_json::from_value(config).unwrap()).clip_sample;
            assert_eq!(clips, expected, "{sampler:?}");
        }
        let euler = "EulerDiscreteScheduler";
        check(json!({ "_class_name": "DDIMScheduler" }), Sampler::Ddim, true);
        check(json!({ "_class_name": "DDIMScheduler" }), Sampler::Heun, false);
        check(json!({ "_class_name": euler }), Sampler::Ddim, false);
        check(json!({ "_class_name": euler, "clip_sample": true }), Sampler::Ddim, true);
    }
}
