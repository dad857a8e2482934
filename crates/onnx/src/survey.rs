//! Which attention layers a graph has, and which of them can be steered.

use std::collections::HashSet;

use super::{
    DType, Graph, LayerName,
    forms::{self, Sites},
    index::Index,
    proto::NodeProto,
    unpack::unpacked,
};

/// Every place in a graph that computes attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The layers that are understood, in the order in which they run.
    pub layers: Vec<AttentionLayer>,
    /// What looks like attention and is left as it is.
    pub unmatched: Vec<Unmatched>,
}

/// An attention layer that is understood well enough to be rewritten.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionLayer {
    /// Its path in diffusers.
    pub name: LayerName,
    /// Where its keys come from.
    pub kind: AttentionKind,
    /// Number of heads H.
    pub heads: usize,
    /// Size d of one head.
    pub head_size: usize,
    /// The factor of Q K^T, normally 1/sqrt(d).
    pub scale: f32,
    /// Element type of its projections, f32 or f16.
    pub dtype: DType,
    pub(super) sites: Sites,
}

/// Where an attention layer's keys and values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttentionKind {
    /// The picture's own patches.
    SelfAttention,
    /// The text.
    CrossAttention,
}

/// Something that looks like attention and is not rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The node's name, or its output's if it has none.
    pub node: String,
    /// Why not, a sentence.
    pub reason: String,
}

/// Finds every attention layer of a graph. Nothing is guessed: what does not match a known form exactly is
/// [`Unmatched`], with the reason.
pub fn survey(graph: &Graph) -> Survey {
    let plain = unpacked(graph.graph());
    let index = Index::of(&plain);
    let mut survey = Survey { layers: Vec::new(), unmatched: Vec::new() };
    let mut names = HashSet::new();
    for (at, node) in plain.node.iter().enumerate().filter(|(_, node)| forms::is_anchor(node)) {
        let fresh = layer(&index, at, node).and_then(|layer| match names.insert(layer.name.clone()) {
            true => Ok(layer),
            false => Err(format!("A second attention carries the name {}.", layer.name)),
        });
        match fresh {
            Ok(layer) => survey.layers.push(layer),
            Err(reason) => survey.unmatched.push(Unmatched { node: title(node), reason }),
        }
    }
    survey
}

/// The layer around a node, or why there is none.
fn layer<'a>(index: &Index<'a>, at: usize, anchor: &'a NodeProto) -> Result<AttentionLayer, String> {
    let name = LayerName::of_node(anchor)
        .ok_or("It belongs to no transformer block of a UNet, so there is nothing to steer.")?;
    let form = forms::read(index, at, anchor)?;
    Ok(AttentionLayer {
        name,
        kind: form.kind,
        heads: form.heads,
        head_size: form.head_size,
        scale: form.scale,
        dtype: form.dtype,
        sites: form.sites,
    })
}

