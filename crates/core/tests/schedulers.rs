//! Every sampler against diffusers 0.35.2 (tests/data/schedulers/make.py), and those that people know from k-diffusion
//! against that (make_k_diffusion.py).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{collections::BTreeMap, fs, path::Path};

use ndarray::{Array4, ArrayView4};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tauscope_core::{
    diffusion::scheduler::{Sampler, Scheduler, SecondCall, Stepped},
    model::{SchedulerConfig, python_json},
};

#[derive(Deserialize)]
struct Golden {
    config: SchedulerConfig,
    steps: usize,
    timesteps: Vec<f32>,
    /// Of the second calls, where steps have them.
    #[serde(default)]
    second_timesteps: Vec<f32>,
    /// diffusers' DDIM has none.
    sigmas: Option<Vec<f32>>,
    init_noise_sigma: f32,
    /// After each step, or after the last only.
    latents: Vec<Vec<f32>>,
    denoised: Vec<f32>,
}

#[test]
fn every_sampler_gives_the_numbers_of_diffusers() {
    for sampler in Sampler::ALL {
        let goldens: Vec<Golden> = read(sampler.word());
        assert!(!goldens.is_empty());
        for golden in &goldens {
            check(sampler, golden);
        }
    }
}

/// What make.py wrote under this name.
fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/schedulers/{name}.json"));
    serde_json::from_value(python_json::parse(&fs::read(path).unwrap()).unwrap()).unwrap()
}

