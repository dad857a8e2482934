//! The operator on NVIDIA's GPUs: kernels written in CUDA C++ (`attention.cu`), compiled ahead to PTX and launched
//! through the driver on ONNX Runtime's stream. Nothing of CUDA is linked, or needed before a session runs there.
//!
//! * `launch`: which kernels a call takes, pure,
//! * `driver`: all calls of the driver's functions,
//! * `operator`: the operator as ONNX Runtime sees it.
//!
//! The tests run the kernels of the same source on the CPU (`emulator.cpp`) beside the naive twin.

mod driver;
mod launch;
mod operator;
#[cfg(test)]
#[cfg(unix)]
pub(super) mod tests;

pub(super) use operator::CudaCrossAttention;
