//! The scene reader (`models/reader`): a small detector that says what a picture of the embedded model's world shows.
//!
//! [`SceneReader::look`] gives a [`Reading`], and [`SceneCheck::is_met`](crate::study::SceneCheck::is_met) what it answers.
//! [`SceneJudge`] answers checks with it, [`ReaderFeatures`] gives its features. What this is not: a judge of other models'
//! pictures, of which it knows nothing.

mod is_met;
mod judges;
mod labels;
mod reading;

use std::{collections::BTreeMap, sync::LazyLock};

use ndarray::{Array, Array1, ArrayD, ArrayView3, Axis, Dimension};

use super::fingerprint;
use labels::Labels;
use reading::Maps;
use tauscope_core::{CancelToken, Error, Result};
use tauscope_runtime::{Feed, Network, Runtime, SessionOptions};

pub use judges::{ReaderFeatures, SceneJudge};
pub use reading::{Object, Reading};

/// Width and height of the pictures that it reads.
pub const SIDE: usize = 256;

const NAME: &str = "reader.onnx";
const GRAPH: &[u8] = include_bytes!("../../../../../models/reader/reader.onnx");
const LABELS: &[u8] = include_bytes!("../../../../../models/reader/labels.json");

/// The detector, loaded.
#[derive(Debug)]
pub struct SceneReader {
    network: Network,
    labels: Labels,
}

/// What the detector makes of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What it shows.
    pub reading: Reading,
    /// The means of the last layer: 96 numbers, of which distances between sets are computed.
    pub features: Vec<f32>,
}

impl SceneReader {
    /// Loads it.
    ///
    /// # Errors
    /// [`Error::Runtime`], [`Error::Cancelled`].
    pub fn open(runtime: &Runtime, options: &SessionOptions, cancel: &CancelToken) -> Result<Self> {
        let network = Network::embedded(runtime, NAME, GRAPH, options, "loading the scene reader", cancel)?;
        Ok(Self { network, labels: Labels::embedded()? })
    }

    /// Identifies it by its content.
    pub fn fingerprint() -> &'static str {
        static FINGERPRINT: LazyLock<String> = LazyLock::new(|| fingerprint::of_parts([GRAPH, LABELS]));
        &FINGERPRINT
    }

    /// Looks at a picture, [3, 256, 256] in 0..1.
    ///
    /// # Errors
    /// [`Error::Runtime`], also for another size; [`Error::Cancelled`].
    pub fn look(&mut self, picture: ArrayView3<'_, f32>, cancel: &CancelToken) -> Result<Look> {
        // As its file has it, so that a picture is read alike before and after it is saved.
        let picture = picture.mapv(|value| f32::from((value * 255.0).round() as u8) / 255.0);
        let inputs = [("picture", Feed::F32(picture.view().insert_axis(Axis(0)).into_dyn()))];
        let mut outputs = self.network.run(&inputs, "reading a scene", cancel)?;
        let maps = Maps {
            heat: only_row(&mut outputs, "heat")?,
            colour: only_row(&mut outputs, "colour")?,
            texture: only_row(&mut outputs, "texture")?,
            boxes: only_row(&mut outputs, "box")?,
            place: only_row(&mut outputs, "place")?,
            time: only_row(&mut outputs, "time")?,
        };
        let features: Array1<f32> = only_row(&mut outputs, "features")?;
        Ok(Look { reading: maps.read(&self.labels), features: features.to_vec() })
    }
}

/// An output for the one picture that went in.
fn only_row<D: Dimension>(outputs: &mut BTreeMap<String, ArrayD<f32>>, name: &str) -> Result<Array<f32, D>> {
    let fault = |problem: &str| Error::graph(NAME, format!("its output {name} {problem}."));
    let output = outputs.remove(name).ok_or_else(|| fault("is missing"))?;
    let row = output.index_axis_move(Axis(0), 0);
    row.into_dimensionality().map_err(|error| fault(&format!("has another shape ({error})")))
}
