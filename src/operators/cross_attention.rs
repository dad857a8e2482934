//! The operator as ONNX Runtime sees it: reads the node's attributes and inputs, checks them and runs the kernel.
//!
//! A panic that reached ONNX Runtime would end the process, so every call and every task turns one into an error.

use std::{
    any::type_name,
    fmt::Debug,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

use ort::{
    Error,
    memory::MemoryType,
    operator::{
        ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput, ShapeInferenceContext,
    },
    value::{PrimitiveTensorElementType, Shape as Dims, SymbolicDimensions, TensorElementType, ValueType},
};

use super::{
    element::Element,
    kernel,
    problem::{Control, Outputs, Problem, Reduce, Shape},
};
use crate::onnx::contract;

/// The operator for tensors of `T`.
#[derive(Debug, Default)]
pub(super) struct CrossAttention<T>(PhantomData<T>);

impl<T: Element + PrimitiveTensorElementType + Debug> Operator for CrossAttention<T> {
    type Kernel<'attr> = Node<T>;

    fn name(&self) -> &str {
        contract::CROSS_ATTENTION
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        let tensor = || OperatorInput::required(T::into_tensor_element_type());
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
        ]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        let record = || OperatorOutput::required(TensorElementType::Float32);
        [OperatorOutput::required(T::into_tensor_element_type()), record(), record(), record()]
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<Node<T>> {
        let name = context.node_name()?;
        let missing =
            |attribute: &str| Error::new(format!("The node {name} has no usable attribute \"{attribute}\"."));
        let index = |attribute: &str| {
            let value: Option<i64> = context.get(attribute);
            value.and_then(|value| usize::try_from(value).ok()).ok_or_else(|| missing(attribute))
        };
        let scale: f32 = context.get(contract::SCALE).ok_or_else(|| missing(contract::SCALE))?;
        Ok(Node {
            heads: index(contract::HEADS)?,
            scale,
            layer: index(contract::LAYER)?,
            kernel: kernel::CrossAttention::new(pulp::Arch::new()),
            name,
            element: PhantomData,
        })
    }

    fn infer_shape(&self, context: &mut ShapeInferenceContext) -> ort::Result<()> {
        let inputs = context.inputs();
        // ONNX Runtime asks one of the flavours for all of them, so the element type is the one of q.
        let (Some((element, q)), Some((_, k))) = (rank_3(&inputs, 0), rank_3(&inputs, 1)) else {
            return Ok(());
        };
        context.set_output(0, &tensor_type(element, &[q[0], q[1], q[2]]))?;
        context.set_output(1, &tensor_type(TensorElementType::Float32, &[q[1], k[1]]))
    }
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

/// One node of a graph.
#[derive(Debug)]
pub(super) struct Node<T> {
    name: String,
    heads: usize,
    scale: f32,
    layer: usize,
    kernel: kernel::CrossAttention,
    element: PhantomData<T>,
}

impl<T: Element + PrimitiveTensorElementType + Debug> Kernel for Node<T> {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        catch_unwind(AssertUnwindSafe(|| self.attend(context))).unwrap_or_else(|_| Err(panicked()))
    }
}

impl<T: Element + PrimitiveTensorElementType + Debug> Node<T> {
    fn attend(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let name = self.name.clone();
        let unfit =
            |problem: String| Error::new(format!("The cross-attention node {name} cannot run. {problem}"));
        let input =
            |index: usize| context.input(index)?.ok_or_else(|| unfit(format!("Input {index} is missing.")));
        let (q, k, v) = (input(0)?, input(1)?, input(2)?);
        let (group, weight, strength) = (input(3)?, input(4)?, input(5)?);
        let (reduce, row) = (input(6)?, input(7)?);

        let (q_dims, q) = q.try_extract_tensor::<T>()?;
        let (k_dims, k) = k.try_extract_tensor::<T>()?;
        let (v_dims, v) = v.try_extract_tensor::<T>()?;
        let shape = self.shape(q_dims, k_dims, v_dims).map_err(&unfit)?;

        let strength = strength.try_extract_tensor::<f32>()?.1;
        let strength = *strength.get(self.layer).ok_or_else(|| {
            unfit(format!("There are {} mask strengths, none for layer {}.", strength.len(), self.layer))
        })?;
        let reduce = only("mask reduce", reduce.try_extract_tensor::<i32>()?.1).map_err(&unfit)?;
        let reduce = Reduce::from_code(reduce).ok_or_else(|| {
            unfit(format!("The mask reduce is {reduce}, not 0 (sum), 1 (mean) or 2 (max)."))
        })?;
        let row = only("conditional row", row.try_extract_tensor::<i32>()?.1).map_err(&unfit)?;
        let row = usize::try_from(row).map_err(|error| {
            unfit(format!("The conditional row is {row}, but rows count from 0 ({error})."))
        })?;
        let (group, weight) = (group.try_extract_tensor::<i32>()?.1, weight.try_extract_tensor::<f32>()?.1);
        let control = Control { group, weight, strength, reduce };
        let problem = Problem::new(shape, self.scale, [q, k, v], row, control).map_err(&unfit)?;

        let output = |index: usize, dims: &[usize]| {
            let dims: Vec<i64> = dims.iter().map(|&dim| dim as i64).collect();
            context.output(index, dims)?.ok_or_else(|| unfit(format!("Output {index} is missing.")))
        };
        let mut out = output(0, &[shape.batch, shape.patches, shape.channels()])?;
        let mut map = output(1, &[shape.patches, shape.tokens])?;
        let neutral = if control.acts() { shape.patches } else { 0 };
        let mut neutral = output(2, &[neutral, shape.tokens])?;
        let mut score = output(3, &[shape.patches, control.groups()])?;
        let outputs = Outputs {
            out: out.try_extract_tensor_mut::<T>()?.1,
            map: map.try_extract_tensor_mut::<f32>()?.1,
            neutral: neutral.try_extract_tensor_mut::<f32>()?.1,
            score: score.try_extract_tensor_mut::<f32>()?.1,
        };
        self.kernel.run(&problem, outputs, |count, task| par_for(context, count, task))
    }

    /// The sizes that the tensors agree on.
    fn shape(&self, q: &[i64], k: &[i64], v: &[i64]) -> Result<Shape, String> {
        let (&[batch, patches, channels], &[k_batch, tokens, k_channels]) = (q, k) else {
            return Err(format!("q is {q:?} and k is {k:?}, but both need three dimensions."));
        };
        if k != v || k_batch != batch || k_channels != channels {
            let tensors = format!("q is {q:?}, k is {k:?} and v is {v:?} ({})", type_name::<T>());
            return Err(format!(
                "{tensors}, but they need equal batches and channels, k and v equal tokens."
            ));
        }
        let heads = self.heads;
        let channels = channels as usize;
        if heads == 0 || !channels.is_multiple_of(heads) {
            return Err(format!("{channels} channels cannot be shared between {heads} heads."));
        }
        let (batch, patches, tokens) = (batch as usize, patches as usize, tokens as usize);
        Ok(Shape { batch, patches, tokens, heads, head_size: channels / heads })
    }
}

/// The one element of a control input.
fn only(name: &str, values: &[i32]) -> Result<i32, String> {
    match values {
        &[value] => Ok(value),
        _ => Err(format!("The {name} has {} elements, not 1.", values.len())),
    }
}

/// Runs `task` `count` times on ONNX Runtime's threads.
fn par_for(context: &ComputeContext, count: usize, task: &(dyn Fn() + Send + Sync)) -> ort::Result<()> {
    let failed = AtomicBool::new(false);
    context.par_for(count, 0, |_| {
        if catch_unwind(AssertUnwindSafe(task)).is_err() {
            failed.store(true, Ordering::Relaxed);
        }
    })?;
    if failed.into_inner() { Err(panicked()) } else { Ok(()) }
}

fn panicked() -> Error {
    Error::new("The cross-attention kernel made a mistake. Please report this.")
}
