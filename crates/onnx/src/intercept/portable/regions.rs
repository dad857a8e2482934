//! What the regions tell the patches of a layer ([`contract::REGIONS`]).

use super::{
    Control,
    writer::{COLUMN, FIRST, SECOND, Writer, float, number},
};
use crate::{DType, build::int, contract};

/// The sides of the regions, which all layers read.
pub(super) struct Regions {
    /// f32 [h, w]: the labels.
    labels: String,
    /// i64 [1] each: h and w.
    sides: [String; 2],
    /// f32 [1]: h w.
    area: String,
}

impl Regions {
    /// Writes the nodes.
    pub(super) fn write(w: &mut Writer<'_>) -> Self {
        let labels = w.cast("region_labels", contract::REGIONS, DType::F32);
        let shape = w.node("region_shape", "Shape", &[contract::REGIONS]);
        let sides = [("region_rows", 0), ("region_columns", 1)]
            .map(|(what, axis)| w.node(what, "Gather", &[&shape, &number(axis)]));
        let area = w.node("region_area", "Mul", &[&sides[0], &sides[1]]);
        Self { labels, sides, area: w.cast("region_area_f32", &area, DType::F32) }
    }

    /// The labels of the patches whose queries are `q` [B, N, H*d], f32 [N, 1].
    fn of_patches(&self, w: &mut Writer<'_>, q: &str) -> String {
        let shape = w.node("q_shape", "Shape", &[q]);
        let patches = w.node("patches", "Gather", &[&shape, &number(1)]);
        let patches = w.cast("patches_f32", &patches, DType::F32);
        let squared = w.node("downscale_squared", "Div", &[&self.area, &patches]);
        let downscale = w.node("downscale_exact", "Sqrt", &[&squared]);
        let downscale = w.node("downscale_or_1", "Max", &[&downscale, &float(1.0)]);
        let downscale = w.node("downscale_up", "Add", &[&downscale, &float(0.5)]);
        let downscale = w.cast("downscale", &downscale, DType::I64);
        let [rows, columns] =
            [("row", 0), ("column", 1)].map(|(what, axis)| centres(w, what, &self.sides[axis], &downscale));
        let labels = w.node("labels_of_rows", "Gather", &[&self.labels, &rows]);
        let labels = w.with(w.name("labels"), "Gather", &[&labels, &columns], vec![int("axis", 1)]);
        w.node("labels_column", "Reshape", &[&labels, COLUMN])
    }
}

/// Where the centres of patches lie along a side of `length`: floor((2 i + 1) length / (2 n)), i64 [n].
fn centres(w: &mut Writer<'_>, what: &str, length: &str, downscale: &str) -> String {
    let mut node =
        |made: &str, operator, inputs: &[&str]| w.node(&format!("{what}_{made}"), operator, inputs);
    let padded = node("padded", "Add", &[length, downscale]);
    let padded = node("padded_less_1", "Sub", &[&padded, &number(1)]);
    let count = node("count", "Div", &[&padded, downscale]);
    let end = node("end", "Gather", &[&count, FIRST]);
    let numbers = node("numbers", "Range", &[FIRST, &end, SECOND]);
    let odd = node("numbers_twice", "Add", &[&numbers, &numbers]);
    let odd = node("odd_numbers", "Add", &[&odd, &number(1)]);
    let odd = node("odd_lengths", "Mul", &[&odd, length]);
    let twice = node("count_twice", "Add", &[&count, &count]);
    node("centres", "Div", &[&odd, &twice])
}

/// What is added to the scores of patches, f32 [N, K + 1], so that a seat wins where it is told.
pub(super) fn preference(w: &mut Writer<'_>, q: &str, control: &Control, made: String) {
    let labels = control.regions.of_patches(w, q);
    let is_told = w.node("is_told", "Equal", &[&labels, &control.seat_labels]);
    let told = w.node("told", "Where", &[&is_told, &float(super::control::TOLD), &float(0.0)]);
    w.with(made, "Add", &[&control.handicap, &told], vec![]);
}
