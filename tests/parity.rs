//! The program against an independent PyTorch implementation of docs/method.md (tests/data/reference/README.md):
//! step by step, each step fed with the reference's latents before it, and end to end.

mod common;

use std::{collections::BTreeMap, fs::File, io::BufReader, path::PathBuf};

use common::engine;
use half::f16;
use ndarray::{Array2, Array4, ArrayD, ArrayView, Axis, Dimension, concatenate, s};
use npyz::npz::NpzArchive;
use serde::Deserialize;
use tauscope::{
    attention::{Control, Grid, Layer, Record, Span},
    diffusion::{CancelToken, Settings, UnetInput, scheduler::Sampler},
};

/// Largest difference of a predicted noise value.
const NOISE: f32 = 2e-3;
/// Largest difference of an attention weight.
const MAP: f32 = 1e-3;
/// Largest difference of a pixel value, and the share of values that must keep it.
const PIXEL: f32 = 2.0 / 255.0;
const PIXEL_SHARE: f64 = 0.999;
/// Largest difference of a value of a text embedding, whose standard deviation is about 1.
const TEXT: f32 = 1e-4;

#[derive(Deserialize)]
struct Case {
    prompt: String,
    #[serde(default)]
    negative_prompt: String,
    steps: usize,
    guidance: f32,
    #[serde(default = "one")]
    tau: f32,
    #[serde(default = "one")]
    temperature_end: f32,
}

fn one() -> f32 {
    1.0
}

impl Case {
    fn settings(&self) -> Settings {
        Settings {
            prompt: self.prompt.clone(),
            negative_prompt: Some(self.negative_prompt.clone()),
            width: 256,
            height: 256,
            steps: self.steps,
            guidance_scale: self.guidance,
            sampler: Sampler::Euler,
            control: Control { tau: self.tau, tau_span: Span { start: 0.0, end: self.temperature_end } },
            ..Settings::default()
        }
    }
}

/// A case with its arrays, all as f32.
struct Reference {
    case: Case,
    arrays: BTreeMap<String, ArrayD<f32>>,
}

impl Reference {
    fn read(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference");
        let cases = File::open(folder.join("cases.json")).expect("cases.json");
        let mut cases: BTreeMap<String, Case> = serde_json::from_reader(cases).expect("cases");
        let mut archive = NpzArchive::open(folder.join(format!("{name}.npz"))).expect("an archive");
        let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
        let arrays = names.into_iter().map(|name| {
            let array = read(&mut archive, &name);
            (name, array)
        });
        let arrays = arrays.collect();
        Self { case: cases.remove(name).expect("a case"), arrays }
    }

    fn get<D: Dimension>(&self, name: &str) -> ndarray::Array<f32, D> {
        self.arrays[name].clone().into_dimensionality().expect("the documented shape")
    }

    /// Rows [negative, positive] of two arrays, or the positive one alone without guidance.
    fn rows<D: Dimension + ndarray::RemoveAxis>(
        &self,
        negative: &str,
        positive: &str,
    ) -> ndarray::Array<f32, D> {
        let (negative, positive) = (self.get::<D>(negative), self.get::<D>(positive));
        if self.case.guidance > 1.0 {
            concatenate(Axis(0), &[negative.view(), positive.view()]).expect("equal shapes")
        } else {
            positive
        }
    }
}

/// An array as f32, stored in single or half precision.
fn read(archive: &mut NpzArchive<BufReader<File>>, name: &str) -> ArrayD<f32> {
    let array = archive.by_name(name).expect("a file").expect("an array");
    let shape: Vec<usize> = array.shape().iter().map(|&length| length as usize).collect();
    let values: Vec<f32> = match array.try_data::<f32>() {
        Ok(values) => values.map(|value| value.expect("f32")).collect(),
        Err(array) => {
            let halves = array.try_data::<f16>().ok().expect("f32 or f16");
            halves.map(|value| value.expect("f16").to_f32()).collect()
        }
    };
    ArrayD::from_shape_vec(shape, values).expect("a shape")
}

/// The largest difference of two arrays.
fn distance<D: Dimension>(a: ArrayView<'_, f32, D>, b: ArrayView<'_, f32, D>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    ndarray::Zip::from(&a).and(&b).fold(0.0, |worst: f32, &a, &b| {
        assert!(a.is_finite() && b.is_finite());
        worst.max((a - b).abs())
    })
}

fn check_steps(name: &str) {
    let reference = Reference::read(name);
    let mut engine = engine();
    let settings = reference.case.settings();
    let scheduler = settings.sampler.build(engine.scheduler_config(), settings.steps).expect("a schedule");
    let model = engine.components();
    let context = reference.rows::<ndarray::Ix3>("negative_prompt_embeds", "prompt_embeds");
    let pooled = reference.rows::<ndarray::Ix2>("negative_pooled", "pooled");
    let rows = context.len_of(Axis(0));
    let time_ids = Array2::from_shape_fn((rows, 6), |(_, i)| [256.0, 256.0, 0.0, 0.0, 256.0, 256.0][i]);
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
        let weights = vec![1.0; context.len_of(Axis(1))];
        let control = settings.control.at(Control::progress(step, settings.steps), &weights);
        let input = UnetInput {
            sample: sample.view(),
            timestep: timesteps[step],
            context: context.view(),
            pooled: pooled.view(),
            time_ids: time_ids.view(),
            control: &control,
            conditional_row: rows - 1,
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
        for (layer, map) in names.iter().zip(&got.maps.0) {
            let expected = reference.get::<ndarray::Ix3>(&format!("map/{layer}"));
            let worst = distance(map.view(), expected.index_axis(Axis(0), step));
            assert!(worst <= MAP, "{name}, step {step}, {layer}: the map differs by {worst}");
        }

        let layer = |(name, map): (&String, &Array2<f32>)| {
            Layer::new(name, Grid::new(32, 32).of_layer(map.nrows()).expect("a whole downscale"))
        };
        let layers = names.iter().zip(&got.maps.0).map(layer).collect();
        let record = Record { layers, steps: vec![got.maps] };
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

fn check_picture(name: &str) {
    let reference = Reference::read(name);
    let mut engine = engine();
    let settings = reference.case.settings();
    let prompt = engine.read_prompt(&settings.prompt).expect("a prompt");
    let embedding =
        engine.components().encode_text(&prompt.chunks, &CancelToken::new()).expect("an embedding");
    let expected = reference.get::<ndarray::Ix3>("prompt_embeds");
    let worst = distance(embedding.context.view(), expected.view());
    assert!(worst <= TEXT, "{name}: the context differs by {worst}");
    let worst = distance(embedding.pooled.view(), reference.get::<ndarray::Ix2>("pooled").view());
    assert!(worst <= TEXT, "{name}: the pooled embedding differs by {worst}");

    let noise = reference.get::<ndarray::Ix4>("init_latents");
    let outcome = engine.paint(&settings, Some(&noise), &CancelToken::new(), &mut |_| ()).expect("a picture");
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
                super::check_steps(stringify!($name));
            }

            #[test]
            fn the_picture_agrees() {
                super::check_picture(stringify!($name));
            }
        }
    )*};
}

cases!(neutral, tau, negative, no_guidance, long);
