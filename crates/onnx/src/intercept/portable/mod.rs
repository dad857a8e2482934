//! The cross-attention operator in standard nodes, for execution providers that run no custom operators, as DirectML. It
//! takes and gives what the operator does ([`contract`]).
//!
//! What all layers share is computed once ([`Control`]). A layer first computes plain attention for all batch rows. Mask
//! and weights then work on the conditional row alone, in f32, and the result takes that row's place. Where neither acts,
//! the row is cut to length 0, so that these nodes cost next to nothing. The patches are cut in the same way before the
//! nodes that score by the largest value, where scores are sums or means.

mod control;
mod regions;
mod writer;

pub(super) use control::Control;

use self::writer::{COLUMN, FAR, FIRST, Writer, number};
use super::Rewrite;
use crate::{
    AttentionLayer, DType, Result,
    build::{int, ints},
    contract,
    proto::{NodeProto, TensorProto},
};

/// The first version of ONNX's operators that has all that is used here.
const OLDEST_OPSET: i64 = 11;

/// Axes of [B, H, N, L], the shape of attention.
const BATCH: i64 = 0;
const HEADS: i64 = 1;
const TOKENS: i64 = 3;

impl Rewrite {
    /// Adds what all layers share.
    ///
    /// # Errors
    /// A sentence if the graph's operators are too old.
    pub(super) fn share_control(&mut self) -> Result<Control, String> {
        if self.opset < OLDEST_OPSET {
            return Err(format!(
                "it uses version {} of ONNX's operators, and the portable graph needs {OLDEST_OPSET}. Export the \
                 model again with a newer opset.",
                self.opset
            ));
        }
        let mut writer = Writer::new("control", self.opset);
        let control = Control::write(&mut writer);
        let (nodes, constants) = writer.finish();
        self.graph.initializer.extend(writer::constants(&control::FLOATS).into_iter().chain(constants));
        self.before.entry(0).or_default().extend(nodes);
        Ok(control)
    }

    /// The nodes of a layer whose projections are of `dtype`, and their constants; the last node makes `out`.
    pub(super) fn cross_attention_nodes(
        &self,
        layer: &AttentionLayer,
        [q, k, v]: &[String; 3],
        dtype: DType,
        control: &Control,
        out: &str,
    ) -> (Vec<NodeProto>, Vec<TensorProto>) {
        let name = layer.name.as_str();
        let mut writer = Writer::new(name, self.opset);
        let w = &mut writer;
        let index = w.constant("index", &[self.cross.len() as i64]);
        let split = w.constant("split", &[0, 0, layer.heads as i64, layer.head_size as i64]);

        // Plain attention, of all rows.
        let queries = heads(w, "q", q, &split, &[0, 2, 1, 3]);
        let keys = heads(w, "k", k, &split, &[0, 2, 3, 1]);
        let values = heads(w, "v", v, &split, &[0, 2, 1, 3]);
        let scale = w.float_constant("scale", layer.scale);
        let scale = w.cast("scale_cast", &scale, dtype);
        let keys = w.node("keys", "Mul", &[&keys, &scale]);
        let logits = w.node("logits", "MatMul", &[&queries, &keys]);
        let attention = w.with(w.name("attention"), "Softmax", &[&logits], vec![int("axis", -1)]);
        let plain = w.node("out_heads", "MatMul", &[&attention, &values]);

        // Of the conditional row [1, H, N, L]: its head mean [1, N, L], and the scores.
        let row = w.node("conditional", "Gather", &[&attention, &control.row]);
        let row = w.cast("conditional_f32", &row, DType::F32);
        let mean = w.reduce("mean", "ReduceMean", &row, HEADS, false);
        let mean_2d = w.node("mean_2d", "Gather", &[&mean, FIRST]);
        let scores = scores(w, &mean_2d, control);
        w.with(
            contract::score_output(name),
            "Slice",
            &[&scores, &number(1), &control.seats, &number(1)],
            vec![],
        );

        // Of the same row, or of none if nothing acts [R, H, N, L]: the attention that is used instead.
        let acts = w.node("acts", "Gather", &[&control.acts, &index]);
        let chosen = w.cut("chosen", &control.row, &acts, BATCH);
        let neutral = w.cut("neutral_row", &row, &acts, BATCH);
        let logits = w.node("logits_row", "Gather", &[&logits, &chosen]);
        let logits = w.cast("logits_f32", &logits, DType::F32);
        let strength = w.node("strength", "Gather", &[&control.strength, &index]);
        let preference = self.preference(w, layer, q, control);
        let bias = winner(w, &scores, &preference, control);
        let used = steered(w, [&neutral, &logits], &bias, &strength);
        let used_mean = w.reduce("used_mean", "ReduceMean", &used, HEADS, false);

        // The records, as the contract wants them.
        let length = w.node("neutral_length", "Mul", &[&acts, &number(FAR)]);
        let (neutral_output, map_output) = (contract::neutral_output(name), contract::map_output(name));
        w.with(neutral_output, "Slice", &[&mean_2d, &number(0), &length, &number(0)], vec![]);
        let idle = w.node("idle", "Sub", &[&number(1), &acts]);
        let kept = w.cut("kept_mean", &mean, &idle, BATCH);
        let map = w.with(w.name("map_3d"), "Concat", &[&kept, &used_mean], vec![int("axis", 0)]);
        w.with(map_output, "Gather", &[&map, FIRST], vec![]);

        // The row's result in its place.
        let used = w.cast("used_cast", &used, dtype);
        let values = w.node("values_row", "Gather", &[&values, &chosen]);
        let steered = w.node("steered", "MatMul", &[&used, &values]);
        let places = w.node("places", "Reshape", &[&chosen, COLUMN]);
        let all = w.node("all_heads", "ScatterND", &[&plain, &places, &steered]);
        let all = w.with(w.name("all_patches"), "Transpose", &[&all], vec![ints("perm", &[0, 2, 1, 3])]);
        let join = w.constant("join", &[0, 0, (layer.heads * layer.head_size) as i64]);
        w.with(out.to_owned(), "Reshape", &[&all, &join], vec![]);

        writer.finish()
    }

