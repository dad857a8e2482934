//! The packed inputs of ONNX Runtime's fused attention, taken apart (form d, written by its optimizer and by Olive).
//!
//! ```text
//! Attention(x, W, b)                           MatMul, Add and Split before
//! MultiHeadAttention(qkv [B, N, H, 3, d])      Gather and Reshape of each before   MultiHeadAttention(q, k, v)
//! MultiHeadAttention(q, kv [B, L, H, 2, d])    Gather and Reshape of each before
//! MultiHeadAttention(q, k, v, bias)            Split and Add before
//! ```
//!
//! The result is the same, so survey and rewrite know one form only, and both work on what this makes. No weight is
//! copied. It is also what the CPU can run: ONNX Runtime has no kernels for packed inputs there.

use std::borrow::Cow;

use super::{
    Graph,
    build::{self, node},
    forms::MICROSOFT,
    index::{Index, attribute, int},
    proto::{GraphProto, NodeProto, TensorProto},
};

impl Graph {
    /// Takes the packed inputs of fused attention apart, where it has such, so that the CPU can run it.
    pub fn unpack(&mut self) {
        if let Cow::Owned(unpacked) = unpacked(self.graph()) {
            self.model.graph = Some(unpacked).into();
        }
    }
}

/// The graph with plain inputs to every attention.
pub(super) fn unpacked(graph: &GraphProto) -> Cow<'_, GraphProto> {
    let is_fused = |node: &NodeProto| node.domain() == MICROSOFT && node.op_type().ends_with("Attention");
    if !graph.node.iter().any(is_fused) {
        return Cow::Borrowed(graph);
    }
    let mut unpacking = Unpacking { index: Index::of(graph), nodes: Vec::new(), weights: Vec::new() };
    for node in &graph.node {
        let plain = match (node.domain(), node.op_type()) {
            (MICROSOFT, "Attention") => unpacking.attention(node),
            (MICROSOFT, "MultiHeadAttention") => unpacking.multi_head(node),
            _ => None,
        };
        unpacking.nodes.push(plain.unwrap_or_else(|| node.clone()));
    }
    let Unpacking { nodes, weights, .. } = unpacking;
    let mut graph = graph.clone();
    graph.node = nodes;
    graph.initializer.extend(weights);
    Cow::Owned(graph)
}

struct Unpacking<'a> {
    index: Index<'a>,
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
}

impl<'a> Unpacking<'a> {
    /// The node with projections for inputs; `None` if it has more than these, or anything about it is not known.
    fn attention(&mut self, fused: &'a NodeProto) -> Option<NodeProto> {
        let [data, weight, bias] = inputs(fused)?;
        if attribute(fused, "qkv_hidden_sizes").is_some() || int(fused, "do_rotary").unwrap_or(0) != 0 {
            return None;
        }
        let width = match self.index.tensor(weight)?.dims[..] {
            [_, width] if width % 3 == 0 => width / 3,
            _ => return None,
        };
        let value = |what: &str| name(fused, what);
        let mut packed = value("qkv");
        self.nodes.push(node("", "MatMul", [data, weight], vec![packed.clone()], vec![]));
        if !(bias.is_empty() || self.index.is_zero(bias)) {
            let sum = value("biased_qkv");
            self.nodes.push(node("", "Add", [packed.as_str(), bias], vec![sum.clone()], vec![]));
            packed = sum;
        }
        let parts = ["q", "k", "v"].map(value);
        self.split(fused, &packed, &parts, -1, width);
        Some(plain(fused, parts))
    }

    /// The node with three inputs; `None` if it has these already, or others that are not known here.
    fn multi_head(&mut self, fused: &'a NodeProto) -> Option<NodeProto> {
        let [q, k, v, bias] = inputs(fused)?;
        if bias.is_empty() && !v.is_empty() {
            return None;
        }
        let bias = Some(bias).filter(|bias| !(bias.is_empty() || self.index.is_zero(bias)));
        let width = match bias.map(|bias| self.index.tensor(bias).map(|bias| &bias.dims[..])) {
            None => 0,
            Some(Some(&[width])) if width % 3 == 0 => width / 3,
            Some(_) => return None,
        };
        let parts = match (k, v) {
            ("", _) => [0, 1, 2].map(|at| self.part(fused, q, at)),
            (_, "") => [q.to_owned(), self.part(fused, k, 0), self.part(fused, k, 1)],
            _ => [q, k, v].map(str::to_owned),
        };
        let Some(bias) = bias else { return Some(plain(fused, parts)) };
        let biases = ["bias_q", "bias_k", "bias_v"].map(|what| name(fused, what));
        self.split(fused, bias, &biases, 0, width);
        let mut sums = ["biased_q", "biased_k", "biased_v"].map(|what| name(fused, what));
        for ((part, bias), sum) in parts.iter().zip(&biases).zip(&mut sums) {
            self.nodes.push(node("", "Add", [part.as_str(), bias], vec![sum.clone()], vec![]));
        }
        Some(plain(fused, sums))
    }

    /// One of the projections in [B, N, H, n, d], as [B, N, H*d].
    fn part(&mut self, fused: &NodeProto, packed: &str, at: i64) -> String {
        let value = |what: &str| name(fused, &format!("{what}.{at}"));
        let (place, shape, heads, part) = (value("place"), value("shape"), value("heads"), value("part"));
        self.weights.extend([build::scalar(&place, at), build::vector(&shape, &[0, 0, -1])]);
        let axis = vec![build::int("axis", 3)];
        self.nodes.push(node("", "Gather", [packed, &place], vec![heads.clone()], axis));
        self.nodes.push(node("", "Reshape", [heads.as_str(), &shape], vec![part.clone()], vec![]));
        part
    }

    /// Splits a value into three of this width.
    fn split(&mut self, fused: &NodeProto, value: &str, parts: &[String; 3], axis: i64, width: i64) {
        let sizes = name(fused, "sizes");
        self.weights.push(build::vector(&sizes, &[width; 3]));
        let axis = vec![build::int("axis", axis)];
        self.nodes.push(node("", "Split", [value, &sizes], parts.to_vec(), axis));
    }
}

/// The first inputs, "" for those that are left out; `None` if there are more.
fn inputs<const COUNT: usize>(node: &NodeProto) -> Option<[&str; COUNT]> {
    let beyond = node.input.iter().skip(COUNT).all(String::is_empty);
    beyond.then(|| std::array::from_fn(|at| node.input.get(at).map_or("", String::as_str)))
}

/// MultiHeadAttention in the place of a fused node, with its name and its outputs.
fn plain(fused: &NodeProto, parts: [String; 3]) -> NodeProto {
    NodeProto { op_type: Some("MultiHeadAttention".into()), input: parts.into(), ..fused.clone() }
}

/// The name of a value that is made for a fused node.
fn name(fused: &NodeProto, what: &str) -> String {
    format!("tauscope.{what}/{}", fused.output.first().map_or("", String::as_str))
}
