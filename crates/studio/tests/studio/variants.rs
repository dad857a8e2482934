//! SDXL's relatives, painted end to end: the embedded model with other ports (fixed shapes, whole timesteps, the guidance
//! scale as an input), which paints the same, and with other weights, schedules and statistics, which does not.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;

use ndarray::{Array4, Axis};
use serde_json::json;
use tauscope_core::{
    CancelToken,
    attention::{Control, Record},
    diffusion::{Outcome, Progress, Settings, scheduler::Sampler},
    model::ModelFolder,
    prompt::Entities,
};
use tauscope_runtime::{SessionOptions, self_test};
use tauscope_studio::worker::{Commission, Engine, Painter};
use tauscope_testing::{
    engine, engine_of,
    reference::distance,
    runtime, scenes, set,
    variants::{SCHEDULER, distilled, fixed_to, playground, with_loras},
};

/// What rounding may add up to in a few steps, where batches of another size are multiplied in another order.
const TOLERANCE: f32 = 1e-3;

#[test]
fn graphs_for_one_batch_and_size_paint_the_same() {
    let mut plain = engine();
    for batch in [1, 2] {
        let folder = fixed_to([batch, 4, 32, 32]);
        let mut fixed = engine_of(folder.path());
        assert_eq!(fixed.info().first_size(), (256, 256));
        for guidance_scale in [1.0, 6.0] {
            let settings = Settings { guidance_scale, ..steered() };
            same(&paint(&mut plain, &settings), &paint(&mut fixed, &settings));
        }
        let model = ModelFolder::open(folder.path()).unwrap();
        let test = self_test(&runtime(), &model, &SessionOptions::default(), &CancelToken::new()).unwrap();
        assert!(test.passed(), "{test:?}");
    }
}

#[test]
fn other_sizes_are_refused_before_anything_runs() {
    let folder = fixed_to([1, 4, 32, 32]);
    let mut engine = engine_of(folder.path());
    let settings = Settings { width: 320, ..steered() };
    let mut reports = 0;
    let painted =
        engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| reports += 1).unwrap_err();
    let message = painted.to_string();
    assert!(message.contains("256 x 256") && message.contains("320 x 256"), "{message}");
    assert_eq!(reports, 0);
}

#[test]
fn a_graph_of_one_width_paints_any_height() {
    let folder = fixed_to([-1, 4, -1, 24]);
    let mut fixed = engine_of(folder.path());
    assert_eq!(fixed.info().first_size(), (192, 256));
    for height in [128, 288] {
        let settings = Settings { width: 192, height, ..steered() };
        same(&paint(&mut engine(), &settings), &paint(&mut fixed, &settings));
    }
    let other =
        fixed.paint(&Commission::new(steered()), &CancelToken::new(), &mut |_| ()).unwrap_err().to_string();
    assert!(other.contains("192 px wide, and 256 x 256 px cannot be painted"), "{other}");
    let model = ModelFolder::open(folder.path()).unwrap();
    let test = self_test(&runtime(), &model, &SessionOptions::default(), &CancelToken::new()).unwrap();
    assert!(test.passed(), "{test:?}");
}

#[test]
fn a_model_that_takes_the_guidance_scale_runs_one_row() {
    // It does nothing with it, so what is left is a run without guidance.
    let folder = distilled();
    let mut distilled = engine_of(folder.path());
    assert_eq!(distilled.info().defaults.guidance_scale, 8.0);
    let unguided = Settings { guidance_scale: 1.0, ..steered() };
    let expected = paint(&mut engine(), &unguided);
    same(&expected, &paint(&mut distilled, &Settings { guidance_scale: 8.0, ..unguided }));
}

