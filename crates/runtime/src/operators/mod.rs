//! Custom operators: the attention kernels that ONNX Runtime calls in the middle of the UNet.
//!
//! One operator, [`onnx::contract::CROSS_ATTENTION`](tauscope_onnx::contract::CROSS_ATTENTION), in place of the
//! nodes between the projections and the output of every cross-attention layer: it computes the same attention,
//! records it and, in the conditional row, masks and weighs it (method.md 2, 3 and 5). `runtime` registers
//! [`domain`] with its sessions. Which tokens form a group, how strong the mask is at a step and what the maps
//! mean is decided elsewhere; this room only computes.
//!
//! * [`problem`]: one call of the operator, checked,
//! * [`naive`]: what is computed, in plain f64 loops,
//! * [`kernel`]: the same in SIMD over tiles of patches, for f32 and f16 tensors,
//! * `cuda`: the same on NVIDIA's GPUs.

mod buffer;
mod cross_attention;
mod cuda;
mod element;
pub mod kernel;
mod layout;
pub mod naive;
mod node;
pub mod problem;
mod row_control;
mod simd;
mod steer;
#[cfg(test)]
mod tests;
mod tile;

use ort::operator::OperatorDomain;

use tauscope_onnx::contract;

/// The domain that a session needs to run a rewritten graph: cross-attention for f32 and for f16 tensors, on the CPU
/// and on CUDA. ONNX Runtime takes the one for the provider that runs a node.
///
/// The ONNX Runtime library has to be loaded before.
///
/// # Errors
/// ONNX Runtime refuses the domain.
pub fn domain() -> ort::Result<OperatorDomain> {
    OperatorDomain::new(contract::DOMAIN)?
        .add(cross_attention::CrossAttention::<f32>::default())?
        .add(cross_attention::CrossAttention::<half::f16>::default())?
        .add(cuda::CudaCrossAttention::<f32>::default())?
        .add(cuda::CudaCrossAttention::<half::f16>::default())
}

/// The instruction set that the kernels use on this machine: "AVX-512", "AVX2", "NEON" or "scalar".
pub fn simd_name() -> &'static str {
    simd::name(pulp::Arch::new())
}
