//! The smallest graphs, to find out whether ONNX Runtime runs graphs at all, and whether it runs our operator.

use super::{
    DType, Dim, Port,
    build::{float, int, node, port},
    contract,
    proto::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto},
};

/// A serialised graph that adds its input x, f32 [1], to itself, and gives y.
pub fn probe_graph() -> Vec<u8> {
    let one = |name: &str| Port { name: name.into(), dtype: DType::F32, shape: vec![Dim::Fixed(1)] };
    let node = node("", "Add", ["x", "x"], vec!["y".into()], vec![]);
    serialised(vec![node], vec![one("x")], vec![one("y")])
}

/// The names of the inputs of [`attention_probe_graph`] in the operator's order, all f32 but for the integers of the
/// contract.
pub const ATTENTION_PROBE_INPUTS: [&str; 9] = [
    "q",
    "k",
    "v",
    contract::TOKEN_GROUP,
    contract::TOKEN_WEIGHT,
    contract::MASK_STRENGTH,
    contract::MASK_REDUCE,
    contract::CONDITIONAL_ROW,
    contract::REGIONS,
];

/// The names of its outputs in the operator's order, all f32.
pub const ATTENTION_PROBE_OUTPUTS: [&str; 4] = ["out", "map", "neutral", "score"];

/// A serialised graph of one cross-attention operator on tensors of `dtype` (f32 or f16), which casts from f32 and back.
pub fn attention_probe_graph(dtype: DType, heads: usize, scale: f32) -> Vec<u8> {
    let [q, k, v, group, weight, strength, reduce, row, regions] = ATTENTION_PROBE_INPUTS;
    let [out, map, neutral, score] = ATTENTION_PROBE_OUTPUTS;
    let cast = |from: &str, to: &str, dtype: DType| {
        node("", "Cast", [from], vec![to.to_owned()], vec![int("to", dtype.to_onnx().into())])
    };
    let attributes =
        vec![int(contract::HEADS, heads as i64), float(contract::SCALE, scale), int(contract::LAYER, 0)];
    let nodes = vec![
        cast(q, "cast_q", dtype),
        cast(k, "cast_k", dtype),
        cast(v, "cast_v", dtype),
        node(
            contract::DOMAIN,
            contract::CROSS_ATTENTION,
            ["cast_q", "cast_k", "cast_v", group, weight, strength, reduce, row, regions],
            ["cast_out", map, neutral, score].map(str::to_owned).to_vec(),
            attributes,
        ),
        cast("cast_out", out, DType::F32),
    ];
    let port = |name: &str, dtype, rank| Port { name: name.into(), dtype, shape: vec![Dim::Unknown; rank] };
    let inputs = vec![
        port(q, DType::F32, 3),
        port(k, DType::F32, 3),
        port(v, DType::F32, 3),
        port(group, DType::I32, 1),
        port(weight, DType::F32, 1),
        port(strength, DType::F32, 1),
        port(reduce, DType::I32, 1),
        port(row, DType::I32, 1),
        port(regions, DType::I32, 2),
    ];
    let outputs = vec![
        port(out, DType::F32, 3),
        port(map, DType::F32, 2),
        port(neutral, DType::F32, 2),
        port(score, DType::F32, 2),
    ];
    serialised(nodes, inputs, outputs)
}

fn serialised(nodes: Vec<NodeProto>, inputs: Vec<Port>, outputs: Vec<Port>) -> Vec<u8> {
    use protobuf::Message;
    let graph = GraphProto {
        name: Some("probe".into()),
        node: nodes,
        input: inputs.into_iter().map(port).collect(),
        output: outputs.into_iter().map(port).collect(),
        ..Default::default()
    };
    let opset = |domain: &str, version| OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
        ..Default::default()
    };
    let model = ModelProto {
        ir_version: Some(8),
        opset_import: vec![opset("", 14), opset(contract::DOMAIN, contract::DOMAIN_VERSION)],
        graph: Some(graph).into(),
        ..Default::default()
    };
    // Only a message above 2 GiB fails.
    model.write_to_bytes().unwrap_or_default()
}
