//! Reading the reference vectors (tests/data/reference/README.md).
#![allow(dead_code, reason = "each test takes what it needs")]

use std::{collections::BTreeMap, fs::File, io::BufReader, path::PathBuf};

use half::f16;
use ndarray::{ArrayD, ArrayView, Axis, Dimension, concatenate};
use npyz::npz::NpzArchive;
use serde::Deserialize;
use tauscope::{
    attention::{Control, Span},
    diffusion::{Settings, scheduler::Sampler},
};

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) prompt: String,
    #[serde(default)]
    pub(crate) negative_prompt: String,
    pub(crate) steps: usize,
    pub(crate) guidance: f32,
    #[serde(default = "one")]
    pub(crate) tau: f32,
    #[serde(default = "one")]
    pub(crate) temperature_end: f32,
    pub(crate) patch: Option<[f32; 2]>,
}

fn one() -> f32 {
    1.0
}

impl Case {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            prompt: self.prompt.clone(),
            negative_prompt: Some(self.negative_prompt.clone()),
            width: 256,
            height: 256,
            steps: self.steps,
            guidance_scale: self.guidance,
            sampler: Sampler::Euler,
            control: Control {
                tau: self.tau,
                tau_span: Span { start: 0.0, end: self.temperature_end },
                ..Control::default()
            },
            ..Settings::default()
        }
    }
}

/// A case with its arrays, all as f32.
pub(crate) struct Reference {
    pub(crate) case: Case,
    pub(crate) arrays: BTreeMap<String, ArrayD<f32>>,
}

impl Reference {
    pub(crate) fn read(name: &str) -> Self {
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

    pub(crate) fn get<D: Dimension>(&self, name: &str) -> ndarray::Array<f32, D> {
        self.arrays[name].clone().into_dimensionality().expect("the documented shape")
    }

    /// Rows [negative, positive] of two arrays, or the positive one alone without guidance.
    pub(crate) fn rows<D: Dimension + ndarray::RemoveAxis>(
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
pub(crate) fn distance<D: Dimension>(a: ArrayView<'_, f32, D>, b: ArrayView<'_, f32, D>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    ndarray::Zip::from(&a).and(&b).fold(0.0, |worst: f32, &a, &b| {
        assert!(a.is_finite() && b.is_finite());
        worst.max((a - b).abs())
    })
}