#[test]
fn every_class_has_the_defaults_of_diffusers() {
    let classes: BTreeMap<String, BTreeMap<String, Value>> = read("classes");
    let mut compared = 0;
    for (class, theirs) in &classes {
        let config: SchedulerConfig = serde_json::from_value(json!({ "_class_name": class })).unwrap();
        let ours = serde_json::to_value(&config).unwrap();
        for (key, value) in theirs {
            // -Infinity, which is no value there, and EDM's levels, which are numbers of `Edm`, are null here.
            if let Some(our_value) = ours.get(key).filter(|value| !value.is_null()) {
                let are_equal = match (our_value.as_f64(), value.as_f64()) {
                    (Some(ours), Some(theirs)) => ours == theirs,
                    _ => our_value == value,
                };
                assert!(are_equal, "{class}: {key} is {our_value}, not {value}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn timesteps_without_keys_are_those_of_the_class() {
    fn check(class: &str, expected: [f32; 7]) {
        let betas = json!({
            "_class_name": class, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
        });
        let config: SchedulerConfig = serde_json::from_value(betas).unwrap();
        let scheduler = Sampler::of_config(&config).build(&config, 7).unwrap();
        assert_eq!(scheduler.timesteps(), expected, "{class}");
    }
    check("EulerDiscreteScheduler", [999.0, 832.5, 666.0, 499.5, 333.0, 166.5, 0.0]);
    check("HeunDiscreteScheduler", [999.0, 832.5, 666.0, 499.5, 333.0, 166.5, 0.0]);
    check("DPMSolverMultistepScheduler", [999.0, 856.0, 714.0, 571.0, 428.0, 285.0, 143.0]);
    check("UniPCMultistepScheduler", [999.0, 856.0, 714.0, 571.0, 428.0, 285.0, 143.0]);
    check("DDIMScheduler", [852.0, 710.0, 568.0, 426.0, 284.0, 142.0, 0.0]);
    check("TheirOwnScheduler", [853.0, 711.0, 569.0, 427.0, 285.0, 143.0, 1.0]);
}

/// A run of k-diffusion.
#[derive(Deserialize)]
struct Reference {
    sampler: Sampler,
    config: SchedulerConfig,
    steps: usize,
    /// After the last step.
    latents: Vec<f32>,
}

#[test]
fn samplers_from_k_diffusion_give_its_numbers() {
    let references: Vec<Reference> = read("k-diffusion");
    assert!(references.len() > 4);
    for Reference { sampler, config, steps, latents: expected } in references {
        let mut scheduler = sampler.build(&config, steps).unwrap();
        // k-diffusion begins at the highest noise level, and so do its latents; others begin at unit variance.
        let highest = scheduler.sigmas()[0];
        let is_preserving = scheduler.init_noise_sigma() == 1.0;
        let first = if is_preserving { highest / (highest * highest + 1.0).sqrt() } else { highest };
        let mut latents = start() * first;
        for step in 0..steps {
            latents = run_step(&mut *scheduler, step, steps, latents.view()).0.latents;
        }
        assert_close(latents.as_slice().unwrap(), &expected, &format!("latents of {sampler:?}"));
    }
}

/// One step with the formulas in place of a model and of noise, and the timestep of its second call.
fn run_step(
    scheduler: &mut dyn Scheduler,
    step: usize,
    steps: usize,
    latents: ArrayView4<'_, f32>,
) -> (Stepped, Option<f32>) {
    let wants_noise = scheduler.wants_noise();
    let noise = |index| wants_noise.then(|| fake_noise(index));
    let mut output = fake_output(&scheduler.scale_model_input(latents, step), step);
    let mut fresh = noise(step);
    let call = scheduler.second_call(output.view(), step, latents, fresh.as_ref().map(|noise| noise.view()));
    let second_timestep = call.as_ref().map(|call| call.timestep);
    if let Some(SecondCall { input, .. }) = call {
        output = fake_output(&input, step);
        fresh = noise(steps + step);
    }
    let stepped = scheduler.step(output.view(), step, latents, fresh.as_ref().map(|noise| noise.view()));
    (stepped, second_timestep)
}

#[test]
fn a_run_that_is_resumed_goes_on_bit_for_bit() {
    const STEPS: usize = 8;
    for sampler in Sampler::ALL {
        let config = SchedulerConfig { solver_order: 3, ..Default::default() };
        let mut scheduler = sampler.build(&config, STEPS).unwrap();
        let mut latents = start() * scheduler.init_noise_sigma();
        let mut states = Vec::new();
        for step in 0..STEPS {
            let stepped = run_step(&mut *scheduler, step, STEPS, latents.view()).0;
            latents = stepped.latents;
            states.push((latents.clone(), stepped.denoised, scheduler.memory()));
        }
        for from in 1..STEPS {
            let (mut resumed, denoised, memory) = states[from - 1].clone();
            let mut scheduler = sampler.build(&config, STEPS).unwrap();
            scheduler.resume(from, denoised.view(), &memory);
            for (step, (.., memory)) in states.iter().enumerate().skip(from) {
                resumed = run_step(&mut *scheduler, step, STEPS, resumed.view()).0.latents;
                assert_eq!(&scheduler.memory(), memory, "{sampler:?} from {from} at {step}");
            }
            assert_eq!(resumed, latents, "{sampler:?} from {from}");
        }
    }
}

fn check(sampler: Sampler, golden: &Golden) {
    let what = |part: &str| format!("{part} of {sampler:?}, {} steps, {:?}", golden.steps, golden.config);
    let mut scheduler = sampler.build(&golden.config, golden.steps).unwrap();
    assert_close(scheduler.timesteps(), &golden.timesteps, &what("timesteps"));
    if let Some(sigmas) = &golden.sigmas {
        assert_close(scheduler.sigmas(), sigmas, &what("sigmas"));
    }
    assert_eq!(scheduler.sigmas().len(), golden.steps + 1);
    assert_close(&[scheduler.init_noise_sigma()], &[golden.init_noise_sigma], &what("init_noise_sigma"));

    let mut latents = start() * scheduler.init_noise_sigma();
    let mut second_timesteps = Vec::new();
    let first_held = golden.steps - golden.latents.len();
    for step in 0..golden.steps {
        let (stepped, second_timestep) = run_step(&mut *scheduler, step, golden.steps, latents.view());
        second_timesteps.extend(second_timestep);
        // A first sigma of 4096 (zero terminal signal-to-noise) cancels, and leaves one rounding of what it began with.
        let rounding = f32::EPSILON * largest(latents.as_slice().unwrap());
        latents = stepped.latents;
        if step >= first_held {
            let expected = &golden.latents[step - first_held];
            let what = what(&format!("latents after step {step}"));
            assert_within(latents.as_slice().unwrap(), expected, 1e-5 * largest(expected) + rounding, &what);
            latents = Array4::from_shape_vec(latents.raw_dim(), expected.clone()).unwrap();
        }
        if step + 1 == golden.steps {
            assert_close(stepped.denoised.as_slice().unwrap(), &golden.denoised, &what("denoised"));
        }
    }
    assert_close(&second_timesteps, &golden.second_timesteps, &what("second timesteps"));
}

/// Within 1e-5 of the largest value.
fn assert_close(got: &[f32], expected: &[f32], what: &str) {
    assert_within(got, expected, 1e-5 * largest(expected), what);
}

fn assert_within(got: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= tolerance, "{what}: {got} instead of {expected}");
    }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

fn start() -> Array4<f32> {
    tiny(|i| (i * 7.0 % 16.0 - 7.5) / 8.0)
}

fn fake_output(model_input: &Array4<f32>, step: usize) -> Array4<f32> {
    0.5 * model_input + tiny(|i| 0.02 * (i % 5.0 - 2.0)) + 0.01 * step as f32
}

fn fake_noise(step: usize) -> Array4<f32> {
    tiny(|i| ((i * 5.0 + 3.0 * step as f32) % 16.0 - 7.5) / 8.0)
}

/// Latents whose values follow from their index.
fn tiny(value: impl Fn(f32) -> f32) -> Array4<f32> {
    let mut index = 0.0;
    Array4::from_shape_simple_fn((1, 4, 2, 2), || {
        index += 1.0;
        value(index - 1.0)
    })
}
