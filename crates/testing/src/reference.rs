//! Reading the reference vectors (crates/studio/tests/data/reference/README.md).

use std::{
    collections::BTreeMap,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use half::f16;
use ndarray::{Array2, ArrayD, ArrayView, Axis, Dimension, concatenate, s};
use serde::Deserialize;
use tauscope_core::{
    attention::{
        Control, Grid, Mask, MaskRegions, PlannedToken, Reduce, Regions, Span, TokenKind, TokenPlan, Weights,
    },
    diffusion::{Settings, VAE_FACTOR, scheduler::Sampler},
    prompt::Entities,
};
use tauscope_studio::export::NpzArchive;

/// A case's settings, as that README lists them.
#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "that README says what each is")]
pub struct Case {
    pub prompt: String,
    pub negative_prompt: String,
    pub steps: usize,
    pub guidance: f32,
    pub width: Option<usize>,
    pub height: Option<usize>,
    pub tau: Option<f32>,
    pub temperature_end: Option<f32>,
    #[serde(rename = "groups")]
    pub entities: Vec<Vec<usize>>,
    pub groups_text: String,
    pub global_content: Vec<usize>,
    pub mask_strength: Option<f32>,
    pub mask_reduce: Option<String>,
    pub mask_start: f32,
    pub mask_end: Option<f32>,
    pub weight_amplitude: Option<f32>,
    pub prompt_weights: BTreeMap<usize, f32>,
    pub patch: Option<[f32; 2]>,
    pub regions: Vec<[i32; 5]>,
}

impl Case {
    /// The settings as a person gives them.
    pub fn settings(&self) -> Settings {
        Settings {
            prompt: self.weighted_prompt(),
            negative_prompt: Some(self.negative_prompt.clone()),
            width: self.width.unwrap_or(256),
            height: self.height.unwrap_or(256),
            steps: self.steps,
            guidance_scale: self.guidance,
            sampler: Sampler::Euler,
            control: self.control(),
            entities: Entities::by_hand(&self.weighted_prompt(), &self.groups_text).expect("entities"),
            ..Settings::default()
        }
    }

    /// The control that steers it.
    pub fn control(&self) -> Control {
        Control {
            tau: self.tau.unwrap_or(1.0),
            tau_span: Span { start: 0.0, end: self.temperature_end.unwrap_or(1.0) },
            mask: Mask {
                strength: self.mask_strength.unwrap_or(0.0),
                reduce: self
                    .mask_reduce
                    .as_ref()
                    .map_or(Reduce::Sum, |word| Reduce::from_word(word).expect("a reduction's word")),
                span: Span { start: self.mask_start, end: self.mask_end.unwrap_or(1.0) },
                regions: self.mask_regions(),
                ..Mask::default()
            },
            weights: self.weight_amplitude.map_or_else(Weights::default, |amplitude| {
                Weights::of_amplitude(amplitude).expect("an amplitude")
            }),
            ..Control::default()
        }
    }

    /// The token lists, for a context of `tokens` positions.
    pub fn token_plan(&self, tokens: usize) -> TokenPlan {
        let kind = |token: usize| match self.entities.iter().position(|entity| entity.contains(&token)) {
            Some(entity) => TokenKind::Entity(entity),
            None if self.global_content.contains(&token) => TokenKind::Global,
            None => TokenKind::Frame,
        };
        let weight = |token: usize| self.prompt_weights.get(&token).copied().unwrap_or(1.0);
        TokenPlan(
            (0..tokens)
                .map(|token| PlannedToken { kind: kind(token), weight: weight(token), is_head: false })
                .collect(),
        )
    }

    fn mask_regions(&self) -> MaskRegions {
        let (height, width) = (self.height.unwrap_or(256), self.width.unwrap_or(256));
        let drawn = self.regions(Grid::new(height / VAE_FACTOR, width / VAE_FACTOR));
        drawn.map_or(MaskRegions::Patches, |regions| MaskRegions::Drawn((*regions).clone()))
    }

    /// What the places of a latent of this grid are told, if any is.
    pub fn regions(&self, grid: Grid) -> Option<Arc<Regions>> {
        let mut labels = Array2::from_elem((grid.height, grid.width), Regions::ATTENTION_DECIDES);
        for &[top, left, bottom, right, label] in &self.regions {
            labels.slice_mut(s![top..bottom, left..right]).fill(label);
        }
        (!self.regions.is_empty()).then(|| Arc::new(Regions::new(labels).expect("regions")))
    }

    /// The prompt with its weights as a person types them. Each of its words is one token.
    fn weighted_prompt(&self) -> String {
        let typed = |(index, word): (usize, &str)| match self.prompt_weights.get(&(index + 1)) {
            Some(weight) => format!("({word}:{weight})"),
            None => word.to_owned(),
        };
        self.prompt.split(' ').enumerate().map(typed).collect::<Vec<_>>().join(" ")
    }
}

/// The folder of the reference vectors.
pub fn folder() -> PathBuf {
    crate::in_repository("crates/studio/tests/data/reference")
}

/// A case with its arrays, all as f32.
pub struct Reference {
    /// Its settings.
    pub case: Case,
    /// Its results, by their names in that README.
    pub arrays: BTreeMap<String, ArrayD<f32>>,
}

impl Reference {
    /// The case of this name.
    pub fn read(name: &str) -> Self {
        let folder = folder();
        let cases = File::open(folder.join("cases.json")).expect("cases.json");
        let mut cases: BTreeMap<String, Case> = serde_json::from_reader(cases).expect("cases");
        let arrays = arrays(&folder.join(format!("{name}.npz")));
        Self { case: cases.remove(name).expect("a case"), arrays }
    }

    /// An array, with as many dimensions as `D`.
    pub fn get<D: Dimension>(&self, name: &str) -> ndarray::Array<f32, D> {
        self.arrays[name].clone().into_dimensionality().expect("the documented shape")
    }

    /// Rows [negative, positive] of two arrays, or the positive one alone without guidance.
    pub fn rows<D: Dimension + ndarray::RemoveAxis>(
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

/// All arrays of an archive, as f32.
pub fn arrays(file: &Path) -> BTreeMap<String, ArrayD<f32>> {
    let mut archive = NpzArchive::open(file).expect("an archive");
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    names.into_iter().map(|name| (name.clone(), read(&mut archive, &name))).collect()
}

/// An array as f32, stored in single or half precision.
fn read(archive: &mut NpzArchive<BufReader<File>>, name: &str) -> ArrayD<f32> {
    let array = archive.by_name(name, u64::MAX).expect("a file").expect("an array");
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
pub fn distance<D: Dimension>(a: ArrayView<'_, f32, D>, b: ArrayView<'_, f32, D>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    ndarray::Zip::from(&a).and(&b).fold(0.0, |worst: f32, &a, &b| {
        assert!(a.is_finite() && b.is_finite());
        worst.max((a - b).abs())
    })
}
