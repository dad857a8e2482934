//! What the control inputs mean, computed once for all layers. G is the number of groups, and K = max(G, 1), since not all
//! execution providers take empty tensors. Who can be in a patch has a seat: 0 is nobody's, whose tokens are the global
//! ones, and 1 + g is that of group g, so that there are K + 1.

use super::{
    regions::Regions,
    writer::{COLUMN, FAR, FIRST, Writer, float, number},
};
use crate::{DType, contract};

/// Added to the logit of a token that is not seen.
const HIDDEN: f32 = -1e30;
/// Added to the score of nobody's seat, which must win only where it is told: scores are 0..1.
const NOBODY: f32 = -3.0;
/// Added to the score of the seat that a patch is told.
pub(super) const TOLD: f32 = 6.0;
/// Added to the score of a seat without tokens, which must not win even where it is told.
const EMPTY: f32 = -12.0;
/// The label of nobody's patches.
const NOBODYS_LABEL: f32 = -2.0;
/// The float constants that are read here and by the layers.
pub(super) const FLOATS: [f32; 9] = [0.0, 0.5, 1.0, -1.0, HIDDEN, NOBODY, TOLD, EMPTY, NOBODYS_LABEL];

/// Names of what the layers read.
pub(in super::super) struct Control {
    /// i64 [1]: the conditional row.
    pub(super) row: String,
    /// i64 [C]: for each layer 1 if mask or weights act, else 0.
    pub(super) acts: String,
    /// f32 [C]: for each layer the strength of its mask; 0 with fewer than two groups.
    pub(super) strength: String,
    /// i64 [1]: 1 + G, where the scores of the groups end.
    pub(super) seats: String,
    /// f32 [L, K + 1]: 1 where a token is of a seat.
    pub(super) member: String,
    /// f32 [L, K + 1]: the same, divided by the number of the seat's tokens where scores are means.
    pub(super) share: String,
    /// f32 [K + 1]: what keeps seats from winning that must not.
    pub(super) handicap: String,
    /// f32 [K + 1]: what a patch is told where a seat has to win.
    pub(super) seat_labels: String,
    /// f32 [K + 1, L]: what is added to the logits where a seat won.
    pub(super) hidden: String,
    /// i64 [1]: how many patches are scored by the largest value, none or all.
    pub(super) by_largest: String,
    /// i64 [1]: how many are scored by a sum or a mean.
    pub(super) by_sum: String,
    pub(super) regions: Regions,
}

impl Control {
    /// Writes the nodes.
    pub(super) fn write(w: &mut Writer<'_>) -> Self {
        let (zero, one) = (float(0.0), float(1.0));
        let token_group = w.cast("token_group", contract::TOKEN_GROUP, DType::F32);
        let highest = w.reduce("highest_group", "ReduceMax", &token_group, 0, true);
        let group_count = w.node("group_count", "Add", &[&highest, &one]);
        let columns = w.node("columns", "Max", &[&group_count, &one]);
        let columns = w.node("columns_scalar", "Gather", &[&columns, FIRST]);
        // The group of each seat's tokens: -1 for the global ones.
        let numbers = w.node("seat_groups", "Range", &[&float(-1.0), &columns, &one]);

        // Which token is of which seat, by rows and by columns.
        let token_column = w.node("token_column", "Reshape", &[&token_group, COLUMN]);
        let is_member = w.node("is_member", "Equal", &[&token_column, &numbers]);
        let member = w.cast("member", &is_member, DType::F32);
        let group_column = w.node("group_column", "Reshape", &[&numbers, COLUMN]);
        let is_own = w.node("is_own", "Equal", &[&group_column, &token_group]);
        let is_global = w.node("is_global", "Less", &[&token_group, &zero]);
        let is_visible = w.node("is_visible", "Or", &[&is_own, &is_global]);
        let hidden = w.node("hidden", "Where", &[&is_visible, &zero, &float(HIDDEN)]);

        // How groups are scored.
        let reduce = w.cast("mask_reduce", contract::MASK_REDUCE, DType::F32);
        let size = w.reduce("seat_size", "ReduceSum", &member, 0, false);
        let some = w.node("seat_size_or_1", "Max", &[&size, &one]);
        let is_mean = w.node("is_mean", "Equal", &[&reduce, &one]);
        let divisor = w.node("divisor", "Where", &[&is_mean, &some, &one]);
        let share = w.node("share", "Div", &[&member, &divisor]);
        let has_tokens = w.node("has_tokens", "Greater", &[&size, &zero]);
        let is_nobodys = w.node("is_nobodys", "Less", &[&numbers, &zero]);
        let handicap = w.node("handicap_of_tokens", "Where", &[&is_nobodys, &float(NOBODY), &zero]);
        let handicap = w.node("handicap", "Where", &[&has_tokens, &handicap, &float(EMPTY)]);
        let seat_labels = w.node("seat_labels", "Where", &[&is_nobodys, &float(NOBODYS_LABEL), &numbers]);
        let is_largest = w.node("is_largest", "Greater", &[&reduce, &one]);
        let is_largest = w.cast("is_largest_number", &is_largest, DType::I64);
        let by_largest = w.node("by_largest", "Mul", &[&is_largest, &number(FAR)]);
        let by_sum = w.node("by_sum", "Sub", &[&number(FAR), &by_largest]);

        // Which layers are acted on.
        let several = w.node("several_groups", "Greater", &[&group_count, &one]);
        let strong = w.node("strong", "Greater", &[contract::MASK_STRENGTH, &zero]);
        let masks = w.node("masks", "And", &[&strong, &several]);
        let masks_number = w.cast("masks_number", &masks, DType::F32);
        let strength = w.node("strength", "Mul", &[contract::MASK_STRENGTH, &masks_number]);
        let off_one = w.node("weight_off_1", "Sub", &[contract::TOKEN_WEIGHT, &one]);
        let off_one = w.node("weight_distance", "Abs", &[&off_one]);
        let farthest = w.reduce("weight_farthest", "ReduceMax", &off_one, 0, true);
        let weighs = w.node("weighs", "Greater", &[&farthest, &zero]);
        let acts = w.node("acts", "Or", &[&masks, &weighs]);
        let seats = w.node("seat_count", "Add", &[&group_count, &one]);
        Self {
            row: w.cast("row", contract::CONDITIONAL_ROW, DType::I64),
            acts: w.cast("acts_number", &acts, DType::I64),
            seats: w.cast("seats", &seats, DType::I64),
            strength,
            member,
            share,
            handicap,
            seat_labels,
            hidden,
            by_largest,
            by_sum,
            regions: Regions::write(w),
        }
    }
}
