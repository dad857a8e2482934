//! What a person should know about a model's scheduler configuration: what it asks for and does not get, and what it gets
//! though it is unusual. Pure: decided from the configuration and the sampler.

use std::fmt;

use super::{Sampler, tables::training_sigmas};
use crate::model::SchedulerConfig;

/// One thing that a person should know about the scheduler's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchedulerNotice {
    /// The model's own solver is not offered.
    Replaced {
        /// Its class in diffusers.
        class: String,
        /// What samples instead.
        sampler: Sampler,
    },
    /// A key has a value that is not done.
    NotDone {
        /// The key and its value.
        asked: String,
        /// What happens instead, a clause.
        instead: &'static str,
    },
    /// The steps are of first order, though the sampler's name says more.
    FirstOrder {
        /// The sampler in use.
        sampler: Sampler,
    },
    /// Clean latents are bounded, which is done for pixels.
    Bounded {
        /// The key that says so.
        key: &'static str,
    },
}

impl fmt::Display for SchedulerNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced { class, sampler } => write!(
                f,
                "The model's scheduler is {class}, which is not offered: {} samples instead. Pictures differ from those of \
                 diffusers.",
                sampler.label()
            ),
            Self::NotDone { asked, instead } => {
                write!(f, "The scheduler's configuration asks for {asked}, which is not done: {instead}.")
            }
            Self::FirstOrder { sampler } => write!(
                f,
                "The scheduler's configuration asks for solver_order 1, so {} takes steps of first order.",
                sampler.label()
            ),
            Self::Bounded { key } => write!(
                f,
                "The scheduler's configuration asks for {key}, which is meant for pixels and flattens pictures of SDXL. If \
                 they look flat, set it to false in the model's scheduler_config.json."
            ),
        }
    }
}

/// The order beyond which no solver goes.
const MOST_ORDER: usize = 3;

/// What a person should know about `config` under `sampler`. That a solver is replaced is told of the model's own sampler only;
/// another one was chosen. Keys that `sampler` does not know are nobody's request, as in diffusers.
pub fn notices(config: &SchedulerConfig, sampler: Sampler) -> Vec<SchedulerNotice> {
    let own = sampler == Sampler::of_config(config);
    let config = &sampler.config(config);
    let class = &config.class_name;
    let is_offered = Sampler::is_offered(class);
    let replaced = (own && !class.is_empty() && !is_offered)
        .then(|| SchedulerNotice::Replaced { class: class.clone(), sampler });
    let is_multistep = sampler.multistep(config).is_some();
    let is_singlestep = matches!(sampler, Sampler::DpmPlusPlus2S | Sampler::DpmPlusPlus2SKarras);
    let is_dpm = is_multistep || is_singlestep;
    let is_uni_pc = matches!(sampler, Sampler::UniPc | Sampler::UniPcKarras);
    let is_of_singlestep = class == "DPMSolverSinglestepScheduler";
    // What another class says about its own algorithm does not concern the sampler that stands for it.
    let says_algorithm = is_dpm && (is_of_singlestep || class.ends_with("DPMSolverMultistepScheduler"));
    let says_singlestep = own && is_of_singlestep;
    let says_solver = is_uni_pc && class == "UniPCMultistepScheduler";
    let is_known = |names: &[&str], name: &String| names.contains(&name.as_str());

    let order = config.solver_order;
    let algorithm = &config.algorithm_type;
    let solver = &config.solver_type;
    let not_done = [
        (
            own && is_offered && class != "EulerDiscreteScheduler" && config.has_continuous_timesteps(),
            format!("timestep_type continuous with {class}"),
            "Euler samples",
        ),
        (
            says_algorithm && is_known(&["dpmsolver", "sde-dpmsolver"], algorithm),
            format!("algorithm_type {algorithm}"),
            "its data-predicting form (++) samples",
        ),
        (
            says_algorithm && !is_known(&["midpoint", "heun", "logrho", "bh1", "bh2"], solver),
            format!("solver_type {solver}"),
            "second-order steps use the midpoint",
        ),
        (
            says_solver && !is_known(&["bh1", "bh2", "midpoint", "heun", "logrho"], solver),
            format!("solver_type {solver}"),
            "bh2 samples",
        ),
        (
            (says_algorithm || says_solver) && !says_singlestep && order > MOST_ORDER,
            format!("solver_order {order}"),
            "the solver is of order 3",
        ),
        (
            says_singlestep && order >= MOST_ORDER,
            format!("solver_order {order} with {class}"),
            "the multistep solver of order 3 samples",
        ),
        (
            says_singlestep && algorithm.starts_with("sde-"),
            format!("algorithm_type {algorithm} with {class}"),
            "the multistep solver with fresh noise samples",
        ),
        (
            (is_dpm || is_uni_pc) && config.use_flow_sigmas,
            "use_flow_sigmas".into(),
            "the noise levels are those of SDXL's training",
        ),
        (
            is_dpm && clips_lambda(config),
            "a lambda_min_clipped that leaves out the highest noise levels".into(),
            "all noise levels are used",
        ),
        (
            is_dpm && config.variance_type.as_ref().is_some_and(|kind| kind.starts_with("learned")),
            "variance_type learned".into(),
            "the UNet's whole output is its prediction",
        ),
        (is_uni_pc && !config.predict_x0, "predict_x0 false".into(), "the solver works on clean latents"),
        (
            is_uni_pc && config.solver_p.is_some(),
            "solver_p, another scheduler inside of UniPC,".into(),
            "UniPC predicts by itself",
        ),
    ];
    let not_done = not_done.into_iter().filter(|(is_asked, ..)| *is_asked);
    let not_done = not_done.map(|(_, asked, instead)| SchedulerNotice::NotDone { asked, instead });
    let steps_are_lower = match sampler.multistep(config) {
        Some(kind) => kind.order == 1,
        None => is_singlestep && order == 1,
    };
    let first_order = steps_are_lower.then_some(SchedulerNotice::FirstOrder { sampler });
    let bounded = bounding_key(config, sampler).map(|key| SchedulerNotice::Bounded { key });
    replaced.into_iter().chain(not_done).chain(first_order).chain(bounded).collect()
}

