//! Whether interception changes a model: the UNet as it is against its neutral rewrite, on the same random inputs.

use std::time::{Duration, Instant};

use ndarray::{Array1, Array2, Array3, Array4, ArrayD, Axis, concatenate};

use super::{
    Runtime, SessionOptions,
    sdxl::{InterceptedUnet, Loader, array, unet_inputs},
};
use crate::{
    attention::{Grid, StepControl},
    diffusion::{CancelToken, UnetInput, VAE_FACTOR, initial_noise},
    error::{Error, Result},
    model::ModelFolder,
    onnx::DType,
};

/// Largest difference of an output value in single precision.
const TOLERANCE_F32: f32 = 1e-4;
/// In half precision sums of another order differ this much (half has 11 bits).
const TOLERANCE_F16: f32 = 2e-2;

/// What the test found.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// The largest difference between the two outputs.
    pub worst: f32,
    /// The largest that is accepted for the graph's precision.
    pub tolerance: f32,
    /// The largest deviation of a map's row from a sum of 1: every patch spreads its attention over all tokens.
    pub worst_row_sum: f32,
    /// One step of the graph as it is.
    pub untouched: Duration,
    /// One step of the intercepted graph, maps included.
    pub intercepted: Duration,
}

impl SelfTest {
    /// Whether interception may be trusted on this model.
    pub fn passed(&self) -> bool {
        self.worst <= self.tolerance && self.worst_row_sum <= self.tolerance.max(1e-3)
    }
}

/// Runs the UNet of `folder` untouched and intercepted, batch 2, at half its own size.
///
/// # Errors
/// As [`super::Sdxl::load`]; [`Error::Cancelled`].
pub fn self_test(
    runtime: &Runtime,
    folder: &ModelFolder,
    options: &SessionOptions,
    cancel: &CancelToken,
) -> Result<SelfTest> {
    let side = (folder.native_size / VAE_FACTOR / 2).max(4).next_multiple_of(4);
    let (height, width) = folder.unet.latent.unwrap_or((side, side));
    let tokens = folder.unet.sequence_length.unwrap_or(77);
    let noise = |seed: u64, count: usize| {
        let values = initial_noise(seed, Grid::new(count.div_ceil(4), 1));
        values.into_iter().take(count).collect::<Vec<f32>>()
    };
    let shaped = |error: ndarray::ShapeError| Error::Internal(format!("{error}."));
    let (context_width, pooled_width) = (folder.unet.context_width, folder.unet.pooled_width);
    let one = initial_noise(1, Grid::new(height, width));
    let sample: Array4<f32> = concatenate(Axis(0), &[one.view(), one.view()]).map_err(shaped)?;
    let context = Array3::from_shape_vec((2, tokens, context_width), noise(2, 2 * tokens * context_width))
        .map_err(shaped)?;
    let pooled = Array2::from_shape_vec((2, pooled_width), noise(3, 2 * pooled_width)).map_err(shaped)?;
    let size = [(height * VAE_FACTOR) as f32, (width * VAE_FACTOR) as f32];
    let ids = Array1::from(vec![size[0], size[1], 0.0, 0.0, size[0], size[1]]);
    let time_ids =
        ids.broadcast((2, 6)).ok_or_else(|| Error::Internal("time ids do not repeat.".into()))?.to_owned();
    let control = StepControl::neutral(tokens);
    let input = UnetInput {
        sample: sample.view(),
        timestep: 500.0,
        context: context.view(),
        pooled: pooled.view(),
        time_ids: time_ids.view(),
        control: &control,
        conditional_row: 1,
    };

    let loader = Loader { runtime, files: &folder.files, options, cancel };
    let (expected, untouched) = {
        let mut session = loader.plain(&folder.unet.file, "loading the untouched UNet")?;
        let mut once = || {
            let inputs = unet_inputs(&folder.unet.signature, &input)?;
            super::run(&mut session, inputs, "running the untouched UNet", cancel, |outputs| {
                array::<ndarray::IxDyn>(outputs, "out_sample")
            })
        };
        timed(&mut once)?
    };
    let mut unet: InterceptedUnet = loader.intercepted(&folder.unet)?;
    let (got, intercepted) = timed(&mut || unet.predict(&input, cancel))?;
    let worst_row_sum = got.maps.0.iter().flat_map(|map| map.sum_axis(Axis(1))).map(|sum| (sum - 1.0).abs());
    let is_half = folder.unet.signature.input("sample").is_some_and(|port| port.dtype == DType::F16);
    Ok(SelfTest {
        worst: distance(&expected, &got.output.into_dyn()),
        tolerance: if is_half { TOLERANCE_F16 } else { TOLERANCE_F32 },
        worst_row_sum: worst_row_sum.fold(0.0, worse),
        untouched,
        intercepted,
    })
}

/// The second of two calls, which finds everything warm, and its time.
fn timed<T>(call: &mut dyn FnMut() -> Result<T>) -> Result<(T, Duration)> {
    call()?;
    let started = Instant::now();
    let result = call()?;
    Ok((result, started.elapsed()))
}

/// The largest difference; NaN where there is one.
fn distance(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, worse)
}

fn worse(a: f32, b: f32) -> f32 {
    if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) }
}
