//! The attention of a graph: what is intercepted, and what is left alone and why.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::text::{counted, list};
use tauscope_onnx::{AttentionKind, AttentionLayer, Graph, survey};

/// The most reasons that the page names.
const MOST_REASONS: usize = 6;

/// The attention of a graph.
#[derive(Debug, Serialize)]
pub(super) struct AttentionFacts {
    layers: Vec<LayerReport>,
    left_alone: Vec<LeftAlone>,
}

#[derive(Debug, Serialize)]
struct LayerReport {
    /// Its path in diffusers.
    name: String,
    kind: Kind,
    heads: usize,
    head_size: usize,
    scale: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cross,
    #[serde(rename = "self")]
    Own,
}

#[derive(Debug, Serialize)]
struct LeftAlone {
    node: String,
    reason: String,
}

impl AttentionFacts {
    /// What interception would find in `graph`.
    pub(super) fn of(graph: &Graph) -> Self {
        let found = survey(graph);
        let left_alone = |unmatched: tauscope_onnx::Unmatched| LeftAlone {
            node: unmatched.node,
            reason: unmatched.reason,
        };
        Self {
            layers: found.layers.iter().map(LayerReport::from).collect(),
            left_alone: found.unmatched.into_iter().map(left_alone).collect(),
        }
    }

    /// Layers that are alike, in the order in which they run: block, size of attention, layers of either kind.
    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for layer in &self.layers {
            let alike = |group: &&mut Group<'_>| {
                let same = (group.first.heads, group.first.head_size, group.first.scale);
                group.first.block() == layer.block() && same == (layer.heads, layer.head_size, layer.scale)
            };
            let group = match groups.iter_mut().find(alike) {
                Some(group) => group,
                None => {
                    groups.push(Group { first: layer, cross: 0, own: 0 });
                    let last = groups.len() - 1;
                    &mut groups[last]
                }
            };
            *if layer.kind == Kind::Cross { &mut group.cross } else { &mut group.own } += 1;
        }
        groups
    }
}

struct Group<'a> {
    first: &'a LayerReport,
    cross: usize,
    own: usize,
}

impl LayerReport {
    /// "down_blocks.2" of "down_blocks.2.attentions.0.…"
    fn block(&self) -> &str {
        self.name.split(".attentions.").next().unwrap_or(&self.name)
    }
}

impl fmt::Display for AttentionFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Intercepted: {}", counted(self.layers.len(), "attention layer"))?;
        for Group { first, cross, own } in self.groups() {
            let LayerReport { heads, head_size, scale, .. } = first;
            let shape = format!("{} of {head_size}, scale {scale:.4}", counted(*heads, "head"));
            writeln!(f, "  {}: {cross} cross, {own} self, {shape}", first.block())?;
        }
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for LeftAlone { node, reason } in &self.left_alone {
            reasons.entry(reason).or_default().push(node);
        }
        if !reasons.is_empty() {
            writeln!(f, "Left alone: {}", counted(self.left_alone.len(), "node"))?;
        }
        for (reason, nodes) in reasons.iter().take(MOST_REASONS) {
            writeln!(f, "  {reason}")?;
            writeln!(f, "    {}", list(nodes))?;
        }
        match reasons.len().saturating_sub(MOST_REASONS) {
            0 => Ok(()),
            more => writeln!(f, "  and {} more, which --json lists", counted(more, "reason")),
        }
    }
}

impl From<&AttentionLayer> for LayerReport {
    fn from(layer: &AttentionLayer) -> Self {
        Self {
            name: layer.name.to_string(),
            kind: match layer.kind {
                AttentionKind::SelfAttention => Kind::Own,
                AttentionKind::CrossAttention => Kind::Cross,
            },
            heads: layer.heads,
            head_size: layer.head_size,
            scale: layer.scale,
        }
    }
}
