//! Whether the program's own operators compute on a device what they compute on the CPU. Small layers are run there
//! before a model is loaded, because the kernels run on GPUs that they were never tested on.

use half::f16;
use ndarray::{Array1, ArrayD, Axis, IxDyn};
use ort::session::{Session, SessionInputValue};

use super::{Device, Runtime, SessionOptions, failure::failed, open_session, run, tensor};
use crate::operators::{
    self,
    kernel::CrossAttention,
    problem::{LayerControl, Outputs, Problem, Shape},
};
use tauscope_core::{
    CancelToken,
    attention::{Grid, Regions},
    diffusion::initial_noise,
    error::{Error, Result},
};
use tauscope_onnx::{
    ATTENTION_PROBE_INPUTS, ATTENTION_PROBE_OUTPUTS, DType, attention_probe_graph, contract::Reduce,
};

const DOING: &str = "trying the attention operator";

/// SDXL's size of a head, and numbers of patches and tokens that leave a remainder in every tiling.
const SHAPE: Shape = Shape { batch: 2, patches: 70, tokens: 77, heads: 2, head_size: 64 };
/// Four chunks of a prompt, for which GPUs take smaller tiles.
const LONG: Shape = Shape { tokens: 308, patches: 9, ..SHAPE };

/// Largest difference of an output relative to the larger of it and 1, in half precision, which has 11 bits.
const OUT_TOLERANCE_F16: f32 = 4e-3;
/// The same in single precision, and of all records.
const TOLERANCE: f32 = 1e-5;

/// A layer and the control that acts in it.
struct Trial {
    shape: Shape,
    strength: f32,
    reduce: Reduce,
    is_weighed: bool,
    is_told: bool,
}

const TRIALS: [Trial; 4] = [
    Trial { shape: SHAPE, strength: 0.0, reduce: Reduce::Sum, is_weighed: false, is_told: false },
    Trial { shape: SHAPE, strength: 0.75, reduce: Reduce::Sum, is_weighed: true, is_told: true },
    Trial { shape: LONG, strength: 1.0, reduce: Reduce::Mean, is_weighed: false, is_told: false },
    Trial { shape: LONG, strength: 0.5, reduce: Reduce::Max, is_weighed: true, is_told: true },
];

/// Why the program's own operators cannot be used on `device`, if they cannot: a clause that follows a colon.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn operators_refused(runtime: &Runtime, device: Device, cancel: &CancelToken) -> Result<Option<String>> {
    match compare(runtime, device, cancel) {
        Ok(worst) if worst <= 1.0 => Ok(None),
        Ok(worst) => Ok(Some(format!("its results are off by {worst} times what is accepted"))),
        Err(Error::Runtime { detail, .. }) => Ok(Some(detail.trim().trim_end_matches('.').to_owned())),
        Err(error) => Err(error),
    }
}

/// The largest difference between the device and the CPU's kernel, as a multiple of what is accepted; NaN where there is
/// one.
fn compare(runtime: &Runtime, device: Device, cancel: &CancelToken) -> Result<f32> {
    let mut worst = 0.0_f32;
    for dtype in [DType::F32, DType::F16] {
        let options = SessionOptions { device: Some(device), threads: 1, ..SessionOptions::default() };
        let domain = operators::domain().map_err(|error| failed(DOING, &error))?;
        let graph = attention_probe_graph(dtype, SHAPE.heads, scale(SHAPE));
        let mut session = open_session(runtime, &graph, None, &options, Some(domain), DOING, cancel)?;
        let out = if dtype == DType::F16 { OUT_TOLERANCE_F16 } else { TOLERANCE };
        for trial in &TRIALS {
            let found = trial.run(&mut session, [out, TOLERANCE, TOLERANCE, TOLERANCE], cancel)?;
            worst = if found.is_nan() { found } else { worst.max(found) };
            if worst.is_nan() {
                return Ok(worst);
            }
        }
    }
    Ok(worst)
}

fn scale(shape: Shape) -> f32 {
    1.0 / (shape.head_size as f32).sqrt()
}

