//! The operator as ONNX Runtime sees it, on any device: ports, attributes, the sizes of a call and its control, which
//! always lies in the CPU's memory.
//!
//! A panic that reaches ONNX Runtime ends the process, so every call and every task turns panics into errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::Ix2;
use ort::{
    Error,
    memory::MemoryType,
    operator::{ComputeContext, KernelContext, OperatorInput, OperatorOutput, ShapeInferenceContext},
    value::{Shape as Dims, SymbolicDimensions, TensorElementType, ValueRef, ValueType},
};

use super::problem::{LayerControl, Reduce, Shape};
use tauscope_core::attention::Regions;
use tauscope_onnx::contract;

/// The operator's inputs, where q, k and v are of `element`.
pub(super) fn inputs(element: TensorElementType) -> [OperatorInput; 9] {
    let tensor = || OperatorInput::required(element);
    let control = |of| OperatorInput::required(of).memory_type(MemoryType::CPUInput);
    let (float, int) = (TensorElementType::Float32, TensorElementType::Int32);
    [
        tensor(),
        tensor(),
        tensor(),
        control(int),
        control(float),
        control(float),
        control(int),
        control(int),
        control(int),
    ]
}

/// Its outputs.
pub(super) fn outputs(element: TensorElementType) -> [OperatorOutput; 4] {
    let record = || OperatorOutput::required(TensorElementType::Float32);
    [OperatorOutput::required(element), record(), record(), record()]
}

/// Declares the shapes of out and map, where those of q and k are known.
pub(super) fn infer_shape(context: &mut ShapeInferenceContext) -> ort::Result<()> {
    let inputs = context.inputs();
    // ONNX Runtime asks one of the flavours for all of them, so the element type is the one of q.
    let (Some((element, q)), Some((_, k))) = (rank_3(&inputs, 0), rank_3(&inputs, 1)) else {
        return Ok(());
    };
    context.set_output(0, &tensor_type(element, &[q[0], q[1], q[2]]))?;
    context.set_output(1, &tensor_type(TensorElementType::Float32, &[q[1], k[1]]))
}

/// The type of an input of three dimensions, if all of them are known. Unknown ones must not be passed on: ONNX
/// Runtime would take their -1 for a length and fold it into the shapes computed from them.
fn rank_3(inputs: &[ValueType], index: usize) -> Option<(TensorElementType, &Dims)> {
    let input = inputs.get(index)?;
    let known = |dims: &&Dims| dims.len() == 3 && dims.iter().all(|&length| length >= 0);
    input.tensor_type().zip(input.tensor_shape().filter(known))
}

fn tensor_type(ty: TensorElementType, dims: &[i64]) -> ValueType {
    ValueType::Tensor {
        ty,
        shape: Dims::new(dims.iter().copied()),
        dimension_symbols: SymbolicDimensions::empty(dims.len()),
    }
}

/// One node of a graph: its attributes.
#[derive(Debug)]
pub(super) struct Node {
    name: String,
    heads: usize,
    /// Factor of Q K^T.
    pub(super) scale: f32,
    layer: usize,
}

/// The inputs that control the conditional row.
pub(super) struct ControlInputs<'a> {
    group: ValueRef<'a>,
    weight: ValueRef<'a>,
    strength: ValueRef<'a>,
    reduce: ValueRef<'a>,
    row: ValueRef<'a>,
    regions: ValueRef<'a>,
}

impl Node {
    pub(super) fn new(context: &KernelContext<'_>) -> ort::Result<Self> {
        let name = context.node_name()?;
        let missing =
            |attribute: &str| Error::new(format!("The node {name} has no usable attribute \"{attribute}\"."));
        let index = |attribute: &str| {
            let value: Option<i64> = context.get(attribute);
            value.and_then(|value| usize::try_from(value).ok()).ok_or_else(|| missing(attribute))
        };
        let scale: f32 = context.get(contract::SCALE).ok_or_else(|| missing(contract::SCALE))?;
        Ok(Self { heads: index(contract::HEADS)?, scale, layer: index(contract::LAYER)?, name })
    }

    /// The error of a call that cannot be computed.
    pub(super) fn unfit(&self, problem: impl AsRef<str>) -> Error {
        Error::new(format!("The cross-attention node {} cannot run. {}", self.name, problem.as_ref()))
    }

