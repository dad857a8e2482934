//! What a scheduler's configuration has where it says nothing: the constructors of diffusers 0.35.2.

use super::{BetaSchedule, SchedulerConfig, TimestepSpacing};

/// Declares [`BY_CLASS`] and [`fill`] for these keys.
macro_rules! by_class {
    ($($key:ident),+) => {
        /// The keys whose defaults differ between classes.
        pub(super) const BY_CLASS: &[&str] = &[$(stringify!($key)),+];

        /// Takes the keys that `config` lacks from `defaults`.
        pub(super) fn fill(config: &mut SchedulerConfig, defaults: SchedulerConfig) {
            $(if config.missing.contains(stringify!($key)) {
                config.$key = defaults.$key;
            })+
        }
    };
}

by_class!(
    beta_start,
    beta_end,
    beta_schedule,
    timestep_spacing,
    steps_offset,
    set_alpha_to_one,
    clip_sample,
    lower_order_final,
    solver_type,
    algorithm_type
);

/// The defaults of a class; `None` if it is not known.
pub(super) fn of_class(class: &str) -> Option<SchedulerConfig> {
    let usual = SchedulerConfig {
        beta_start: 0.0001,
        beta_end: 0.02,
        beta_schedule: BetaSchedule::Linear,
        timestep_spacing: TimestepSpacing::Linspace,
        steps_offset: 0,
        ..Default::default()
    };
    let leading = SchedulerConfig { timestep_spacing: TimestepSpacing::Leading, ..usual.clone() };
    Some(match class {
        "DPMSolverMultistepScheduler"
        | "EDMDPMSolverMultistepScheduler"
        | "EDMEulerScheduler"
        | "EulerAncestralDiscreteScheduler"
        | "EulerDiscreteScheduler"
        | "LMSDiscreteScheduler" => usual,
        "DPMSolverSinglestepScheduler" => SchedulerConfig { lower_order_final: false, ..usual },
        "UniPCMultistepScheduler" => SchedulerConfig { solver_type: "bh2".into(), ..usual },
        "DEISMultistepScheduler" => {
            SchedulerConfig { algorithm_type: "deis".into(), solver_type: "logrho".into(), ..usual }
        }
        "SASolverScheduler" => SchedulerConfig { algorithm_type: "data_prediction".into(), ..usual },
        "DPMSolverSDEScheduler"
        | "HeunDiscreteScheduler"
        | "KDPM2AncestralDiscreteScheduler"
        | "KDPM2DiscreteScheduler" => SchedulerConfig { beta_start: 0.00085, beta_end: 0.012, ..usual },
        "DDIMParallelScheduler" | "DDIMScheduler" | "DDPMParallelScheduler" | "DDPMScheduler" => {
            SchedulerConfig { clip_sample: true, ..leading }
        }
        "PNDMScheduler" => SchedulerConfig { set_alpha_to_one: false, ..leading },
        "LCMScheduler" | "TCDScheduler" => SchedulerConfig {
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: BetaSchedule::ScaledLinear,
            ..leading
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_missing_key_has_the_default_of_its_class() {
        fn check(config: Value, expected: (f64, BetaSchedule, TimestepSpacing, usize)) {
            let config: SchedulerConfig = serde_json::from_value(config).unwrap();
            let SchedulerConfig { beta_start, beta_schedule, timestep_spacing, steps_offset, .. } = config;
            assert_eq!((beta_start, beta_schedule, timestep_spacing, steps_offset), expected, "{config:?}");
        }
        let class = |class: &str| json!({ "_class_name": class });
        check(class("EulerDiscreteScheduler"), (0.0001, BetaSchedule::Linear, TimestepSpacing::Linspace, 0));
        check(class("DDIMScheduler"), (0.0001, BetaSchedule::Linear, TimestepSpacing::Leading, 0));
        check(class("LCMScheduler"), (0.00085, BetaSchedule::ScaledLinear, TimestepSpacing::Leading, 0));
        check(class("HeunDiscreteScheduler"), (0.00085, BetaSchedule::Linear, TimestepSpacing::Linspace, 0));
        let usual = (0.00085, BetaSchedule::ScaledLinear, TimestepSpacing::Leading, 1);
        check(class("TheirOwnScheduler"), usual);
        check(json!({}), usual);
        check(
            json!({ "_class_name": "EulerDiscreteScheduler", "steps_offset": 1, "beta_start": null, "timestep_spacing": null }),
            (0.0001, BetaSchedule::Linear, TimestepSpacing::Linspace, 1),
        );
    }

    #[test]
    fn another_class_brings_its_own_defaults_but_not_over_what_was_saved() {
        let saved = json!({ "_class_name": "EulerDiscreteScheduler", "beta_start": 0.001 });
        let config: SchedulerConfig = serde_json::from_value(saved).unwrap();
        let ddim = config.with_defaults_of("DDIMScheduler");
        assert_eq!((ddim.beta_start, ddim.timestep_spacing), (0.001, TimestepSpacing::Leading));
        assert_eq!(ddim.class_name, "EulerDiscreteScheduler");
        let usual = SchedulerConfig::default();
        assert_eq!(usual.with_defaults_of("DDIMScheduler"), usual);
    }
}
