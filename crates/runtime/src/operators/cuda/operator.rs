//! The operator on CUDA as ONNX Runtime calls it: checks a call and launches its kernels.

#![expect(unsafe_code, reason = "hands device memory to kernels")]

use std::{ffi::c_void, fmt::Debug, marker::PhantomData, ptr};

use ort::{
    operator::{
        ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput, ShapeInferenceContext,
    },
    value::{DynTensorValueType, PrimitiveTensorElementType, TensorElementType},
};

use super::{
    driver::Stream,
    launch::{Address, Scratch, Tensors, launches},
};
use crate::operators::{
    node::{self, Node, caught},
    problem::{LayerControl, Shape, check},
};
use tauscope_onnx::contract;

/// The operator for tensors of `T` in a GPU's memory.
#[derive(Debug, Default)]
pub(in super::super) struct CudaCrossAttention<T>(PhantomData<T>);

impl<T: PrimitiveTensorElementType + Debug + Send + Sync + 'static> Operator for CudaCrossAttention<T> {
    type Kernel<'attr> = CudaNode<T>;

    fn name(&self) -> &str {
        contract::CROSS_ATTENTION
    }

    fn execution_provider_type(&self) -> Option<&str> {
        Some("CUDAExecutionProvider")
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        node::inputs(T::into_tensor_element_type())
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        node::outputs(T::into_tensor_element_type())
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<CudaNode<T>> {
        Ok(CudaNode { node: Node::new(context)?, control: Vec::new(), element: PhantomData })
    }

    fn infer_shape(&self, context: &mut ShapeInferenceContext) -> ort::Result<()> {
        node::infer_shape(context)
    }
}

/// One node of a graph.
#[derive(Debug)]
pub(in super::super) struct CudaNode<T> {
    node: Node,
    /// The control as it is uploaded. It stays here because the copy may begin after the call returns. The next call comes
    /// in another run, and ONNX Runtime waits for the stream at the end of each.
    control: Vec<u8>,
    element: PhantomData<T>,
}

impl<T: PrimitiveTensorElementType + Debug + Send + 'static> Kernel for CudaNode<T> {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        caught(|| self.attend(context))
    }
}

impl<T: PrimitiveTensorElementType + Debug> CudaNode<T> {
    fn attend(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let node = &self.node;
        let [q, k, v] = [0, 1, 2].map(|index| node.input(context, index));
        let (q, k, v) = (q?, k?, v?);
        let [q, k, v] = [q, k, v].map(|tensor| tensor.downcast::<DynTensorValueType>());
        let (q, k, v) = (q?, k?, v?);
        let shape = node.shape(q.shape(), k.shape(), v.shape())?;
        let inputs = node.control_inputs(context)?;
        let told = node.told(&inputs, shape.patches)?;
        let (control, row) = node.control(&inputs, &told)?;
        check(shape, node.scale, row, &control).map_err(|problem| node.unfit(problem))?;

        let output = |index: usize, dims: Vec<i64>| {
            let value = context
                .output(index, dims)?
                .ok_or_else(|| node.unfit(format!("Output {index} is missing.")))?;
            Ok::<_, ort::Error>(address(value.downcast::<DynTensorValueType>()?.data_ptr()))
        };
        let [out, map, neutral, score] = Node::output_dims(shape, &control);
        let tensors = Tensors {
            q: address(q.data_ptr()),
            k: address(k.data_ptr()),
            v: address(v.data_ptr()),
            out: output(0, out)?,
            map: output(1, map)?,
            neutral: output(2, neutral)?,
            score: output(3, score)?,
        };

        // Freed when this returns, while the kernels still run: whoever gets it next works on the same stream.
        let allocator = context.allocator(q.memory_info())?;
        let mut memory = allocator.alloc::<u8>(scratch_bytes(shape))?;
        let scratch = scratch(address(memory.as_mut_ptr()), shape);
        let stream = context.stream()?.map_or(ptr::null_mut(), |stream| stream.as_ptr());
        let stream = Stream::new(stream.cast()).map_err(|problem| node.unfit(problem))?;
        if control.acts() || control.groups() > 0 {
            self.control = control_bytes(&control);
            // SAFETY: the scratch memory ends with the control's numbers, and these stay in the node.
            unsafe { stream.upload(&self.control, scratch.group) }.map_err(|problem| node.unfit(problem))?;
        }
        let is_half = T::into_tensor_element_type() == TensorElementType::Float16;
        let launches = launches(shape, is_half, node.scale, row, &control, tensors, scratch)
            .map_err(|error| node.unfit(format!("{shape:?} is too large ({error}).")))?;
        for launch in &launches {
            // SAFETY: ONNX Runtime placed the tensors on the device, as large as `shape` says, and keeps them until the
            // stream has come past this node; the same holds for the scratch memory, as said above.
            unsafe { stream.launch(launch) }.map_err(|problem| node.unfit(problem))?;
        }
        Ok(())
    }
}

fn address(pointer: *const c_void) -> Address {
    pointer as Address
}

/// Bytes of working memory: probabilities, winners, the control's two numbers of each token and its one of each patch.
fn scratch_bytes(shape: Shape) -> usize {
    let numbers = shape.heads * shape.patches * shape.tokens + 2 * (shape.patches + shape.tokens);
    numbers * size_of::<f32>()
}

/// Where things lie in working memory at `start`.
pub(super) fn scratch(start: Address, shape: Shape) -> Scratch {
    let after = |address: Address, numbers: usize| address + (numbers * size_of::<f32>()) as Address;
    let winner = after(start, shape.heads * shape.patches * shape.tokens);
    let group = after(winner, shape.patches);
    let weight = after(group, shape.tokens);
    Scratch { probabilities: start, winner, group, weight, seats: after(weight, shape.tokens) }
}

/// The groups of all tokens, then their weights, then the seats of all patches, as they lie on the device.
pub(super) fn control_bytes(control: &LayerControl<'_>) -> Vec<u8> {
    let seats = control.seats();
    let parts = [
        bytemuck::cast_slice(control.group),
        bytemuck::cast_slice(control.weight),
        bytemuck::cast_slice(&seats),
    ];
    parts.concat()
}
