//! Tests: whatever a configuration holds, it makes a schedule of finite numbers or a sentence.

use ndarray::Array4;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde_json::{Map, Value, json};

use super::{Sampler, SecondCall, notices};
use crate::{Error, model::SchedulerConfig};

/// Values of each key, difficult ones among them.
fn keys() -> Vec<(&'static str, Vec<Value>)> {
    let flags = || vec![json!(true), json!(false)];
    vec![
        (
            "_class_name",
            [
                "EulerDiscreteScheduler",
                "EulerAncestralDiscreteScheduler",
                "DDIMScheduler",
                "LCMScheduler",
                "PNDMScheduler",
                "DPMSolverMultistepScheduler",
                "UniPCMultistepScheduler",
                "HeunDiscreteScheduler",
                "DPMSolverSDEScheduler",
                "DPMSolverSinglestepScheduler",
                "EDMEulerScheduler",
                "EDMDPMSolverMultistepScheduler",
                "TheirOwnScheduler",
                "",
            ]
            .map(Value::from)
            .to_vec(),
        ),
        (
            "num_train_timesteps",
            [json!(0), json!(1), json!(2), json!(10), json!(1000), json!(1_u64 << 40)].to_vec(),
        ),
        ("beta_start", [0.0, 1e-12, 1e-4, 0.00085, 0.5, 0.999, -1.0].map(Value::from).to_vec()),
        ("beta_end", [0.0, 1e-12, 1e-4, 0.012, 0.02, 0.9999, 1.0, 2.0].map(Value::from).to_vec()),
        ("beta_schedule", ["linear", "scaled_linear", "squaredcos_cap_v2", "exp"].map(Value::from).to_vec()),
        (
            "trained_betas",
            vec![json!([]), json!([0.1]), json!([0.1, 0.2]), json!(vec![0.5; 10]), Value::Null],
        ),
        ("prediction_type", ["epsilon", "v_prediction", "sample"].map(Value::from).to_vec()),
        ("timestep_spacing", ["leading", "trailing", "linspace"].map(Value::from).to_vec()),
        ("steps_offset", [json!(0), json!(1), json!(5), json!(999), json!(u64::MAX), json!(-1)].to_vec()),
        ("use_karras_sigmas", flags()),
        ("use_exponential_sigmas", flags()),
        ("use_beta_sigmas", flags()),
        ("use_lu_lambdas", flags()),
        ("interpolation_type", ["linear", "log_linear"].map(Value::from).to_vec()),
        ("timestep_type", ["discrete", "continuous"].map(Value::from).to_vec()),
        ("set_alpha_to_one", flags()),
        ("clip_sample", flags()),
        ("clip_sample_range", vec![json!(-1), json!(0.0), json!(1e-30), json!(1), json!("Infinity")]),
        ("thresholding", flags()),
        ("dynamic_thresholding_ratio", [-1.0, 0.0, 0.995, 1.0, 2.0].map(Value::from).to_vec()),
        ("sample_max_value", vec![json!(0.0), json!(1e-30), json!(1), json!(1e300), json!("Infinity")]),
        ("rescale_betas_zero_snr", flags()),
        ("final_sigmas_type", ["zero", "sigma_min"].map(Value::from).to_vec()),
        ("solver_order", (0..6).map(Value::from).collect()),
        ("algorithm_type", ["dpmsolver++", "sde-dpmsolver++", "dpmsolver", "?"].map(Value::from).to_vec()),
        ("solver_type", ["midpoint", "heun", "bh1", "bh2", "?"].map(Value::from).to_vec()),
        ("lower_order_final", flags()),
        ("euler_at_final", flags()),
        ("disable_corrector", vec![json!([]), json!([0, 2]), json!([u64::MAX])]),
        ("lambda_min_clipped", vec![json!("-Infinity"), json!("NaN"), json!(-5.1), json!(1e300)]),
        ("original_inference_steps", [json!(0), json!(1), json!(50), json!(u64::MAX)].to_vec()),
        ("timestep_scaling", [0.0, 10.0, 1e300, -1.0].map(Value::from).to_vec()),
        ("sigma_min", [0.0, 1e-300, 0.002, 0.03, 1e30].map(Value::from).to_vec()),
        ("sigma_max", [0.0, 1e-300, 0.03, 80.0, 1e30, 1e300].map(Value::from).to_vec()),
        ("sigma_data", [0.0, 1e-300, 0.5, 1e300].map(Value::from).to_vec()),
        ("rho", [0.0, 1e-3, 7.0, 1e6].map(Value::from).to_vec()),
        ("sigma_schedule", ["karras", "exponential"].map(Value::from).to_vec()),
    ]
}

