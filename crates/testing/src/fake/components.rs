//! The scripted model as the text-to-image loop sees it.

use ndarray::{Array1, Array2, Array3, ArrayView4};

use super::{Moment, Script};
use tauscope_core::{
    CancelToken,
    attention::{Grid, Place, StepControl, StepMaps, StepScores},
    diffusion::{Components, Prediction, Progress, TextEmbedding, UnetInput, VAE_FACTOR},
    error::Result,
    prompt::CHUNK_TOKENS as TOKENS,
};

/// The blocks of layers, each with the factor between the latents and its patches.
const BLOCKS: [(&str, usize); 3] = [
    ("down_blocks.1.attentions.0.transformer_blocks.0", 2),
    ("mid_block.attentions.0.transformer_blocks.0", 4),
    ("up_blocks.0.attentions.0.transformer_blocks.0", 2),
];
/// Width of a word's blob, as a share of the picture.
const BLOB: f32 = 0.15;

/// One run of the model.
pub(super) struct FakeComponents {
    script: Script,
    cross: Vec<String>,
    own: Vec<String>,
    words: usize,
    /// The step that is run, 0-based.
    step: usize,
    /// How often the model is called in a step, and how often it was in this one.
    calls_per_step: usize,
    calls: usize,
}

impl FakeComponents {
    /// For a prompt of `words` words, one token each. The run begins at `step`.
    pub(super) fn new(script: Script, words: usize, step: usize, calls_per_step: usize) -> Self {
        let (cross, own) = (layers("attn2"), layers("attn1"));
        Self { script, cross, own, words, step, calls_per_step, calls: 0 }
    }

    /// How much a place (0..1 down and across) looks at each token: words have their blobs, the start token the
    /// rest, so that the sum is 1.
    fn attention(&self, y: f32, x: f32) -> [f32; TOKENS] {
        let mut heat = [0.0; TOKENS];
        for word in 0..self.words {
            let phase = 0.5 * self.step as f32 + word as f32;
            let (centre_y, centre_x) =
                (0.5 + 0.3 * libm::sinf(phase), (word as f32 + 0.5) / self.words as f32);
            let distance = ((y - centre_y).powi(2) + (x - centre_x).powi(2)) / (2.0 * BLOB * BLOB);
            heat[word + 1] = 0.8 * libm::expf(-distance) / self.words as f32;
        }
        heat[0] = 1.0 - heat.iter().sum::<f32>();
        heat
    }

    fn map(&self, grid: Grid) -> Array2<f32> {
        let mut map = Array2::zeros((grid.patches(), TOKENS));
        for (patch, mut row) in map.rows_mut().into_iter().enumerate() {
            let Place { y, x } = centre(grid, patch);
            row.assign(&ndarray::aview1(&self.attention(y, x)));
        }
        map
    }
}

impl Components for FakeComponents {
    fn cross_attention_layers(&self) -> &[String] {
        &self.cross
    }

    fn self_attention_layers(&self) -> &[String] {
        &self.own
    }

    fn encode_text(&mut self, _chunks: &[[Vec<i64>; 2]], cancel: &CancelToken) -> Result<TextEmbedding> {
        (self.script)(Moment::Encoding, cancel)?;
        Ok(TextEmbedding { context: Array3::zeros((1, TOKENS, 1)), pooled: Array2::zeros((1, 1)) })
    }

    /// Predicts the sample itself as noise, so that the picture fades, more slowly the higher tau is.
    fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        (self.script)(Moment::Step(self.step), cancel)?;
        let (_, _, height, width) = input.sample.dim();
        let grids = BLOCKS.map(|(_, factor)| Grid::new(height / factor, width / factor));
        let maps = grids.map(|grid| self.map(grid));
        let scores =
            maps.iter().filter(|_| input.control.entities() >= 2).map(|map| scores(map, input.control));
        let scores = StepScores(scores.collect());
        let rows = input.patch.into_iter().flat_map(|place| grids.map(|grid| row(grid, place))).collect();
        self.calls += 1;
        if self.calls == self.calls_per_step {
            (self.step, self.calls) = (self.step + 1, 0);
        }
        let output = &input.sample * input.control.inverse_temperature.mid;
        Ok(Prediction { output, maps: StepMaps(maps.into()), neutral: None, scores, rows })
    }

    /// Each colour is one channel of the latents around grey.
    fn decode(
        &mut self,
        latents: ArrayView4<'_, f32>,
        _report: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Array3<f32>> {
        (self.script)(Moment::Decoding, cancel)?;
        let (_, _, height, width) = latents.dim();
        let value = |(colour, y, x)| 0.5 + 0.2 * latents[[0, colour, y / VAE_FACTOR, x / VAE_FACTOR]];
        Ok(Array3::from_shape_fn((3, height * VAE_FACTOR, width * VAE_FACTOR), |at| {
            value(at).clamp(0.0, 1.0)
        }))
    }
}

/// Each entity's share of a map's rows, [patches, entities].
fn scores(map: &Array2<f32>, control: &StepControl) -> Array2<f32> {
    let mut scores = Array2::zeros((map.nrows(), control.entities()));
    for (heat, &entity) in map.columns().into_iter().zip(&control.token_entity) {
        if let Ok(entity) = usize::try_from(entity) {
            scores.column_mut(entity).scaled_add(1.0, &heat);
        }
    }
    scores
}

/// The centre of a patch.
fn centre(grid: Grid, patch: usize) -> Place {
    let middle = |index: usize, cells: usize| (index as f32 + 0.5) / cells as f32;
    Place { y: middle(patch / grid.width, grid.height), x: middle(patch % grid.width, grid.width) }
}

/// Every place looks at the patches around it.
fn row(grid: Grid, place: Place) -> Array1<f32> {
    let nearness = |patch| {
        let Place { y, x } = centre(grid, patch);
        libm::expf(-((y - place.y).powi(2) + (x - place.x).powi(2)) / (2.0 * BLOB * BLOB))
    };
    let row = Array1::from_shape_fn(grid.patches(), nearness);
    &row / row.sum()
}

/// Names of the cross-attention ("attn2") or the self-attention layers ("attn1").
pub(super) fn layers(attention: &str) -> Vec<String> {
    BLOCKS.map(|(block, _)| format!("{block}.{attention}")).into()
}
