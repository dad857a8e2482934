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