/// Keys that decide together how a run ends.
const ENDS: [&str; 5] =
    ["final_sigmas_type", "solver_order", "solver_type", "lower_order_final", "euler_at_final"];

/// `count` configurations, the same each time: a few keys of each are difficult, the others those of SDXL. Every other one
/// has all of [`ENDS`].
fn configurations(count: usize) -> impl Iterator<Item = Value> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut below = move |limit: usize| random.next_u32() as usize % limit;
    let keys = keys();
    (0..count).map(move |number| {
        let mut config = Map::new();
        let ends = keys.iter().filter(|(key, _)| number % 2 == 0 && ENDS.contains(key));
        for (key, values) in ends {
            config.insert((*key).to_owned(), values[below(values.len())].clone());
        }
        for _ in 0..1 + below(8) {
            let (key, values) = &keys[below(keys.len())];
            config.insert((*key).to_owned(), values[below(values.len())].clone());
        }
        Value::Object(config)
    })
}

#[test]
fn any_configuration_makes_finite_levels_or_a_sentence() {
    let (mut runs, mut refused) = (0, 0);
    for saved in configurations(500) {
        let Ok(config) = serde_json::from_value::<SchedulerConfig>(saved.clone()) else { continue };
        // The file is refused with this rule.
        if config.broken_rule().is_some() {
            continue;
        }
        for sampler in Sampler::ALL {
            notices(&config, sampler);
            for steps in [0, 1, 2, 3, 7, 20, usize::MAX] {
                match sampler.build(&config, steps) {
                    Ok(scheduler) => {
                        let what = format!("{sampler:?}, {steps} steps, {saved}");
                        let mut numbers = scheduler.timesteps().iter().chain(scheduler.sigmas());
                        assert!(numbers.all(|number| number.is_finite()), "{what}");
                        assert!(scheduler.init_noise_sigma().is_finite(), "{what}");
                        let lengths = (scheduler.timesteps().len(), scheduler.sigmas().len());
                        assert_eq!(lengths, (steps, steps + 1), "{what}");
                        runs += 1;
                    }
                    Err(Error::Input { .. }) => refused += 1,
                    Err(error) => panic!("{sampler:?}, {steps} steps, {saved}: {error}"),
                }
            }
        }
    }
    assert!(runs > 1000 && refused > 1000, "{runs} {refused}");
}

#[test]
fn any_configuration_makes_steps_of_finite_numbers() {
    const STEPS: usize = 5;
    for saved in configurations(2000) {
        let Ok(config) = serde_json::from_value::<SchedulerConfig>(saved.clone()) else { continue };
        if config.broken_rule().is_some() {
            continue;
        }
        for sampler in Sampler::ALL {
            let Ok(mut scheduler) = sampler.build(&config, STEPS) else { continue };
            let mut latents = Array4::from_elem((1, 4, 1, 1), scheduler.init_noise_sigma());
            let noise = Array4::from_elem((1, 4, 1, 1), 0.5);
            for step in 0..STEPS {
                let noise = scheduler.wants_noise().then(|| noise.view());
                let mut output = 0.5 * scheduler.scale_model_input(latents.view(), step);
                let call = scheduler.second_call(output.view(), step, latents.view(), noise);
                if let Some(SecondCall { input, timestep }) = call {
                    assert!(timestep.is_finite());
                    output = 0.5 * input;
                }
                latents = scheduler.step(output.view(), step, latents.view(), noise).latents;
                assert_eq!(latents.dim(), (1, 4, 1, 1));
                let is_finite = latents.iter().all(|latent| latent.is_finite());
                assert!(is_finite, "{sampler:?}, step {step}, {saved}");
            }
        }
    }
}
