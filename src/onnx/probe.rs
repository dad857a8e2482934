//! The smallest graph, to see whether something runs graphs at all.

use super::{
    DType, Dim, Port,
    build::{node, port},
    proto::{GraphProto, ModelProto, OperatorSetIdProto},
};

/// A serialised graph that adds its input x, f32 [1], to itself, and gives y.
pub fn probe_graph() -> Vec<u8> {
    use protobuf::Message;
    let one = |name: &str| port(Port { name: name.into(), dtype: DType::F32, shape: vec![Dim::Fixed(1)] });
    let graph = GraphProto {
        name: Some("probe".into()),
        node: vec![node("", "Add", ["x", "x"], vec!["y".into()], vec![])],
        input: vec![one("x")],
        output: vec![one("y")],
        ..Default::default()
    };
    let opset = OperatorSetIdProto { version: Some(14), ..Default::default() };
    let model = ModelProto {
        ir_version: Some(8),
        opset_import: vec![opset],
        graph: Some(graph).into(),
        ..Default::default()
    };
    // Only a message above 2 GiB fails.
    model.write_to_bytes().unwrap_or_default()
}
