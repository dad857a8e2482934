//! Operators for which ONNX Runtime has kernels on GPUs only.

use super::{Graph, forms::MICROSOFT};

/// Of ONNX Runtime's own domain, written by its optimizer for GPUs (optimum's `--optimize O4`, Olive).
const GPU_ONLY: [&str; 7] =
    ["BiasAdd", "BiasSplitGelu", "GemmFastGelu", "GroupNorm", "NhwcConv", "NhwcFusedConv", "SkipGroupNorm"];

impl Graph {
    /// The graph's operators that no CPU runs, each once, sorted.
    pub fn gpu_only(&self) -> Vec<&str> {
        let used = |operator: &&str| {
            let mut nodes = self.graph().node.iter();
            nodes.any(|node| node.op_type() == *operator && node.domain() == MICROSOFT)
        };
        GPU_ONLY.into_iter().filter(used).collect()
    }
}
