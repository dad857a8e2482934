//! Whether the program's own operators do on a device what they do on the CPU: one small layer is run there, with mask and
//! weights, before a model is. What was compiled for GPUs that nobody has seen is not trusted unseen.

use half::f16;
use ort::session::SessionInputValue;

use super::{Device, Runtime, SessionOptions, failure::failed, open_session, run, tensor};
use crate::{
    attention::Grid,
    diffusion::{CancelToken, initial_noise},
    error::{Error, Result},
    onnx::{ATTENTION_PROBE_INPUTS, ATTENTION_PROBE_OUTPUTS, DType, attention_probe_graph},
    operators::{
        self,
        kernel::CrossAttention,
        problem::{Control, Outputs, Problem, Reduce, Shape},
    },
};

/// More than a tile of patches and more than a chunk of tokens, with a remainder of each.
const SHAPE: Shape = Shape { batch: 2, patches: 70, tokens: 77, heads: 2, head_size: 64 };
/// Largest difference: half precision has 11 bits, and outputs are means of numbers below 5.
const TOLERANCE: f32 = 4e-3;

/// Why the operators cannot be used on `device`, if they cannot, as it is to be read after a colon.
///
/// # Errors
/// [`Error::Cancelled`].
pub(super) fn operators_refused(
    runtime: &Runtime,
    device: Device,
    cancel: &CancelToken,
) -> Result<Option<String>> {
    for dtype in [DType::F32, DType::F16] {
        match worst_difference(runtime, device, dtype, cancel) {
            Ok(worst) if worst <= TOLERANCE => {}
            Ok(worst) => return Ok(Some(format!("its results in {dtype} are off by {worst}"))),
            Err(Error::Runtime { detail, .. }) => return Ok(Some(detail.trim().to_owned())),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Between the device and the CPU's kernel, over all outputs of a layer on tensors of `dtype`; NaN where there is one.
fn worst_difference(runtime: &Runtime, device: Device, dtype: DType, cancel: &CancelToken) -> Result<f32> {
    const DOING: &str = "trying the attention operator";
    let Shape { batch, patches, tokens, heads, .. } = SHAPE;
    let channels = SHAPE.channels();
    // Numbers that half precision holds exactly.
    let numbers = |seed, rows: usize| -> Vec<f32> {
        let noise = initial_noise(seed, Grid::new(batch * rows, channels.div_ceil(4)));
        noise.iter().map(|&number| f16::from_f32(number).to_f32()).collect()
    };
    let [q, k, v] = [(1, patches), (2, tokens), (3, tokens)].map(|(seed, rows)| numbers(seed, rows));
    let group: Vec<i32> = (0..tokens as i32).map(|token| token % 4 - 1).collect();
    let weight: Vec<f32> = (0..tokens).map(|token| 0.5 + token as f32 / tokens as f32).collect();
    let (scale, strength, row) = (1.0 / (SHAPE.head_size as f32).sqrt(), 0.75, batch - 1);

    let control = Control { group: &group, weight: &weight, strength, reduce: Reduce::Sum };
    let problem = Problem::new(SHAPE, scale, [&q, &k, &v], row, control).map_err(Error::Internal)?;
    let [mut out, mut map, mut neutral, mut score] =
        [q.len(), patches * tokens, patches * tokens, patches * control.groups()].map(|len| vec![0.0; len]);
    let outputs = Outputs { out: &mut out, map: &mut map, neutral: &mut neutral, score: &mut score };
    let in_line = |count, task: &(dyn Fn() + Send + Sync)| {
        (0..count).for_each(|_| task());
        Ok::<_, Error>(())
    };
    CrossAttention::new(pulp::Arch::new()).run(&problem, outputs, in_line)?;

    let options = SessionOptions { device: Some(device), threads: 1, ..SessionOptions::default() };
    let domain = operators::domain().map_err(|error| failed(DOING, &error))?;
    let graph = attention_probe_graph(dtype, heads, scale);
    let mut session = open_session(runtime, &graph, None, &options, Some(domain), DOING, cancel)?;
    let array = |name: &str, values: &[f32], rows: usize| {
        let array = ndarray::ArrayD::from_shape_vec(vec![batch, rows, channels], values.to_vec());
        tensor::value(name, array.map_err(|error| Error::Internal(format!("{error}.")))?)
    };
    let values = [
        array("q", &q, patches)?,
        array("k", &k, tokens)?,
        array("v", &v, tokens)?,
        tensor::vector("group", group.clone())?,
        tensor::vector("weight", weight.clone())?,
        tensor::vector("strength", vec![strength])?,
        tensor::vector("reduce", vec![control.reduce.code()])?,
        tensor::vector("row", vec![row as i32])?,
    ];
    let inputs: Vec<(_, SessionInputValue<'_>)> =
        ATTENTION_PROBE_INPUTS.into_iter().zip(values.into_iter().map(Into::into)).collect();
    run(&mut session, inputs, DOING, cancel, |found| {
        let mut worst = 0.0;
        for (name, expected) in ATTENTION_PROBE_OUTPUTS.into_iter().zip([&out, &map, &neutral, &score]) {
            let found = super::sdxl::array::<ndarray::IxDyn>(found, name)?;
            if found.len() != expected.len() {
                return Ok(f32::NAN);
            }
            for (found, expected) in found.iter().zip(expected) {
                let difference = (found - expected).abs();
                worst = if difference > worst || difference.is_nan() { difference } else { worst };
            }
        }
        Ok(worst)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::LibraryOptions, *};

    #[test]
    fn the_operator_in_a_session_is_the_kernel_itself() {
        let cancel = CancelToken::new();
        let runtime = Runtime::start(&LibraryOptions::from_environment(), &mut |_| {}, &cancel).unwrap();
        let worst = worst_difference(&runtime, Device::Cpu, DType::F32, &cancel).unwrap();
        assert_eq!(worst, 0.0);
        let worst = worst_difference(&runtime, Device::Cpu, DType::F16, &cancel).unwrap();
        assert!(worst > 0.0 && worst <= TOLERANCE / 2.0, "{worst}");
        assert_eq!(operators_refused(&runtime, Device::Cpu, &cancel).unwrap(), None);
    }
}