    pub(super) fn input<'a>(&self, context: &'a ComputeContext, index: usize) -> ort::Result<ValueRef<'a>> {
        context.input(index)?.ok_or_else(|| self.unfit(format!("Input {index} is missing.")))
    }

    pub(super) fn control_inputs<'a>(&self, context: &'a ComputeContext) -> ort::Result<ControlInputs<'a>> {
        Ok(ControlInputs {
            group: self.input(context, 3)?,
            weight: self.input(context, 4)?,
            strength: self.input(context, 5)?,
            reduce: self.input(context, 6)?,
            row: self.input(context, 7)?,
            regions: self.input(context, 8)?,
        })
    }

    /// What the regions tell each of the layer's patches; empty where attention decides everywhere.
    pub(super) fn told(&self, inputs: &ControlInputs<'_>, patches: usize) -> ort::Result<Vec<i32>> {
        let labels = inputs.regions.try_extract_array::<i32>()?;
        if labels.iter().all(|&label| label == Regions::ATTENTION_DECIDES) {
            return Ok(Vec::new());
        }
        let labels = labels.to_owned().into_dimensionality::<Ix2>();
        let labels = labels.map_err(|error| self.unfit(format!("The regions are no grid ({error}).")))?;
        let regions = Regions::new(labels).map_err(|error| self.unfit(error.to_string()))?;
        let grid = regions.grid().of_layer(patches).ok_or_else(|| {
            self.unfit(format!("The regions are {}, which {patches} patches do not cover.", regions.grid()))
        })?;
        Ok(regions.of_layer(grid))
    }

    /// The control of this layer, whose patches are `told` what to see, and the conditional row.
    pub(super) fn control<'a>(
        &self,
        inputs: &'a ControlInputs<'_>,
        told: &'a [i32],
    ) -> ort::Result<(LayerControl<'a>, usize)> {
        let strength = inputs.strength.try_extract_tensor::<f32>()?.1;
        let strength = *strength.get(self.layer).ok_or_else(|| {
            self.unfit(format!("There are {} mask strengths, none for layer {}.", strength.len(), self.layer))
        })?;
        let reduce = self.only("mask reduce", inputs.reduce.try_extract_tensor::<i32>()?.1)?;
        let reduce = Reduce::from_code(reduce).ok_or_else(|| {
            self.unfit(format!("The mask reduce is {reduce}, not 0 (sum), 1 (mean) or 2 (max)."))
        })?;
        let row = self.only("conditional row", inputs.row.try_extract_tensor::<i32>()?.1)?;
        let row = usize::try_from(row).map_err(|error| {
            self.unfit(format!("The conditional row is {row}, but rows count from 0 ({error})."))
        })?;
        let group = inputs.group.try_extract_tensor::<i32>()?.1;
        let weight = inputs.weight.try_extract_tensor::<f32>()?.1;
        Ok((LayerControl { group, weight, strength, reduce, told }, row))
    }

    /// The sizes that the tensors agree on.
    pub(super) fn shape(&self, q: &[i64], k: &[i64], v: &[i64]) -> ort::Result<Shape> {
        let (&[batch, patches, channels], &[k_batch, tokens, k_channels]) = (q, k) else {
            return Err(self.unfit(format!("q is {q:?} and k is {k:?}, but both need three dimensions.")));
        };
        if k != v || k_batch != batch || k_channels != channels {
            return Err(self.unfit(format!(
                "q is {q:?}, k is {k:?} and v is {v:?}, but they need equal batches and channels, k and v equal tokens."
            )));
        }
        let heads = self.heads;
        let channels = channels as usize;
        if heads == 0 || !channels.is_multiple_of(heads) {
            return Err(self.unfit(format!("{channels} channels cannot be shared between {heads} heads.")));
        }
        let (batch, patches, tokens) = (batch as usize, patches as usize, tokens as usize);
        Ok(Shape { batch, patches, tokens, heads, head_size: channels / heads })
    }

    /// The dimensions of the outputs.
    pub(super) fn output_dims(shape: Shape, control: &LayerControl<'_>) -> [Vec<i64>; 4] {
        let neutral = if control.acts() { shape.patches } else { 0 };
        [
            vec![shape.batch, shape.patches, shape.channels()],
            vec![shape.patches, shape.tokens],
            vec![neutral, shape.tokens],
            vec![shape.patches, control.groups()],
        ]
        .map(|dims| dims.into_iter().map(|dim| dim as i64).collect())
    }

    /// The one element of a control input.
    fn only(&self, name: &str, values: &[i32]) -> ort::Result<i32> {
        match values {
            &[value] => Ok(value),
            _ => Err(self.unfit(format!("The {name} has {} elements, not 1.", values.len()))),
        }
    }
}

/// Runs `work`, and turns a panic into an error.
pub(super) fn caught(work: impl FnOnce() -> ort::Result<()>) -> ort::Result<()> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

pub(super) fn panicked() -> Error {
    Error::new("The cross-attention kernel panicked. Please report this.")
}
