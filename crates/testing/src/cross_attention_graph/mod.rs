//! Graphs of one cross-attention layer for the operator's test and bench: as one node of ours, and as the plain
//! nodes that exporters write.

mod proto;

use ort::{environment::Environment, session::Session, value::TensorElementType};
use tauscope_onnx::contract;

use self::proto::Message;

/// One operator node with tensors of `element`; inputs q, k, v and the contract's, outputs out, map, neutral, score.
pub fn operator(
    environment: &Environment,
    element: TensorElementType,
    heads: usize,
    head_size: usize,
    layer: i64,
    threads: usize,
) -> Session {
    let (float, integer) = (TensorElementType::Float32, TensorElementType::Int32);
    let inputs = [
        ("q", element, 3),
        ("k", element, 3),
        ("v", element, 3),
        (contract::TOKEN_GROUP, integer, 1),
        (contract::TOKEN_WEIGHT, float, 1),
        (contract::MASK_STRENGTH, float, 1),
        (contract::MASK_REDUCE, integer, 1),
        (contract::CONDITIONAL_ROW, integer, 1),
        (contract::REGIONS, integer, 2),
    ];
    let attributes = [
        proto::int(contract::HEADS, heads as i64),
        proto::float(contract::SCALE, 1.0 / (head_size as f32).sqrt()),
        proto::int(contract::LAYER, layer),
    ];
    let node = proto::node(
        contract::DOMAIN,
        contract::CROSS_ATTENTION,
        &inputs.map(|(name, ..)| name),
        &["out", "map", "neutral", "score"],
        &attributes,
    );
    let outputs = [("out", element, 3), ("map", float, 2), ("neutral", float, 2), ("score", float, 2)];
    let tensor = |(name, element, rank)| proto::tensor(name, element, rank);
    session(environment, &proto::graph(&[node], &[], &inputs.map(tensor), &outputs.map(tensor)), threads)
}

/// Scaled dot product attention in ONNX Runtime's own nodes; inputs q, k, v, output out, all f32.
pub fn plain(environment: &Environment, heads: usize, head_size: usize, threads: usize) -> Session {
    let node = |operator, inputs: &[&str], output, attributes: &[Message]| {
        proto::node("", operator, inputs, &[output], attributes)
    };
    let perm = |axes: [i64; 4]| [proto::ints("perm", &axes)];
    let nodes = [
        node("Reshape", &["q", "split"], "q_split", &[]),
        node("Reshape", &["k", "split"], "k_split", &[]),
        node("Reshape", &["v", "split"], "v_split", &[]),
        node("Transpose", &["q_split"], "q_heads", &perm([0, 2, 1, 3])),
        node("Transpose", &["k_split"], "k_heads", &perm([0, 2, 3, 1])),
        node("Transpose", &["v_split"], "v_heads", &perm([0, 2, 1, 3])),
        node("Mul", &["q_heads", "root_scale"], "q_scaled", &[]),
        node("Mul", &["k_heads", "root_scale"], "k_scaled", &[]),
        node("MatMul", &["q_scaled", "k_scaled"], "logits", &[]),
        node("Softmax", &["logits"], "attention", &[proto::int("axis", -1)]),
        node("MatMul", &["attention", "v_heads"], "out_heads", &[]),
        node("Transpose", &["out_heads"], "out_split", &perm([0, 2, 1, 3])),
        node("Reshape", &["out_split", "join"], "out", &[]),
    ];
    let initializers = [
        proto::shape("split", &[0, 0, heads as i64, head_size as i64]),
        proto::shape("join", &[0, 0, -1]),
        proto::scalar("root_scale", (head_size as f32).powf(-0.25)),
    ];
    let tensor = |name| proto::tensor(name, TensorElementType::Float32, 3);
    session(
        environment,
        &proto::graph(&nodes, &initializers, &["q", "k", "v"].map(tensor), &[tensor("out")]),
        threads,
    )
}

fn session(environment: &Environment, graph: &Message, threads: usize) -> Session {
    let model = proto::model(contract::DOMAIN, graph);
    let load = || {
        let builder = Session::builder(environment)?.with_operators(tauscope_runtime::operators::domain()?)?;
        builder.with_intra_threads(threads)?.commit_from_memory(model.as_ref())
    };
    load().expect("ONNX Runtime loads the graph")
}
