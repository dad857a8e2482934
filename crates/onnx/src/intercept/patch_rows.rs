//! Where one patch looks, on demand (method.md 5): a row of a self-attention layer as an output.
//!
//! The row is computed from the projections of Q and K, whatever form the layer has, so no N x N matrix is kept or
//! copied. Where no row is asked for every tensor here is empty.

use super::{ROWS, Rewrite, patches, port};
use crate::{
    AttentionLayer, DType, Dim,
    build::{self, int, node},
    contract,
    proto::NodeProto,
};

/// The batch row that each requested row is taken from [R]; the same for every layer.
const BATCH_ROWS: &str = "tauscope.batch_rows";
/// The axes of the heads and of the one query, for ReduceMean.
const HEAD_AXES: &str = "tauscope.head_axes";
/// From this version on ReduceMean takes its axes as an input.
const AXES_ARE_AN_INPUT: i64 = 18;

impl Rewrite {
    /// Adds what the rows of all layers share.
    pub(super) fn prepare_rows(&mut self) {
        if self.self_attention.is_empty() {
            return;
        }
        let [first, patch, zero] =
            ["first_layer", "first_patch", "first_row"].map(|what| format!("tauscope.{what}"));
        self.graph.initializer.extend([build::scalar(&first, 0), build::vector(HEAD_AXES, &[1, 2])]);
        let nodes = [
            node("", "Gather", [contract::PATCH_ROWS, &first], vec![patch.clone()], vec![]),
            node("", "Sub", [patch.as_str(), &patch], vec![zero.clone()], vec![]),
            node("", "Gather", [contract::CONDITIONAL_ROW, &zero], vec![BATCH_ROWS.into()], vec![]),
        ];
        self.before.entry(0).or_default().splice(..0, nodes);
    }

    /// Adds a layer's row, behind the node at `last`. `projections` are Q, K and V [B, N, H*d]. Of Q and K it takes the
    /// conditional row alone, once for each row that is asked for.
    pub(super) fn report_row(&mut self, layer: &AttentionLayer, projections: &[String; 3], last: usize) {
        let name = layer.name.as_str();
        let value = |what: &str| format!("tauscope.{what}/{name}");
        let output = contract::row_output(name);
        let (heads, size) = (layer.heads as i64, layer.head_size as i64);
        self.graph.initializer.extend([
            build::vector(&value("patch_query_shape"), &[-1, heads, 1, size]),
            build::vector(&value("patch_keys_shape"), &[0, 0, heads, size]),
            build::float_scalar(&value("patch_scale"), layer.scale),
        ]);
        let mut nodes = Vec::new();
        let mut make = |operator: &str, inputs: &[&str], made: &str, attributes| {
            nodes.push(node("", operator, inputs.iter().copied(), vec![value(made)], attributes));
            value(made)
        };
        let single = || vec![int("to", DType::F32.to_onnx().into())];
        let [q, k, _] = projections;

        let patch = make("Gather", &[contract::PATCH_ROWS, &value("layer")], "patch", vec![]);
        let queries = make("Gather", &[q, BATCH_ROWS], "patch_queries", vec![]);
        let query = make("Gather", &[&queries, &patch], "patch_query", vec![int("axis", 1)]);
        let query = make("Reshape", &[&query, &value("patch_query_shape")], "patch_query_heads", vec![]);
        let query = make("Cast", &[&query], "patch_query_f32", single());
        let factors: &[&str] = &[&value("inverse_temperature"), &value("patch_scale")];
        let factor = make("Mul", factors, "patch_factor", vec![]);
        let query = make("Mul", &[&query, &factor], "patch_query_scaled", vec![]);

        let keys = make("Gather", &[k, BATCH_ROWS], "patch_keys", vec![]);
        let keys = make("Reshape", &[&keys, &value("patch_keys_shape")], "patch_keys_heads", vec![]);
        let keys = make("Cast", &[&keys], "patch_keys_f32", single());
        let order = vec![build::ints("perm", &[0, 2, 3, 1])];
        let keys = make("Transpose", &[&keys], "patch_keys_transposed", order);

        let scores = make("MatMul", &[&query, &keys], "patch_scores", vec![]);
        let weights = make("Softmax", &[&scores], "patch_weights", vec![int("axis", -1)]);
        nodes.push(self.mean_over_heads(&weights, &output));

        let end = last + 1;
        self.before.entry(end).or_default().extend(nodes);
        let shape = [Dim::Named(ROWS.to_owned()), patches(name)];
        self.graph.output.push(build::port(port(output.clone(), DType::F32, shape)));
        self.last_row = Some((end, output));
    }

    fn mean_over_heads(&self, heads: &str, output: &str) -> NodeProto {
        let (mut inputs, mut attributes) = (vec![heads], vec![int("keepdims", 0)]);
        if self.opset >= AXES_ARE_AN_INPUT {
            inputs.push(HEAD_AXES);
        } else {
            attributes.push(build::ints("axes", &[1, 2]));
        }
        node("", "ReduceMean", inputs, vec![output.to_owned()], attributes)
    }

    /// `index` under the name `turn`, as a value that depends on the row of the layer before; and the nodes that make
    /// it.
    ///
    /// ONNX Runtime runs at the very end what only an output needs, and would keep Q and K of every layer until then.
    /// So a layer at the place `at` looks up its temperature only when the layer before has computed its row.
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

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use crate::{Graph, contract, intercept, survey};

    #[test]
    fn a_layer_waits_for_the_row_before() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/scenes/unet/model.onnx");
        let graph = Graph::parse("unet", std::fs::read(file).unwrap().into()).unwrap();
        let found = survey(&graph);
        let rewritten = intercept(graph, &found).unwrap();
        let nodes = &rewritten.graph.graph().node;
        let makers: HashMap<&str, _> =
            nodes.iter().flat_map(|node| node.output.iter().map(move |made| (made.as_str(), node))).collect();
        for layers in rewritten.self_attention.windows(2) {
            let query = format!("tauscope.query/{}", layers[1]);
            let (mut waits_for, mut open) = (HashSet::new(), vec![query.as_str()]);
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