    /// What the regions add to a layer's scores. The layers of a block have the same number of patches, so the first of
    /// them makes it for all.
    fn preference(&self, w: &mut Writer<'_>, layer: &AttentionLayer, q: &str, control: &Control) -> String {
        let block = layer.name.block();
        let made = format!("tauscope.preference/{block}");
        let in_block = |name: &str| name.strip_prefix(block).is_some_and(|rest| rest.starts_with('.'));
        if !self.cross.iter().any(|layer| in_block(&layer.name)) {
            regions::preference(w, q, control, made.clone());
        }
        made
    }
}

/// A projection [B, N, H*d] by heads, its axes B, N, H, d in another order.
fn heads(w: &mut Writer<'_>, what: &str, projection: &str, split: &str, order: &[i64]) -> String {
    let apart = w.node(&format!("{what}_split"), "Reshape", &[projection, split]);
    w.with(w.name(&format!("{what}_heads")), "Transpose", &[&apart], vec![ints("perm", order)])
}

/// The seats' neutral scores [N, K + 1] from the head mean [N, L] (method.md 2). Either half of what is joined is empty.
fn scores(w: &mut Writer<'_>, mean: &str, control: &Control) -> String {
    let summed = w.cut("summed_patches", mean, &control.by_sum, 0);
    let sums = w.node("sums", "MatMul", &[&summed, &control.share]);
    let compared = w.cut("compared_patches", mean, &control.by_largest, 0);
    let shape = w.constant("compared_shape", &[0, 0, 1]);
    let compared = w.node("compared", "Reshape", &[&compared, &shape]);
    let members = w.node("members", "Mul", &[&compared, &control.member]);
    let largest = w.reduce("largest", "ReduceMax", &members, 1, false);
    w.with(w.name("scores"), "Concat", &[&sums, &largest], vec![int("axis", 0)])
}

/// What is added to the logits of each patch [N, L], by the seat that won it; of equal scores the lower group wins.
fn winner(w: &mut Writer<'_>, scores: &str, preference: &str, control: &Control) -> String {
    let candidates = w.node("candidates", "Add", &[scores, preference]);
    let attributes = vec![int("axis", 1), int("keepdims", 0)];
    let winner = w.with(w.name("winner"), "ArgMax", &[&candidates], attributes);
    w.node("bias", "Gather", &[&control.hidden, &winner])
}

/// Attention after mask and weights (method.md 2 and 3): ((1-s) A + s softmax(visible logits)) w, and its sum made 1.
fn steered(w: &mut Writer<'_>, [neutral, logits]: [&str; 2], bias: &str, strength: &str) -> String {
    let visible = w.node("visible_logits", "Add", &[logits, bias]);
    let masked = w.with(w.name("masked"), "Softmax", &[&visible], vec![int("axis", -1)]);
    let of_masked = w.node("weight_masked", "Mul", &[contract::TOKEN_WEIGHT, strength]);
    let of_neutral = w.node("weight_neutral", "Sub", &[contract::TOKEN_WEIGHT, &of_masked]);
    let neutral = w.node("neutral_part", "Mul", &[neutral, &of_neutral]);
    let masked = w.node("masked_part", "Mul", &[&masked, &of_masked]);
    let weighted = w.node("weighted", "Add", &[&neutral, &masked]);
    let total = w.reduce("total", "ReduceSum", &weighted, TOKENS, true);
    w.node("used", "Div", &[&weighted, &total])
}
