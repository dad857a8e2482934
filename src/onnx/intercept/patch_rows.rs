//! Where one patch looks, on demand (method.md 5): a row of a self-attention layer as an output.
//!
//! The nodes from Q K^T to the Softmax are there once more for the asked rows of Q alone, so no N x N matrix is kept
//! or copied, and where no row is asked for every tensor here is empty.

use super::{ROWS, Rewrite, foreign, patches, port};
use crate::{
    Result,
    onnx::{
        AttentionLayer, DType, Dim,
        build::{self, int, node},
        contract,
        proto::{NodeProto, TensorProto},
    },
};

/// The weight that [`head_axes`] makes.
const HEAD_AXES: &str = "tauscope.head_axes";
/// From this version on ReduceMean takes its axes as an input.
const AXES_ARE_AN_INPUT: i64 = 18;

impl Rewrite {
    /// Adds a layer's row. `product` are the places of the nodes from Q K^T to the Softmax.
    pub(super) fn report_row(&mut self, layer: &AttentionLayer, product: &[usize]) -> Result<()> {
        let name = layer.name.as_str();
        let value = |what: &str| format!("tauscope.{what}/{name}");
        let gather = |data: &str, indices: &str, axis, output: String| {
            node("", "Gather", [data, indices], vec![output], vec![int("axis", axis)])
        };
        let copies = product.iter().map(|&at| self.graph.node.get(at).cloned());
        let copies: Vec<NodeProto> = copies.collect::<Option<_>>().ok_or_else(foreign)?;
        let queries = copies.first().and_then(|scores| scores.input.first()).ok_or_else(foreign)?;

        let mut last = value("patch_queries");
        let mut nodes = vec![
            gather(contract::PATCH_ROWS, &value("layer"), 0, value("patch")),
            gather(queries, &value("patch"), 2, last.clone()),
        ];
        for (place, mut copy) in copies.into_iter().enumerate() {
            *copy.input.first_mut().ok_or_else(foreign)? = last;
            last = value(&format!("patch_product.{place}"));
            copy.name = Some(last.clone());
            copy.output = vec![last.clone()];
            nodes.push(copy);
        }
        // [B, H, R, N] to the one row of the batch, to f32, to [R, N].
        let (row, single, output) =
            (value("patch_heads"), value("patch_heads_f32"), contract::row_output(name));
        nodes.push(gather(&last, contract::CONDITIONAL_ROW, 0, row.clone()));
        let to = int("to", DType::F32.to_onnx().into());
        nodes.push(node("", "Cast", [row.as_str()], vec![single.clone()], vec![to]));
        nodes.push(self.mean_over_heads(&single, &output));

        let end = product.last().map_or(0, |softmax| softmax + 1);
        self.before.entry(end).or_default().extend(nodes);
        let shape = [Dim::Named(ROWS.to_owned()), patches(name)];
        self.graph.output.push(build::port(port(output.clone(), DType::F32, shape)));
        self.last_row = Some((end, output));
        Ok(())
    }

    fn mean_over_heads(&self, heads: &str, output: &str) -> NodeProto {
        let (mut inputs, mut attributes) = (vec![heads], vec![int("keepdims", 0)]);
        if self.opset >= AXES_ARE_AN_INPUT {
            inputs.push(HEAD_AXES);
        } else {
            attributes.push(build::ints("axes", &[0, 1]));
        }
        node("", "ReduceMean", inputs, vec![output.to_owned()], attributes)
    }

    /// `index` as `turn`, which is not known before the last layer's row is; and the nodes that make it so.
    ///
    /// What only an output waits for, ONNX Runtime runs at the very end, and would keep Q and K of every layer until
    /// then. So a layer at the place `at` looks its temperature up when the layer before has told its row.
    pub(super) fn after_last_row(&self, at: usize, index: String, turn: String) -> (String, Vec<NodeProto>) {
        let Some((_, row)) = self.last_row.as_ref().filter(|(end, _)| *end <= at) else {
            return (index, vec![]);
        };
        let (size, zero) = (format!("{turn}.size"), format!("{turn}.zero"));
        let nodes = vec![
            node("", "Size", [row.as_str()], vec![size.clone()], vec![]),
            node("", "Sub", [size.as_str(), &size], vec![zero.clone()], vec![]),
            node("", "Add", [index.as_str(), &zero], vec![turn.clone()], vec![]),
        ];
        (turn, nodes)
    }
}

/// The axes of batch and heads, for all layers.
pub(super) fn head_axes() -> TensorProto {
    build::vector(HEAD_AXES, &[0, 1])
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use crate::onnx::{Graph, contract, intercept, survey};

    #[test]
    fn rows_are_told_in_their_turn() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/models/scenes/unet/model.onnx");
        let graph = Graph::parse("unet", std::fs::read(file).unwrap().into()).unwrap();
        let found = survey(&graph);
        let rewritten = intercept(graph, &found).unwrap();
        let nodes = &rewritten.graph.graph().node;
        let makers: HashMap<&str, _> =
            nodes.iter().flat_map(|node| node.output.iter().map(move |made| (made.as_str(), node))).collect();
        for layers in rewritten.self_attention.windows(2) {
            let scale = format!("tauscope.scale/{}", layers[1]);
            let (mut waits_for, mut open) = (HashSet::new(), vec![scale.as_str()]);
            while let Some(value) = open.pop() {
                if waits_for.insert(value) {
                    open.extend(
                        makers.get(value).into_iter().flat_map(|node| &node.input).map(String::as_str),
                    );
                }
            }
            let row = contract::row_output(&layers[0]);
            assert!(waits_for.contains(row.as_str()), "{} does not wait for {row}", layers[1]);
        }
    }
}