fn title(node: &NodeProto) -> String {
    let name =
        if node.name().is_empty() { node.output.first().map_or("", String::as_str) } else { node.name() };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        build,
        proto::{GraphProto, ModelProto, TensorProto},
    };

    const BLOCK: &str = "/down_blocks.1/attentions.0/transformer_blocks.0";

    fn fixture() -> Graph {
        let bytes = include_bytes!("../tests/fixtures/form_a.onnx");
        Graph::parse("form a", Bytes::from_static(bytes)).unwrap()
    }

    fn node<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut NodeProto {
        let name = format!("{BLOCK}/{name}");
        graph.node.iter_mut().find(|node| node.name() == name).unwrap()
    }

    #[test]
    fn what_differs_from_a_known_form_says_how() {
        fn check(change: impl Fn(&mut GraphProto), expected: &str) {
            let mut graph = fixture();
            change(graph.model.graph.mut_or_insert_default());
            let survey = survey(&graph);
            let reasons: Vec<_> =
                survey.unmatched.iter().map(|unmatched| unmatched.reason.as_str()).collect();
            assert_eq!((survey.layers.len(), &reasons[..]), (1, &[expected][..]));
        }
        check(
            |graph| node(graph, "attn2/Softmax").attribute = vec![build::int("axis", 1)],
            "Its Softmax does not run over the last axis.",
        );
        check(
            |graph| {
                let softmax = node(graph, "attn2/Softmax");
                softmax.name = Some("/decoder/Softmax".into());
                softmax.output = vec!["probabilities".into()];
                node(graph, "attn2/MatMul_1").input[0] = "probabilities".into();
            },
            "It belongs to no transformer block of a UNet, so there is nothing to steer.",
        );
        check(
            |graph| node(graph, "attn2/MatMul").op_type = Some("Add".into()),
            "The Softmax's input is made by Add and not by MatMul.",
        );
        check(
            |graph| node(graph, "attn1/Transpose_1").attribute[0].ints = vec![0, 1, 2, 3],
            "V is not transposed as expected ([0, 2, 1, 3]).",
        );
        check(
            |graph| {
                let patches = node(graph, "attn2/to_q/MatMul").input[0].clone();
                node(graph, "attn2/to_v/MatMul").input[0] = patches;
            },
            "Its keys and its values come from different places.",
        );
        check(
            |graph| {
                let block_input = graph.input[0].name().to_owned();
                node(graph, "attn1/to_k/MatMul").input[0] = block_input.clone();
                node(graph, "attn1/to_v/MatMul").input[0] = block_input;
            },
            "Its keys come neither from the text nor from the patches themselves.",
        );
        check(
            |graph| node(graph, "attn2/Concat").input[2] = "encoder_hidden_states".into(),
            "The number of its heads is not known in advance.",
        );
        check(
            |graph| node(graph, "attn1/Mul").input[1] = "encoder_hidden_states".into(),
            "The scale encoder_hidden_states is not known in advance.",
        );
        check(
            |graph| {
                let constant = node(graph, "attn2/Constant_4").attribute[0].t.as_mut().unwrap();
                constant.raw_data = Some(Bytes::copy_from_slice(&3_i64.to_le_bytes()));
            },
            "Its projections do not split evenly into the same heads.",
        );
        check(
            |graph| {
                let split = node(graph, "attn2/Concat").output[0].clone();
                node(graph, "attn2/Reshape_3").input[1] = split;
            },
            "Its heads are not joined into one dimension.",
        );
        check(
            |graph| {
                let softmax = node(graph, "attn1/Softmax").output[0].clone();
                graph.node.push(build::node("", "Identity", [softmax.as_str()], vec!["copy".into()], vec![]));
                graph.node.push(build::node("", "Identity", [softmax.as_str()], vec!["twin".into()], vec![]));
            },
            "The Softmax's output is read by several nodes.",
        );
        check(
            |graph| node(graph, "attn2/Softmax").name = Some(format!("{BLOCK}/attn1/Softmax_2")),
            "A second attention carries the name down_blocks.1.attentions.0.transformer_blocks.0.attn1.",
        );
        check(
            |graph| node(graph, "attn2/Softmax").op_type = Some("MultiHeadAttention".into()),
            "Its inputs are not packed as expected.",
        );
    }

    /// Numbers that a file may hold, and that a layer cannot be divided or scaled by.
    #[test]
    fn numbers_that_make_no_sense_say_so() {
        fn check(value: DType, bytes: &[u8], expected: &str) {
            let mut graph = fixture();
            let inner = graph.model.graph.mut_or_insert_default();
            let tensor = |name: &str| TensorProto {
                name: Some(name.into()),
                dims: vec![1],
                data_type: Some(value.to_onnx()),
                raw_data: Some(Bytes::copy_from_slice(bytes)),
                ..Default::default()
            };
            inner.initializer.push(tensor("strange"));
            let place = if value == DType::F32 { "attn2/Mul" } else { "attn2/Concat" };
            let input = if value == DType::F32 { 1 } else { 2 };
            node(inner, place).input[input] = "strange".into();
            let reasons = survey(&graph).unmatched;
            let reasons: Vec<_> = reasons.iter().map(|unmatched| unmatched.reason.as_str()).collect();
            assert!(reasons.len() == 1 && reasons[0].contains(expected), "{reasons:?}");
        }
        for heads in [0, -1] {
            check(DType::I64, &i64::to_le_bytes(heads), "number of its heads is not known");
        }
        check(DType::F64, &0.5_f64.to_le_bytes(), "number of its heads is not known");
        // Heads of size 0 have no scale.
        check(DType::I64, &i64::MAX.to_le_bytes(), "is not known in advance");
        check(DType::F32, &0.0_f32.to_le_bytes(), "no number to multiply with");
        check(DType::F32, &f32::NAN.to_le_bytes(), "scale strange is not known");
        check(DType::F32, &f32::INFINITY.to_le_bytes(), "scale strange is not known");
    }

    #[test]
    fn a_projection_may_have_a_bias() {
        let mut graph = fixture();
        let inner: &mut GraphProto = graph.model.graph.mut_or_insert_default();
        let q = node(inner, "attn2/to_q/MatMul").output[0].clone();
        let bias =
            inner.initializer.iter().find(|t| t.name().ends_with("norm2.bias")).unwrap().name().to_owned();
        inner.node.push(build::node("", "Add", [bias.as_str(), &q], vec!["biased".into()], vec![]));
        node(inner, "attn2/Reshape").input[0] = "biased".into();
        assert_eq!(survey(&graph).layers[1].sites.projections[0], "biased");
    }

    #[test]
    fn nothing_is_found_in_an_empty_graph() {
        let mut graph = fixture();
        graph.model = ModelProto::default();
        assert_eq!(survey(&graph), Survey { layers: vec![], unmatched: vec![] });
    }
}
