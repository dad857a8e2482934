//! The inputs that every UNet of SDXL has, by the names and shapes that its exporter gave them.

use ndarray::{Array1, Axis, CowArray, IxDyn, arr0};

use super::guidance;
use tauscope_core::{
    diffusion::UnetInput,
    error::{Error, Result},
    model::Unet,
};
use tauscope_onnx::{Dim, Port};

/// The UNet's own inputs, as many rows as `input` has.
///
/// Exporters give `timestep` no dimension, or one named "steps". Where a graph does not say, it gets none, which fits
/// both: a scalar broadcasts to any shape, while an array would unsqueeze to one dimension too many. A dimension that is
/// named as the batch takes one timestep for each row.
///
/// # Errors
/// [`Error::Graph`] for an input that SDXL does not have.
pub(super) fn unet_inputs<'a>(
    about: &'a Unet,
    input: &'a UnetInput<'_>,
) -> Result<Vec<(&'a Port, CowArray<'a, f32, IxDyn>)>> {
    let rows = input.sample.len_of(Axis(0));
    let signature = &about.signature;
    let batch = signature.input("sample").and_then(|port| port.shape.first());
    let inputs = signature.inputs.iter().map(|port| {
        let array = match port.name.as_str() {
            "sample" => input.sample.into_dyn().into(),
            "timestep" if port.shape.is_empty() => arr0(input.timestep).into_dyn().into(),
            "timestep" => {
                let count = if matches!(batch, Some(Dim::Named(_))) && port.shape.first() == batch {
                    rows
                } else {
                    1
                };
                Array1::from_elem(count, input.timestep).into_dyn().into()
            }
            "timestep_cond" => {
                let width = about.guidance_width.unwrap_or_default();
                guidance::embedding(input.guidance_scale, rows, width).into_dyn().into()
            }
            "encoder_hidden_states" => input.context.into_dyn().into(),
            "text_embeds" => input.pooled.into_dyn().into(),
            "time_ids" => input.time_ids.into_dyn().into(),
            other => {
                return Err(Error::graph(
                    "unet",
                    format!("it wants the input {other}, which is not SDXL's."),
                ));
            }
        };
        Ok((port, array))
    });
    inputs.collect()
}
