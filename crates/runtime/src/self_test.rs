//! Whether interception changes a model: the UNet as it is against its neutral rewrite, on the same inputs.

use std::time::{Duration, Instant};

use ndarray::{ArrayD, Axis};

use super::{
    Device, Memory, MemoryPlan, ProbeInput, Runtime, SessionOptions, UntouchedUnet,
    session_loader::SessionLoader, unet::InterceptedUnet,
};
use tauscope_core::{CancelToken, diffusion::Prediction, error::Result, model::ModelFolder};
use tauscope_onnx::Dialect;

/// Largest difference of an output value in single precision.
const TOLERANCE_F32: f32 = 1e-4;
/// The same in half precision, which has 11 bits: sums in another order differ by this much after a whole UNet.
const TOLERANCE_F16: f32 = 2e-2;
/// Largest deviation of a map's row from a sum of 1.
const TOLERANCE_ROW: f32 = 1e-3;

/// What the test found.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// The largest difference between the two outputs.
    pub worst: f32,
    /// The largest that is accepted for the graph's precision.
    pub tolerance: f32,
    /// The largest deviation of a map's row from a sum of 1: every patch spreads its attention over all tokens.
    pub worst_row_sum: f32,
    /// Where it ran.
    pub device: Device,
    /// What the intercepted graph was written in.
    pub dialect: Dialect,
    /// One step of the graph as it is.
    pub untouched: Duration,
    /// One step of the intercepted graph, maps included.
    pub intercepted: Duration,
}

impl SelfTest {
    /// Whether interception may be trusted on this model.
    pub fn passed(&self) -> bool {
        self.worst <= self.tolerance && self.worst_row_sum <= TOLERANCE_ROW
    }
}

/// Runs the UNet of `folder` untouched and then intercepted, at its own size. One after the other, since two
/// large models do not fit into memory at once.
///
/// # Errors
/// As [`super::Sdxl::load`]; [`tauscope_core::Error::Cancelled`].
pub fn self_test(
    runtime: &Runtime,
    folder: &ModelFolder,
    options: &SessionOptions,
    cancel: &CancelToken,
) -> Result<SelfTest> {
    let probe = ProbeInput::new(folder, folder.native_size)?;
    let input = probe.unet_input();
    let plan = MemoryPlan::of(folder, options.low_memory, Memory::now().available_bytes);
    let options = &plan.unet(options);
    let (expected, untouched) = {
        let mut unet = UntouchedUnet::load(runtime, folder, options, cancel)?;
        timed(|| unet.predict(&input, cancel))?
    };
    let loader = SessionLoader { runtime, files: &folder.files, stamps: &folder.stamps, options, cancel };
    let mut unet = InterceptedUnet::load(&loader, &folder.unet)?;
    let (Prediction { output, maps, .. }, intercepted) = timed(|| unet.predict(&input, cancel))?;
    let row_sums = maps.0.iter().flat_map(|map| map.sum_axis(Axis(1)));
    Ok(SelfTest {
        worst: distance(&expected, &output.into_dyn()),
        tolerance: if unet.is_half { TOLERANCE_F16 } else { TOLERANCE_F32 },
        worst_row_sum: row_sums.map(|sum| (sum - 1.0).abs()).fold(0.0, worse),
        device: options.device.unwrap_or_default(),
        dialect: options.dialect(),
        untouched,
        intercepted,
    })
}

/// The result of the second of two calls, when everything is warm, and its time.
fn timed<T>(mut call: impl FnMut() -> Result<T>) -> Result<(T, Duration)> {
    call()?;
    let started = Instant::now();
    let result = call()?;
    Ok((result, started.elapsed()))
}

/// The largest difference; NaN where there is one.
fn distance(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, worse)
}

/// The larger, and NaN rather than any number.
fn worse(a: f32, b: f32) -> f32 {
    if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) }
}