/// Playground v2.5: EDM's noise levels, and latents with statistics of their own.
#[test]
fn a_normalised_vae_under_edm_decodes_what_was_normalised() {
    const MEAN: [f32; 4] = [0.5, -0.25, 0.125, -0.5];
    const STD: [f32; 4] = [0.5, 2.0, 1.5, 0.75];
    let folder = scenes();
    set(&folder, SCHEDULER, "", playground());
    set(&folder, "vae_decoder/config.json", "/scaling_factor", json!(0.5));
    set(&folder, "vae_decoder/config.json", "/latents_mean", json!(MEAN));
    set(&folder, "vae_decoder/config.json", "/latents_std", json!(STD));
    let mut engine = engine_of(folder.path());
    let defaults = engine.info().defaults;
    assert_eq!(
        (defaults.sampler, defaults.steps, defaults.guidance_scale),
        (Sampler::DpmPlusPlus2M, 25, 3.0)
    );
    let settings =
        Settings { sampler: defaults.sampler, guidance_scale: defaults.guidance_scale, ..steered() };
    let (outcome, record) = paint(&mut engine, &settings);
    assert_eq!((outcome.sigmas[0], outcome.timesteps[0]), (80.0, 0.25 * 80_f32.ln()));
    assert_eq!(record.steps.len(), settings.steps);

    let decode = |latents: &Array4<f32>| {
        tauscope_testing::engine()
            .components()
            .decode(latents.view(), &mut |_| (), &CancelToken::new())
            .unwrap()
    };
    let scaled = outcome.latents.mapv(|value| value / 0.5);
    let mut restored = scaled.clone();
    for ((mut channel, mean), std) in restored.axis_iter_mut(Axis(1)).zip(MEAN).zip(STD) {
        channel.mapv_inplace(|value| value * std + mean);
    }
    assert!(distance(outcome.image.view(), decode(&restored).view()) < TOLERANCE);
    assert!(distance(outcome.image.view(), decode(&scaled).view()) > 0.1);
}

/// Such a graph has the same layers; only its weights distinguish it.
#[test]
fn a_lora_that_was_merged_paints_with_its_weights() {
    let folder = scenes();
    let file = folder.path().join("unet/model.onnx");
    fs::write(&file, with_loras(&fs::read(&file).unwrap(), 0.03)).unwrap();
    fs::write(folder.path().join("pytorch_lora_weights.safetensors"), "merged already").unwrap();
    let (plain, plain_record) = paint(&mut engine(), &steered());
    let (merged, record) = paint(&mut engine_of(folder.path()), &steered());
    assert_eq!(record.layers, plain_record.layers);
    assert!(distance(plain.image.view(), merged.image.view()) > 0.05);
    let maps = |record: &Record| record.steps[0].0[0].clone();
    assert!(distance(maps(&record).view(), maps(&plain_record).view()) > TOLERANCE);
    // The rewritten graph agrees with the graph itself.
    let model = ModelFolder::open(folder.path()).unwrap();
    let test = self_test(&runtime(), &model, &SessionOptions::default(), &CancelToken::new()).unwrap();
    assert!(test.passed(), "{test:?}");
}

/// Every control acts, so that a row which is steered by mistake shows.
fn steered() -> Settings {
    let prompt = "a red cat and a blue dog".to_owned();
    let entities = Entities::by_hand(&prompt, "a red cat;a blue dog").unwrap();
    let control = Control::our_reading();
    Settings { prompt, entities, control, width: 256, height: 256, steps: 3, seed: 5, ..Settings::default() }
}

fn paint(engine: &mut Engine, settings: &Settings) -> (Outcome, Record) {
    let mut record = Record::default();
    let outcome = engine.paint(&Commission::new(settings.clone()), &CancelToken::new(), &mut |progress| {
        if let Progress::Step(step) = progress {
            step.add_to(&mut record);
        }
    });
    (outcome.unwrap(), record)
}

fn same((outcome, record): &(Outcome, Record), (other, others): &(Outcome, Record)) {
    assert!(distance(outcome.image.view(), other.image.view()) < TOLERANCE);
    assert_eq!(record.layers, others.layers);
    let maps = |record: &Record| record.steps.iter().flat_map(|step| step.0.clone()).collect::<Vec<_>>();
    let (maps, others) = (maps(record), maps(others));
    assert_eq!(maps.len(), others.len());
    for (map, other) in maps.iter().zip(&others) {
        assert!(distance(map.view(), other.view()) < TOLERANCE);
    }
}
