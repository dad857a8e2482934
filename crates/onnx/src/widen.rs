//! A half-precision graph in single precision: the same computation on the same stored weights.
//!
//! Weights and constants in f16 keep their bytes under another name, and a cast to f32 takes their old name, so other
//! nodes need no change; casts to f16 become casts to f32. Weights stay where they lie on disk.

use std::collections::HashSet;

use super::{
    DType, Graph, build,
    index::attribute,
    order::visit_inputs,
    proto::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto},
};

impl Graph {
    /// The graph with f32 in the place of f16 everywhere, inputs and outputs included. `None` if it has no f16.
    pub fn widened(mut self) -> Option<Self> {
        let graph = self.model.graph.as_mut()?;
        widen(graph).then_some(self)
    }
}

/// Widens a graph in place. Returns whether anything was f16.
fn widen(graph: &mut GraphProto) -> bool {
    let computed = computed_with(graph);
    let mut casts = Vec::new();
    let weights = graph.initializer.iter_mut();
    for tensor in weights.filter(|tensor| is_half(tensor) && computed.contains(tensor.name())) {
        let name = tensor.name().to_owned();
        tensor.set_name(stored(&name));
        casts.push(cast(name));
    }
    // Old exporters list weights as inputs too.
    let weights: HashSet<_> = casts.iter().flat_map(|cast| cast.output.clone()).collect();
    graph.input.retain(|input| !weights.contains(input.name()));
    let mut is_changed = !casts.is_empty();
    for mut node in std::mem::take(&mut graph.node) {
        is_changed |= widen_attributes(&mut node);
        let made =
            node.output.first().filter(|made| is_half_constant(&node) && computed.contains(*made)).cloned();
        if let Some(name) = &made {
            node.output[0] = stored(name);
        }
        casts.push(node);
        is_changed |= made.is_some();
        casts.extend(made.map(cast));
    }
    graph.node = casts;
    let ports = graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info);
    ports.fold(is_changed, |changed, port| widen_port(port) || changed)
}

/// The values that are computed with: the outputs, and what nodes other than Cast read. An f16 weight that is only cast
/// is no computation in half precision.
fn computed_with(graph: &GraphProto) -> HashSet<String> {
    let mut values: HashSet<_> = graph.output.iter().map(|output| output.name().to_owned()).collect();
    for node in graph.node.iter().filter(|node| node.op_type() != "Cast") {
        visit_inputs(node, &mut |input| {
            values.insert(input.to_owned());
        });
    }
    values
}

/// Widens the types that a node's attributes name, and its subgraphs. Returns whether one was f16.
fn widen_attributes(node: &mut NodeProto) -> bool {
    let half = i64::from(DType::F16.to_onnx());
    let mut is_changed = false;
    for attribute in &mut node.attribute {
        let names_type = matches!(attribute.name(), "to" | "dtype");
        if names_type && attribute.i == Some(half) {
            attribute.i = Some(DType::F32.to_onnx().into());
            is_changed = true;
        }
        let AttributeProto { g, graphs, .. } = attribute;
        for graph in g.as_mut().into_iter().chain(graphs) {
            is_changed |= widen(graph);
        }
    }
    is_changed
}

/// Whether a node makes f16 from its attributes alone (Constant, ConstantOfShape).
fn is_half_constant(node: &NodeProto) -> bool {
    let value = attribute(node, "value").and_then(|value| value.t.as_ref());
    node.op_type().starts_with("Constant") && value.is_some_and(is_half)
}

fn is_half(tensor: &TensorProto) -> bool {
    DType::from_onnx(tensor.data_type()) == DType::F16
}

/// Widens an input, an output or a value in between. Returns whether it was f16.
fn widen_port(port: &mut ValueInfoProto) -> bool {
    let is_half = DType::from_onnx(port.type_.tensor_type.elem_type()) == DType::F16;
    if is_half && let Some(tensor) = port.type_.as_mut().and_then(|kind| kind.tensor_type.as_mut()) {
        tensor.set_elem_type(DType::F32.to_onnx());
    }
    is_half
}

/// The name under which the f16 of a value is kept.
fn stored(name: &str) -> String {
    format!("{name}/f16")
}

/// The cast that makes a value from its f16.
fn cast(name: String) -> NodeProto {
    let to = build::int("to", DType::F32.to_onnx().into());
    build::node("", "Cast", [stored(&name).as_str()], vec![name], vec![to])
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Port;

    fn half(bytes: &'static [u8]) -> Graph {
        Graph::parse("vae", Bytes::from_static(bytes)).unwrap()
    }

    /// Every element type that is left in the graph.
    fn halves_left(graph: &GraphProto) -> Vec<String> {
        let ports = graph.input.iter().chain(&graph.output).chain(&graph.value_info);
        let ports =
            ports.filter(|port| Port::of(port).dtype == DType::F16).map(|port| port.name().to_owned());
        let casts = graph
            .node
            .iter()
            .filter(|node| attribute(node, "to").and_then(|to| to.i) == Some(DType::F16.to_onnx().into()));
        ports.chain(casts.map(|node| node.name().to_owned())).collect()
    }

    #[test]
    fn no_half_is_left_but_the_stored_weights() {
        let graph = half(include_bytes!("../tests/fixtures/form_e.onnx"));
        let bytes: Vec<_> = graph.graph().initializer.iter().map(|t| t.raw_data().to_vec()).collect();
        let wide = graph.widened().unwrap();
        wide.validate().unwrap();
        assert_eq!(halves_left(wide.graph()), Vec::<String>::new());
        let kept: Vec<_> = wide.graph().initializer.iter().map(|t| t.raw_data().to_vec()).collect();
        assert_eq!(kept, bytes);
        assert_eq!(wide.widened(), None::<Graph>);
    }

    #[test]
    fn a_graph_without_halves_stays() {
        assert_eq!(half(include_bytes!("../tests/fixtures/form_a.onnx")).widened(), None::<Graph>);
    }

    #[test]
    fn constants_in_nodes_and_in_subgraphs_are_cast() {
        let tensor = TensorProto { data_type: Some(DType::F16.to_onnx()), ..build::scalar("", 0) };
        let mut value = build::int("value", 0);
        value.t = Some(tensor).into();
        let constant = build::node("", "Constant", [], vec!["half".into()], vec![value]);
        let read = build::node("", "Identity", ["half"], vec!["out".into()], vec![]);
        let inner = GraphProto { node: vec![constant.clone(), read.clone()], ..Default::default() };
        let mut branch = build::node("", "If", [], vec!["branch".into()], vec![build::int("then", 0)]);
        branch.attribute[0].g = Some(inner).into();
        let mut graph = GraphProto { node: vec![constant, read, branch], ..Default::default() };
        assert!(widen(&mut graph));
        let operators = |graph: &GraphProto| {
            graph.node.iter().map(|node| format!("{} {}", node.op_type(), node.output[0])).collect::<Vec<_>>()
        };
        let inner = graph.node[3].attribute[0].g.as_ref().unwrap();
        assert_eq!(operators(inner), ["Constant half/f16", "Cast half", "Identity out"]);
        assert_eq!(operators(&graph)[..3], operators(inner));
    }
}
