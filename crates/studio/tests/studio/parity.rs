//! The program against an independent PyTorch implementation of docs/method.md (tests/data/reference/README.md):
//! step by step, each step fed with the reference's latents before it, and end to end.

use std::sync::Arc;

use ndarray::{Array2, Array4, ArrayView, ArrayView2, Axis, concatenate, s};
use tauscope_core::{
    CancelToken,
    attention::{Control, Layer, Record, StepControl, TokenPlan},
    diffusion::{Start, UnetInput, token_plan},
};
use tauscope_runtime::SessionOptions;
use tauscope_studio::{
    painting::ModelSource,
    worker::{Commission, Engine, Painter},
};
use tauscope_testing::{
    engine, load,
    reference::{Reference, distance},
};

/// Largest difference of a predicted noise value.
const NOISE: f32 = 2e-3;
/// Largest difference of an attention weight or of a score.
const MAP: f32 = 1e-3;
/// Scores of two entities that lie closer may change places by rounding.
const TIE: f32 = 1e-5;
/// Where no entity scores more, it makes no difference which of them wins.
const FAINT: f32 = 1e-3;
/// Largest difference of a pixel value, and the share of values that must keep it.
const PIXEL: f32 = 2.0 / 255.0;
const PIXEL_SHARE: f64 = 0.999;
/// Largest difference of a value of a text embedding, whose standard deviation is about 1.
const TEXT: f32 = 1e-4;

fn check_steps(name: &str, mut engine: Engine) {
    let reference = Reference::read(name);
    let settings = reference.case.settings();
    let scheduler = settings.sampler.build(engine.scheduler_config(), settings.steps).expect("a schedule");
    let model = engine.components();
    let context = reference.rows::<ndarray::Ix3>("negative_prompt_embeds", "prompt_embeds");
    let pooled = reference.rows::<ndarray::Ix2>("negative_pooled", "pooled");
    let rows = context.len_of(Axis(0));
    let sides = [settings.height as f32, settings.width as f32];
    let time_ids =
        Array2::from_shape_fn((rows, 6), |(_, i)| [sides[0], sides[1], 0.0, 0.0, sides[0], sides[1]][i]);
    let plan = reference.case.token_plan(context.len_of(Axis(1)));
    let timesteps = reference.get::<ndarray::Ix1>("timesteps");
    assert_eq!(scheduler.timesteps(), timesteps.as_slice().expect("contiguous"));
    let sigmas = reference.get::<ndarray::Ix1>("sigmas");
    assert!(distance(ArrayView::from(scheduler.sigmas()), sigmas.view()) < 1e-4);

    let names = model.cross_attention_layers().to_vec();
    let latents = reference.get::<ndarray::Ix4>("latents");
    let mut before: Array4<f32> =
        reference.get::<ndarray::Ix4>("init_latents") * scheduler.init_noise_sigma();
    for step in 0..settings.steps {
        let scaled = scheduler.scale_model_input(before.view(), step);
        let sample = concatenate(Axis(0), &vec![scaled.view(); rows]).expect("equal shapes");
        let control = StepControl {
            regions: reference.case.regions(settings.latent_grid()),
            ..settings.control.at(Control::progress(step, settings.steps), &plan)
        };
        let input = UnetInput {
            sample: sample.view(),
            timestep: timesteps[step],
            context: context.view(),
            values: None,
            pooled: pooled.view(),
            time_ids: time_ids.view(),
            guidance_scale: 1.0,
            control: &control,
            conditional_row: rows - 1,
            patch: None,
        };
        let got = model.predict(&input, &CancelToken::new()).expect("a prediction");

        let conditional = reference.get::<ndarray::Ix4>("noise_pred_cond");
        let unconditional = reference.get::<ndarray::Ix4>("noise_pred_uncond");
        let (negative, positive) =
            (got.output.index_axis(Axis(0), 0), got.output.index_axis(Axis(0), rows - 1));
        let worst = distance(positive, conditional.index_axis(Axis(0), step))
            .max(distance(negative, unconditional.index_axis(Axis(0), step)));
        assert!(worst <= NOISE, "{name}, step {step}: noise differs by {worst}");

        assert_eq!(names.len(), got.maps.0.len());
        assert_eq!(got.scores.0.len(), if plan.entities() < 2 { 0 } else { names.len() });
        for (index, (layer, map)) in names.iter().zip(&got.maps.0).enumerate() {
            let mut sure = vec![true; map.nrows()];
            if let Some(score) = got.scores.0.get(index) {
                let expected = reference.get::<ndarray::Ix3>(&format!("score/{layer}"));
                let expected = expected.index_axis(Axis(0), step);
                let worst = distance(score.view(), expected);
                assert!(worst <= MAP, "{name}, step {step}, {layer}: the scores differ by {worst}");
                if reference.case.mask_strength.is_some() {
                    sure = decided(expected);
                }
            }
            let expected = reference.get::<ndarray::Ix3>(&format!("map/{layer}"));
            let rows: Vec<usize> = (0..map.nrows()).filter(|&patch| sure[patch]).collect();
            assert!(
                2 * rows.len() > map.nrows(),
                "{name}, step {step}, {layer}: hardly anything is compared"
            );
            let expected = expected.index_axis(Axis(0), step).select(Axis(0), &rows);
            let worst = distance(map.select(Axis(0), &rows).view(), expected.view());
            assert!(worst <= MAP, "{name}, step {step}, {layer}: the map differs by {worst}");
        }

        let layer = |(name, map): (&String, &Array2<f32>)| {
            Layer::new(name, settings.latent_grid().of_layer(map.nrows()).expect("a whole downscale"))
        };
        let layers = names.iter().zip(&got.maps.0).map(layer).collect();
        let record = Record { layers, steps: vec![got.maps], ..Record::default() };
        let aggregate = record.aggregate(0, |_| true).expect("layers");
        let expected = reference.get::<ndarray::Ix4>("aggregate");
        let tokens = expected.len_of(Axis(1));
        let worst = distance(aggregate.slice(s![..tokens, .., ..]), expected.index_axis(Axis(0), step));
        assert!(worst <= MAP, "{name}, step {step}: the aggregate differs by {worst}");

        before = latents.slice(s![step..=step, .., .., ..]).to_owned();
    }
    let recorded = reference.arrays.keys().filter(|key| key.starts_with("map/")).count();
    assert_eq!(names.len(), recorded, "layers that are intercepted and recorded");
}

