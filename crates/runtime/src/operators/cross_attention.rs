//! The operator on the CPU, as ONNX Runtime calls it: checks a call and runs the kernel on ONNX Runtime's threads.

use std::{
    fmt::Debug,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

use ort::{
    operator::{
        ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput, ShapeInferenceContext,
    },
    value::PrimitiveTensorElementType,
};

use super::{
    element::Element,
    kernel,
    node::{self, Node, caught, panicked},
    problem::{Outputs, Problem},
};
use tauscope_onnx::contract;

/// The operator for tensors of `T`.
#[derive(Debug, Default)]
pub(super) struct CrossAttention<T>(PhantomData<T>);

impl<T: Element + PrimitiveTensorElementType + Debug> Operator for CrossAttention<T> {
    type Kernel<'attr> = CpuNode<T>;

    fn name(&self) -> &str {
        contract::CROSS_ATTENTION
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        node::inputs(T::into_tensor_element_type())
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        node::outputs(T::into_tensor_element_type())
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<CpuNode<T>> {
        let kernel = kernel::CrossAttention::new(pulp::Arch::new());
        Ok(CpuNode { node: Node::new(context)?, kernel, element: PhantomData })
    }

    fn infer_shape(&self, context: &mut ShapeInferenceContext) -> ort::Result<()> {
        node::infer_shape(context)
    }
}

/// One node of a graph.
#[derive(Debug)]
pub(super) struct CpuNode<T> {
    node: Node,
    kernel: kernel::CrossAttention,
    element: PhantomData<T>,
}

impl<T: Element + PrimitiveTensorElementType + Debug> Kernel for CpuNode<T> {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        caught(|| self.attend(context))
    }
}

impl<T: Element + PrimitiveTensorElementType + Debug> CpuNode<T> {
    fn attend(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let node = &self.node;
        let [q, k, v] = [0, 1, 2].map(|index| node.input(context, index));
        let (q, k, v) = (q?, k?, v?);
        let (q_dims, q) = q.try_extract_tensor::<T>()?;
        let (k_dims, k) = k.try_extract_tensor::<T>()?;
        let (v_dims, v) = v.try_extract_tensor::<T>()?;
        let shape = node.shape(q_dims, k_dims, v_dims)?;
        let inputs = node.control_inputs(context)?;
        let told = node.told(&inputs, shape.patches)?;
        let (control, row) = node.control(&inputs, &told)?;
        let problem = Problem::new(shape, node.scale, [q, k, v], row, control)
            .map_err(|problem| node.unfit(problem))?;

        let [out, map, neutral, score] = Node::output_dims(shape, &control);
        let output = |index: usize, dims| {
            context.output(index, dims)?.ok_or_else(|| node.unfit(format!("Output {index} is missing.")))
        };
        let (mut out, mut map) = (output(0, out)?, output(1, map)?);
        let (mut neutral, mut score) = (output(2, neutral)?, output(3, score)?);
        let outputs = Outputs {
            out: out.try_extract_tensor_mut::<T>()?.1,
            map: map.try_extract_tensor_mut::<f32>()?.1,
            neutral: neutral.try_extract_tensor_mut::<f32>()?.1,
            score: score.try_extract_tensor_mut::<f32>()?.1,
        };
        self.kernel.run(&problem, outputs, |count, task| par_for(context, count, task))
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
