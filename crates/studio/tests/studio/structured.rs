//! Structured Diffusion against the independent implementation (tests/data/reference/README.md): step by step, each
//! step fed with the reference's latents before it, and end to end.

use std::sync::Arc;

use ndarray::{Array2, Axis, concatenate, s};
use tauscope_core::{
    CancelToken,
    attention::{Control, TokenPlan},
    diffusion::{Change, Progress, Settings, Start, Steer, UnetInput, value_context},
    prompt::Entities,
};
use tauscope_studio::worker::{Commission, Painter};
use tauscope_testing::{
    engine,
    reference::{Reference, distance},
};

/// Largest difference of a predicted noise value.
const NOISE: f32 = 2e-3;
/// Largest difference of an attention weight.
const MAP: f32 = 1e-3;
/// Largest difference of a pixel value, and the share of values that must keep it.
const PIXEL: f32 = 2.0 / 255.0;
const PIXEL_SHARE: f64 = 0.999;

fn settings(reference: &Reference) -> Settings {
    let mut settings = reference.case.settings();
    settings.control.structured = true;
    settings.entities =
        Entities::by_hand(&settings.prompt, "a red cat;a blue dog").expect("phrases of the prompt");
    settings
}

#[test]
fn the_steps_agree() {
    let reference = Reference::read("structured");
    let settings = settings(&reference);
    let mut engine = engine();
    let cancel = CancelToken::new();
    let prompt = engine.read_prompt(&settings.prompt).expect("a prompt");
    let phrases = engine.reader().phrases_alone(&prompt, &settings.entities).expect("phrases");
    let places: Vec<_> = phrases.iter().map(|phrase| phrase.places.clone()).collect();
    assert_eq!(places, [[(1, 1), (2, 2), (3, 3)], [(1, 5), (2, 6), (3, 7)]]);
    let scheduler = settings.sampler.build(engine.scheduler_config(), settings.steps).expect("a schedule");

    let model = engine.components();
    let alone = phrases.iter().map(|phrase| {
        (phrase, model.encode_text(&phrase.chunks, &cancel).expect("an embedding of the phrase").context)
    });
    let values = value_context(&reference.get("prompt_embeds"), &alone.collect::<Vec<_>>());
    let negative = reference.get::<ndarray::Ix3>("negative_prompt_embeds");
    let values = concatenate(Axis(0), &[negative.view(), values.view()]).expect("equal shapes");
    let context = reference.rows::<ndarray::Ix3>("negative_prompt_embeds", "prompt_embeds");
    let pooled = reference.rows::<ndarray::Ix2>("negative_pooled", "pooled");
    let time_ids = reference.get::<ndarray::Ix2>("time_ids");
    let time_ids: Array2<f32> = concatenate(Axis(0), &[time_ids.view(); 2]).expect("equal shapes");

    let control = settings.control.at(0.0, &TokenPlan::neutral(context.len_of(Axis(1))));
    let latents = reference.get::<ndarray::Ix4>("latents");
    let mut before = reference.get::<ndarray::Ix4>("init_latents") * scheduler.init_noise_sigma();
    for step in 0..settings.steps {
        let scaled = scheduler.scale_model_input(before.view(), step);
        let sample = concatenate(Axis(0), &[scaled.view(); 2]).expect("equal shapes");
        let input = UnetInput {
            sample: sample.view(),
            timestep: scheduler.timesteps()[step],
            context: context.view(),
            values: Some(values.view()),
            pooled: pooled.view(),
            time_ids: time_ids.view(),
            guidance_scale: 1.0,
            control: &control,
            conditional_row: 1,
            patch: None,
        };
        let got = model.predict(&input, &cancel).expect("a prediction");
        for (row, name) in ["noise_pred_uncond", "noise_pred_cond"].into_iter().enumerate() {
            let expected = reference.get::<ndarray::Ix4>(name);
            let worst = distance(got.output.index_axis(Axis(0), row), expected.index_axis(Axis(0), step));
            assert!(worst <= NOISE, "step {step}: {name} differs by {worst}");
        }
        for (layer, map) in model.cross_attention_layers().iter().zip(&got.maps.0) {
            let expected = reference.get::<ndarray::Ix3>(&format!("map/{layer}"));
            let worst = distance(map.view(), expected.index_axis(Axis(0), step));
            assert!(worst <= MAP, "step {step}, {layer}: the map differs by {worst}");
        }
        before = latents.slice(s![step..=step, .., .., ..]).to_owned();
    }
}

#[test]
fn the_picture_agrees() {
    let reference = Reference::read("structured");
    let mut engine = engine();
    let noise = Arc::new(reference.get::<ndarray::Ix4>("init_latents"));
    let expected = reference.get::<ndarray::Ix3>("image");
    let mut near_share = |settings: &Settings| {
        let start = Start::Noise(Arc::clone(&noise));
        let commission = Commission { start, ..Commission::new(settings.clone()) };
        let outcome = engine.paint(&commission, &CancelToken::new(), &mut |_| ()).expect("a picture");
        let pairs = outcome.image.iter().zip(&expected);
        pairs.filter(|(a, b)| (*a - *b).abs() <= PIXEL).count() as f64 / expected.len() as f64
    };
    let settings = settings(&reference);
    let share = near_share(&settings);
    assert!(share >= PIXEL_SHARE, "only {share:.5} of the pixel values are within {PIXEL}");
    // The case is a real test: without phrases the picture differs.
    let share = near_share(&Settings { entities: Entities::default(), ..settings });
    assert!(share < PIXEL_SHARE, "{share:.5} of the pixel values are the same without phrases");
}

/// Switched on while a picture was painted, it acted from the next picture on.
#[test]
fn it_acts_from_the_step_at_which_it_is_switched_on() {
    let mut engine = engine();
    let structured = settings(&Reference::read("structured"));
    let steer = Steer { control: structured.control.clone(), entities: structured.entities.clone() };
    let alone = Settings { control: Control::neutral(), width: 64, height: 64, steps: 4, ..structured };
    let mut paint = |settings: &Settings, switched_on_after: Option<usize>| {
        let commission = Commission::new(settings.clone());
        let mut latents = Vec::new();
        let painted = engine.paint(&commission, &CancelToken::new(), &mut |progress| {
            if let Progress::Step(step) = progress {
                latents.push(step.checkpoint.latents.clone());
                if switched_on_after == Some(step.index) {
                    commission.live.set(steer.clone()).expect("a control");
                }
            }
        });
        painted.expect("a picture");
        latents
    };
    let (without, live) = (paint(&alone, None), paint(&alone, Some(1)));
    assert_eq!(without[..2], live[..2]);
    assert_ne!(without[2], live[2]);
    let foreseen = Settings { changes: vec![Change { step: 2, steer: steer.clone() }], ..alone };
    assert_eq!(paint(&foreseen, None), live);
}