/// The key by which `sampler` bounds clean latents, if it does.
fn bounding_key(config: &SchedulerConfig, sampler: Sampler) -> Option<&'static str> {
    let knows_both = matches!(sampler, Sampler::Ddim | Sampler::Lcm);
    let clips = knows_both || matches!(sampler, Sampler::Heun | Sampler::HeunKarras);
    let thresholds = knows_both
        || matches!(sampler, Sampler::UniPc | Sampler::UniPcKarras)
        || matches!(sampler, Sampler::DpmPlusPlus2S | Sampler::DpmPlusPlus2SKarras)
        || sampler.multistep(config).is_some();
    if thresholds && config.thresholding {
        Some("thresholding")
    } else {
        (clips && config.clip_sample && config.clip_sample_range.is_finite()).then_some("clip_sample")
    }
}

/// Whether the lowest logarithmic signal-to-noise ratio of the training lies below the clip.
fn clips_lambda(config: &SchedulerConfig) -> bool {
    let highest = training_sigmas(config).last().map_or(0.0, |&sigma| f64::from(sigma));
    config.edm().is_none() && config.lambda_min_clipped.is_some_and(|clip| -highest.ln() < clip)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The notices of a configuration, each as far as it is said here; `sampler` is the model's own if it is `None`.
    fn check(config: Value, sampler: Option<Sampler>, expected: &[&str]) {
        let config: SchedulerConfig = serde_json::from_value(config).unwrap();
        let sampler = sampler.unwrap_or_else(|| Sampler::of_config(&config));
        let told: Vec<_> = notices(&config, sampler).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected) && told.contains("scheduler"), "{told}, not {expected}");
        }
    }

    #[test]
    fn a_solver_that_is_replaced_is_told_of_the_models_own_sampler() {
        let class = |name: &str| json!({ "_class_name": name });
        check(class("EulerDiscreteScheduler"), None, &[]);
        check(class("DPMSolverMultistepScheduler"), None, &[]);
        check(class("UniPCMultistepScheduler"), None, &[]);
        check(class("DPMSolverSinglestepScheduler"), None, &[]);
        check(
            json!({ "_class_name": "DPMSolverSinglestepScheduler", "solver_order": 3 }),
            None,
            &[
                "solver_order 3 with DPMSolverSinglestepScheduler, which is not done: the multistep solver of order 3",
            ],
        );
        check(
            json!({ "_class_name": "DPMSolverSinglestepScheduler", "solver_order": 3 }),
            Some(Sampler::DpmPlusPlus2S),
            &[],
        );
        check(
            json!({ "_class_name": "DPMSolverSinglestepScheduler", "algorithm_type": "sde-dpmsolver++" }),
            None,
            &["algorithm_type sde-dpmsolver++ with DPMSolverSinglestepScheduler, which is not done"],
        );
        let continuous = |class: &str| json!({ "_class_name": class, "timestep_type": "continuous", "prediction_type": "v_prediction" });
        check(continuous("EulerDiscreteScheduler"), None, &[]);
        check(
            continuous("UniPCMultistepScheduler"),
            None,
            &["timestep_type continuous with UniPCMultistepScheduler, which is not done: Euler samples"],
        );
        check(class("EDMDPMSolverMultistepScheduler"), None, &[]);
        check(
            class("DEISMultistepScheduler"),
            None,
            &["DEISMultistepScheduler, which is not offered: UniPC"],
        );
        check(class("DEISMultistepScheduler"), Some(Sampler::Euler), &[]);
        check(class("PNDMScheduler"), None, &["PNDMScheduler, which is not offered: Euler samples"]);
        check(class("TheirOwnScheduler"), None, &["TheirOwnScheduler, which is not offered: Euler"]);
        check(json!({}), None, &[]);
    }

    #[test]
    fn a_key_that_is_not_done_is_told_of_the_samplers_that_know_it() {
        let with =
            |key: &str, value: Value| json!({ "_class_name": "DPMSolverMultistepScheduler", key: value });
        check(with("algorithm_type", json!("sde-dpmsolver++")), None, &[]);
        check(
            with("algorithm_type", json!("dpmsolver")),
            None,
            &["algorithm_type dpmsolver, which is not done"],
        );
        check(with("algorithm_type", json!("dpmsolver")), Some(Sampler::Euler), &[]);
        check(with("solver_order", json!(3)), None, &[]);
        check(with("solver_order", json!(4)), None, &["solver_order 4"]);
        check(with("use_lu_lambdas", json!(true)), None, &[]);
        check(with("use_flow_sigmas", json!(true)), None, &["use_flow_sigmas"]);
        check(with("lambda_min_clipped", json!("-Infinity")), None, &[]);
        check(with("lambda_min_clipped", json!(-20.0)), None, &[]);
        check(with("lambda_min_clipped", json!(0.0)), None, &["lambda_min_clipped"]);
        check(with("variance_type", json!("learned_range")), None, &["variance_type learned"]);
        let uni_pc =
            |key: &str, value: Value| json!({ "_class_name": "UniPCMultistepScheduler", key: value });
        check(uni_pc("predict_x0", json!(false)), None, &["predict_x0 false"]);
        check(uni_pc("solver_p", json!({ "_class_name": "DDIMScheduler" })), None, &["solver_p"]);
        check(uni_pc("solver_type", json!("bh1")), None, &[]);
    }

    #[test]
    fn the_singlestep_solver_is_told_of_as_the_multistep_one_is() {
        for key in [
            json!({ "algorithm_type": "dpmsolver" }),
            json!({ "solver_type": "cubic" }),
            json!({ "use_flow_sigmas": true }),
            json!({ "lambda_min_clipped": 0.0 }),
            json!({ "variance_type": "learned_range" }),
            json!({ "solver_order": 1 }),
            json!({ "thresholding": true }),
        ] {
            let told = |class: &str, sampler: Option<Sampler>| {
                let mut config = key.clone();
                config["_class_name"] = class.into();
                let config: SchedulerConfig = serde_json::from_value(config).unwrap();
                let sampler = sampler.unwrap_or_else(|| Sampler::of_config(&config));
                notices(&config, sampler)
                    .iter()
                    .map(|notice| notice.to_string().replace("DPM++ 2S", "DPM++ 2M"))
                    .collect::<Vec<_>>()
            };
            let expected = told("DPMSolverMultistepScheduler", None);
            assert_eq!(expected.len(), 1, "{key}: {expected:?}");
            assert_eq!(told("DPMSolverSinglestepScheduler", None), expected);
            assert_eq!(told("DPMSolverSinglestepScheduler", Some(Sampler::DpmPlusPlus2M)), expected);
            assert_eq!(told("DPMSolverMultistepScheduler", Some(Sampler::DpmPlusPlus2SKarras)).len(), 1);
        }
    }

    #[test]
    fn first_order_and_bounded_latents_are_told_where_they_act() {
        let with = |class: &str, key: &str, value: Value| json!({ "_class_name": class, key: value });
        let order = |order: usize| with("DPMSolverMultistepScheduler", "solver_order", json!(order));
        check(order(1), None, &["DPM++ 2M takes steps of first order"]);
        check(order(1), Some(Sampler::DpmPlusPlus3M), &[]);
        check(order(2), None, &[]);
        let clips = with("DDIMScheduler", "clip_sample", json!(true));
        check(clips.clone(), None, &["clip_sample, which is meant for pixels"]);
        check(clips.clone(), Some(Sampler::Heun), &["clip_sample"]);
        check(clips, Some(Sampler::UniPc), &[]);
        check(json!({ "_class_name": "DDIMScheduler" }), None, &["clip_sample"]);
        check(json!({ "_class_name": "DDIMScheduler" }), Some(Sampler::Heun), &[]);
        check(with("DDIMScheduler", "clip_sample", json!(false)), None, &[]);
        check(with("DDIMScheduler", "clip_sample_range", json!("Infinity")), None, &[]);
        check(with("UniPCMultistepScheduler", "thresholding", json!(true)), None, &["thresholding"]);
        check(with("EulerDiscreteScheduler", "thresholding", json!(true)), None, &[]);
    }
}