impl Trial {
    fn run(&self, session: &mut Session, tolerances: [f32; 4], cancel: &CancelToken) -> Result<f32> {
        let Shape { batch, patches, tokens, .. } = self.shape;
        let channels = self.shape.channels();
        // Numbers that half precision holds exactly.
        let numbers = |seed, rows: usize| -> Vec<f32> {
            let noise = initial_noise(seed, Grid::new(batch * rows, channels.div_ceil(4)));
            noise.iter().map(|&number| f16::from_f32(number).to_f32()).collect()
        };
        let [q, k, v] = [(1, patches), (2, tokens), (3, tokens)].map(|(seed, rows)| numbers(seed, rows));
        let group: Vec<i32> = (0..tokens as i32).map(|token| token % 4 - 1).collect();
        let weight = |token: usize| if self.is_weighed { 0.5 + token as f32 / tokens as f32 } else { 1.0 };
        let weight: Vec<f32> = (0..tokens).map(weight).collect();
        // The three groups, one that does not exist, and both constants.
        let label =
            |patch: i32| if self.is_told { patch % 6 + Regions::NOBODY } else { Regions::ATTENTION_DECIDES };
        let told: Vec<i32> = (0..patches as i32).map(label).collect();
        let control = LayerControl {
            group: &group,
            weight: &weight,
            strength: self.strength,
            reduce: self.reduce,
            told: &told,
        };
        let row = batch - 1;
        let expected = self.on_the_cpu([&q, &k, &v], row, control)?;

        let tensor = |name: &str, values: Vec<f32>, rows: usize| {
            let array = ArrayD::from_shape_vec(vec![batch, rows, channels], values);
            tensor::value(name, array.map_err(|error| Error::Internal(format!("{error}.")))?)
        };
        let values = [
            tensor("q", q, patches)?,
            tensor("k", k, tokens)?,
            tensor("v", v, tokens)?,
            tensor::vector("group", group.clone())?,
            tensor::vector("weight", weight.clone())?,
            tensor::vector("strength", vec![self.strength])?,
            tensor::vector("reduce", vec![self.reduce.code()])?,
            tensor::vector("row", vec![row as i32])?,
            tensor::value("regions", Array1::from(told.clone()).insert_axis(Axis(0)).into_dyn())?,
        ];
        let inputs: Vec<(_, SessionInputValue<'_>)> =
            ATTENTION_PROBE_INPUTS.into_iter().zip(values.into_iter().map(Into::into)).collect();
        run(session, inputs, DOING, cancel, |outputs| {
            let mut worst = 0.0;
            for ((name, expected), tolerance) in
                ATTENTION_PROBE_OUTPUTS.into_iter().zip(&expected).zip(tolerances)
            {
                let found = tensor::output::<IxDyn>(outputs, name)?;
                if found.len() != expected.len() {
                    return Ok(f32::NAN);
                }
                for (found, expected) in found.iter().zip(expected) {
                    let difference = (found - expected).abs() / expected.abs().max(1.0) / tolerance;
                    worst = if difference > worst || difference.is_nan() { difference } else { worst };
                }
            }
            Ok(worst)
        })
    }

    /// out, map, neutral and score by the CPU's kernel in single precision.
    fn on_the_cpu(
        &self,
        tensors: [&[f32]; 3],
        row: usize,
        control: LayerControl<'_>,
    ) -> Result<[Vec<f32>; 4]> {
        let Shape { patches, tokens, .. } = self.shape;
        let problem =
            Problem::new(self.shape, scale(self.shape), tensors, row, control).map_err(Error::Internal)?;
        let neutral = if control.acts() { patches * tokens } else { 0 };
        let lengths = [tensors[0].len(), patches * tokens, neutral, patches * control.groups()];
        let mut answer = lengths.map(|length| vec![0.0; length]);
        let [out, map, neutral, score] = &mut answer;
        let in_line = |count, task: &(dyn Fn() + Send + Sync)| {
            (0..count).for_each(|_| task());
            Ok::<_, Error>(())
        };
        CrossAttention::new(pulp::Arch::new()).run(
            &problem,
            Outputs { out, map, neutral, score },
            in_line,
        )?;
        Ok(answer)
    }
}
