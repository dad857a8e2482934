//! Every sampler against diffusers 0.35.2 (tests/data/schedulers/make.py).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{fs, path::Path};

use ndarray::Array4;
use serde::Deserialize;
use tauscope_core::{diffusion::scheduler::Sampler, model::SchedulerConfig};

#[derive(Deserialize)]
struct Golden {
    config: SchedulerConfig,
    steps: usize,
    timesteps: Vec<f32>,
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
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/data/schedulers/{}.json", sampler.word()));
        let goldens: Vec<Golden> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert!(!goldens.is_empty());
        for golden in &goldens {
            check(sampler, golden);
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
    let first_held = golden.steps - golden.latents.len();
    for step in 0..golden.steps {
        let output = fake_output(&scheduler.scale_model_input(latents.view(), step), step);
        let noise = fake_noise(step);
        let noise = scheduler.wants_noise().then(|| noise.view());
        let stepped = scheduler.step(output.view(), step, latents.view(), noise);
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
