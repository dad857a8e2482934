//! Tests: what differs from a known form says how. (`survey` has those of forms a and e.)

use bytes::Bytes;

use super::MICROSOFT;
use crate::{
    Graph, build,
    proto::{GraphProto, NodeProto},
    survey,
};

const B: &[u8] = include_bytes!("../../tests/fixtures/form_b.onnx");
const C20: &[u8] = include_bytes!("../../tests/fixtures/form_c20.onnx");
const C20_STATIC: &[u8] = include_bytes!("../../tests/fixtures/form_c20_static.onnx");
const C23: &[u8] = include_bytes!("../../tests/fixtures/form_c23.onnx");
const C23_JOINED: &[u8] = include_bytes!("../../tests/fixtures/form_c23_joined.onnx");
const D_ATTENTION: &[u8] = include_bytes!("../../tests/fixtures/form_d_attention.onnx");
const D_PACKED: &[u8] = include_bytes!("../../tests/fixtures/form_d_packed.onnx");

/// The nodes of an operator in the order in which they run; in every fixture they take turns between self- and
/// cross-attention.
fn nodes<'a>(graph: &'a mut GraphProto, operator: &str) -> Vec<&'a mut NodeProto> {
    graph.node.iter_mut().filter(|node| node.op_type() == operator).collect()
}

fn check(fixture: &'static [u8], change: impl Fn(&mut GraphProto), expected: &str) {
    let mut graph = Graph::parse("a form", Bytes::from_static(fixture)).unwrap();
    let total = survey(&graph).layers.len();
    change(graph.model.graph.mut_or_insert_default());
    let survey = survey(&graph);
    let reasons: Vec<_> = survey.unmatched.iter().map(|unmatched| unmatched.reason.as_str()).collect();
    assert_eq!((survey.layers.len(), &reasons[..]), (total - 1, &[expected][..]));
}

/// The node that makes a value.
fn maker<'a>(graph: &'a mut GraphProto, value: &str) -> &'a mut NodeProto {
    graph.node.iter_mut().find(|node| node.output.iter().any(|output| output == value)).unwrap()
}

/// The node that makes an input of the first node of this operator.
fn before<'a>(graph: &'a mut GraphProto, operator: &str, input: usize) -> &'a mut NodeProto {
    let value = nodes(graph, operator)[0].input[input].clone();
    maker(graph, &value)
}

const MASKED: &str = "It has a mask, a bias or a past, which attention in a UNet does not have.";

#[test]
fn folded_heads() {
    check(
        B,
        |graph| before(graph, "Softmax", 0).input[1] = "sample".into(),
        "The Softmax's input is made by Add and not by MatMul.",
    );
    check(
        B,
        |graph| nodes(graph, "Softmax")[0].attribute = vec![build::int("axis", 3)],
        "Its Softmax does not run over the last axis.",
    );
    let product = |graph: &mut GraphProto, input: usize| {
        let scaled = before(graph, "Softmax", 0).input[0].clone();
        let product = maker(graph, &scaled).input[0].clone();
        maker(graph, &product).input[input].clone()
    };
    check(
        B,
        |graph| {
            let keys = product(graph, 1);
            maker(graph, &keys).attribute[0].ints = vec![0, 1, 2];
        },
        "K is not transposed as expected ([0, 2, 1]).",
    );
    check(
        B,
        |graph| {
            let queries = product(graph, 0);
            let unfolded = maker(graph, &queries).input[0].clone();
            maker(graph, &unfolded).attribute[0].ints = vec![0, 1, 2, 3];
        },
        "Q is not transposed as expected ([0, 2, 1, 3]).",
    );
    check(
        B,
        |graph| {
            let queries = product(graph, 0);
            graph.initializer.push(build::vector("other", &[0, -1, 8]));
            maker(graph, &queries).input[1] = "other".into();
        },
        "Q's heads are not folded into the batch.",
    );
}

#[test]
fn keys_transposed_between_reshapes() {
    let unfold = |graph: &mut GraphProto, target: &[i64]| {
        let product = nodes(graph, "Softmax")[0].input[0].clone();
        let scaled = maker(graph, &product).input[1].clone();
        let keys = maker(graph, &scaled).input[0].clone();
        graph.initializer.push(build::vector("other", target));
        maker(graph, &keys).input[1] = "other".into();
    };
    let expected = "K is not reshaped as expected.";
    check(C20, |graph| unfold(graph, &[2, 4, 2, -1]), expected);
    check(C20_STATIC, |graph| unfold(graph, &[4, 4, -1]), expected);
}

#[test]
fn one_node() {
    let first = |operator: &'static str, change: fn(&mut NodeProto)| {
        move |graph: &mut GraphProto| change(nodes(graph, operator)[0])
    };
    let set = |name: &'static str, value: i64| {
        move |graph: &mut GraphProto| {
            let node = &mut nodes(graph, "Attention")[0];
            node.attribute.retain(|attribute| attribute.name() != name);
            node.attribute.push(build::int(name, value));
        }
    };
    check(C23, set("is_causal", 1), MASKED);
    check(C23_JOINED, set("kv_num_heads", 1), "Its projections do not split evenly into the same heads.");
    check(C23_JOINED, set("q_num_heads", 0), "Its projections do not split evenly into the same heads.");
    check(
        C23,
        |graph| {
            let attributes = &mut nodes(graph, "Attention")[0].attribute;
            attributes.retain(|attribute| attribute.name() != "softcap");
            attributes.push(build::float("softcap", 30.0));
        },
        "Its scores are capped, which attention in a UNet does not have.",
    );
    check(C23, first("Attention", |node| node.input.push("sample".into())), MASKED);
    check(
        C23,
        first("Attention", |node| node.output.extend(["", "", "scores"].map(str::to_owned))),
        "It has outputs beside the attended values.",
    );
    check(D_ATTENTION, first("MultiHeadAttention", |node| node.input.push("sample".into())), MASKED);
    check(
        D_ATTENTION,
        first("Attention", |node| node.input.push("sample".into())),
        "Its input weights are not packed as expected, or it has a mask or a past, which a UNet does not have.",
    );
    check(
        D_PACKED,
        |graph| before(graph, "MultiHeadAttention", 0).input[1] = "sample".into(),
        "Q is a part of a value that is not known to be divided evenly.",
    );
    check(
        D_PACKED,
        |graph| {
            let node = nodes(graph, "MultiHeadAttention").remove(0);
            node.set_domain(format!("{MICROSOFT}.other"));
        },
        "Its inputs are not packed as expected.",
    );
}
