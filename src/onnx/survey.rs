//! Which attention layers a graph has, and which of them can be steered.

use std::collections::HashSet;

use super::{
    Graph, LayerName,
    forms::{self, Sites},
    index::Index,
    proto::NodeProto,
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
    let index = Index::of(graph.graph());
    let mut survey = Survey { layers: Vec::new(), unmatched: Vec::new() };
    let mut names = HashSet::new();
    for node in &graph.graph().node {
        let layer = match node.op_type() {
            "Softmax" => layer(&index, node),
            fused @ ("Attention" | "MultiHeadAttention") => {
                Err(format!("{fused} nodes cannot be rewritten yet."))
            }
            _ => continue,
        };
        let fresh = layer.and_then(|layer| match names.insert(layer.name.clone()) {
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

/// The layer around a Softmax, or why there is none.
fn layer(index: &Index<'_>, softmax: &NodeProto) -> Result<AttentionLayer, String> {
    let name = LayerName::of_node(softmax)
        .ok_or("It belongs to no transformer block of a UNet, so there is nothing to steer.")?;
    let form = forms::read(index, softmax)?;
    Ok(AttentionLayer {
        name,
        kind: form.kind,
        heads: form.heads,
        head_size: form.head_size,
        scale: form.scale,
        sites: form.sites,
    })
}

fn title(node: &NodeProto) -> String {
    let name =
        if node.name().is_empty() { node.output.first().map_or("", String::as_str) } else { node.name() };
    name.to_owned()
}
