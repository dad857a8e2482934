//! A self-attention layer as one node, ONNX Runtime's MultiHeadAttention, whatever form it had.
//!
//! That node never holds the N x N weights of all heads, as nodes around a Softmax do: it goes over the keys in blocks
//! that fit into a cache. It is faster at every number of patches from 64 to 4096 (`tests/full_size/self_attention.py`:
//! 0.81 to 0.91 of the time of form a on two cores of an AMD EPYC, the multiplication of Q included), so it is chosen
//! whatever that number is; a graph need not state it. Where a provider has no kernel for half precision, ONNX Runtime
//! casts around the node, as it does around those that are replaced.

use super::Rewrite;
use crate::{
    AttentionLayer,
    build::{self, node},
    forms::MICROSOFT,
    proto::NodeProto,
};

impl Rewrite {
    /// The nodes of a self-attention layer, which make `out` at the place `at`. The scale is a constant inside, so Q is
    /// multiplied by 1/tau.
    pub(super) fn multi_head_attention(
        &mut self,
        layer: &AttentionLayer,
        [q, k, v]: &[String; 3],
        at: usize,
        out: &str,
    ) -> Vec<NodeProto> {
        let (factor, mut nodes) = self.inverse_temperature(layer, at, layer.dtype);
        let query = format!("tauscope.query/{}", layer.name);
        nodes.push(node("", "Mul", [q.as_str(), &factor], vec![query.clone()], vec![]));
        let mut attention = node(
            MICROSOFT,
            "MultiHeadAttention",
            [query.as_str(), k, v],
            vec![out.to_owned()],
            vec![build::int("num_heads", layer.heads as i64), build::float("scale", layer.scale)],
        );
        attention.name = Some(format!("tauscope.attention/{}", layer.name));
        nodes.push(attention);
        nodes
    }
}
