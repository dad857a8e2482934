//! Which nodes make and which nodes read each value of a graph.

use std::collections::HashMap;

use super::{
    DType,
    proto::{AttributeProto, GraphProto, NodeProto, TensorProto},
};

/// A graph to walk on, forwards and backwards.
///
/// [`super::Graph::parse`] has put the nodes in order and found every value made once, so every walk ends.
pub(super) struct Index<'a> {
    nodes: &'a [NodeProto],
    producers: HashMap<&'a str, usize>,
    consumers: HashMap<&'a str, Vec<usize>>,
    initializers: HashMap<&'a str, &'a TensorProto>,
    inputs: HashMap<&'a str, DType>,
}

impl<'a> Index<'a> {
    pub(super) fn of(graph: &'a GraphProto) -> Self {
        let initializers: HashMap<_, _> = graph.initializer.iter().map(|t| (t.name(), t)).collect();
        let inputs: HashMap<_, _> = graph
            .input
            .iter()
            .map(|input| (input.name(), DType::from_onnx(input.type_.tensor_type.elem_type())))
            .collect();
        let mut producers = HashMap::new();
        let mut consumers: HashMap<_, Vec<_>> = HashMap::new();
        for (at, node) in graph.node.iter().enumerate() {
            for input in &node.input {
                consumers.entry(input.as_str()).or_default().push(at);
            }
            for output in node.output.iter().filter(|output| !output.is_empty()) {
                producers.insert(output.as_str(), at);
            }
        }
        Self { nodes: &graph.node, producers, consumers, initializers, inputs }
    }

    /// The node that makes a value, with its place in the node list; `None` for inputs and weights.
    pub(super) fn producer(&self, value: &str) -> Option<(usize, &'a NodeProto)> {
        self.producers.get(value).map(|&at| (at, &self.nodes[at]))
    }

    /// The nodes that read a value, in order.
    pub(super) fn consumers(&self, value: &str) -> impl Iterator<Item = (usize, &'a NodeProto)> {
        self.consumers.get(value).into_iter().flatten().map(|&at| (at, &self.nodes[at]))
    }

    /// The constant tensor behind a value: a weight, or the content of a Constant node.
    pub(super) fn tensor(&self, value: &str) -> Option<&'a TensorProto> {
        let inline = || {
            let (_, node) = self.producer(value).filter(|(_, node)| node.op_type() == "Constant")?;
            attribute(node, "value")?.t.as_ref()
        };
        self.initializers.get(value).copied().or_else(inline)
    }

    /// The value before any casts between float types.
    pub(super) fn before_casts(&self, mut value: &'a str) -> &'a str {
        while let Some((_, node)) = self.producer(value)
            && is_float_cast(node)
            && let Some(input) = node.input.first()
        {
            value = input;
        }
        value
    }

    /// Whether all numbers of a value are zero; false where the graph does not say.
    pub(super) fn is_zero(&self, mut value: &'a str) -> bool {
        loop {
            if let Some(tensor) = self.tensor(value) {
                return all_zero(tensor);
            }
            let Some((_, node)) = self.producer(value) else { return false };
            value = match (node.op_type(), &node.input[..]) {
                ("ConstantOfShape", _) => {
                    return attribute(node, "value").is_none_or(|value| all_zero(&value.t));
                }
                ("Mul", [_, factor]) => factor,
                ("Cast" | "Identity" | "Expand" | "Reshape", [data, ..]) => data,
                _ => return false,
            };
        }
    }

    /// The element type of a value, found through the operators that keep it; `None` where they do not lead to one.
    pub(super) fn dtype(&self, mut value: &'a str) -> Option<DType> {
        loop {
            if let Some(tensor) = self.tensor(value) {
                return Some(DType::from_onnx(tensor.data_type()));
            }
            if let Some(&dtype) = self.inputs.get(value) {
                return Some(dtype);
            }
            let (_, node) = self.producer(value)?;
            value = match node.op_type() {
                "Cast" => return Some(DType::from_onnx(i32::try_from(int(node, "to")?).ok()?)),
                // The last operand, because it is the weight more often than not.
                "Add" | "Sub" | "Mul" | "Div" | "MatMul" => node.input.last()?,
                "Identity" | "Reshape" | "Transpose" | "Gather" | "Split" | "Softmax" | "Sqrt"
                | "Reciprocal" | "Attention" | "MultiHeadAttention" => node.input.first()?,
                _ => return None,
            };
        }
    }
}

/// Whether a node only changes the precision of a float, or nothing at all.
pub(super) fn is_float_cast(node: &NodeProto) -> bool {
    let to_float = || {
        int(node, "to").and_then(|to| i32::try_from(to).ok()).is_some_and(|to| {
            matches!(DType::from_onnx(to), DType::F16 | DType::Bf16 | DType::F32 | DType::F64)
        })
    };
    node.op_type() == "Identity" || node.op_type() == "Cast" && to_float()
}

/// Whether the numbers in a tensor are all zero; false if they are in another file.
fn all_zero(tensor: &TensorProto) -> bool {
    let (raw, floats) = (tensor.raw_data(), &tensor.float_data);
    !(raw.is_empty() && floats.is_empty())
        && raw.iter().all(|&byte| byte == 0)
        && floats.iter().all(|&v| v == 0.0)
}

/// A node's attribute.
pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name() == name)
}

/// A node's integer attribute.
pub(super) fn int(node: &NodeProto, name: &str) -> Option<i64> {
    attribute(node, name)?.i
}