/// For each patch: true if rounding cannot change which entity wins it, or if nothing depends on that.
fn decided(scores: ArrayView2<'_, f32>) -> Vec<bool> {
    let is_sure = |row: ndarray::ArrayView1<'_, f32>| {
        let mut row = row.to_vec();
        row.sort_by(|a, b| b.total_cmp(a));
        row[0] - row[1] >= TIE || row[0] < FAINT
    };
    scores.rows().into_iter().map(is_sure).collect()
}

fn check_picture(name: &str) {
    let reference = Reference::read(name);
    let mut engine = engine();
    let settings = reference.case.settings();
    let prompt = engine.read_prompt(&settings.prompt).expect("a prompt");
    if !settings.entities.list.is_empty() {
        let of = |plan: TokenPlan| plan.0.iter().map(|token| (token.kind, token.weight)).collect::<Vec<_>>();
        let plan = reference.case.token_plan(prompt.context_tokens());
        let read = token_plan(&prompt, &settings.entities);
        assert!(of(read) == of(plan), "{name}: other words are the entities'");
    }
    let embedding =
        engine.components().encode_text(&prompt.chunks, &CancelToken::new()).expect("an embedding");
    let expected = reference.get::<ndarray::Ix3>("prompt_embeds");
    let worst = distance(embedding.context.view(), expected.view());
    assert!(worst <= TEXT, "{name}: the context differs by {worst}");
    let worst = distance(embedding.pooled.view(), reference.get::<ndarray::Ix2>("pooled").view());
    assert!(worst <= TEXT, "{name}: the pooled embedding differs by {worst}");

    let noise = reference.get::<ndarray::Ix4>("init_latents");
    let commission = Commission { start: Start::Noise(Arc::new(noise)), ..Commission::new(settings) };
    let outcome = engine.paint(&commission, &CancelToken::new(), &mut |_| ()).expect("a picture");
    let expected = reference.get::<ndarray::Ix3>("image");
    assert_eq!(outcome.image.dim(), expected.dim());
    let near = ndarray::Zip::from(&outcome.image)
        .and(&expected)
        .fold(0, |count, &a, &b| count + usize::from((a - b).abs() <= PIXEL));
    let share = near as f64 / expected.len() as f64;
    assert!(share >= PIXEL_SHARE, "{name}: only {share:.5} of the pixel values are within {PIXEL}");
}

macro_rules! cases {
    ($($name:ident),*) => {$(
        mod $name {
            #[test]
            fn steps_agree() {
                super::check_steps(stringify!($name), super::engine());
            }

            #[test]
            fn the_picture_agrees() {
                super::check_picture(stringify!($name));
            }
        }
    )*};
}

cases!(
    neutral,
    tau,
    negative,
    no_guidance,
    long,
    groups_only,
    mask_sum,
    mask_mean_soft,
    mask_max,
    weights,
    all_nonsquare,
    regions
);

#[test]
fn steps_with_regions_agree_in_the_portable_graph() {
    let portable = SessionOptions { portable: true, ..SessionOptions::default() };
    check_steps("regions", load(&ModelSource::Embedded, portable));
}
