//! A tile of patches of one batch row, through all heads.
//!
//! Heads are looped inside a tile, so head means need no atomics. Without a mask each head is finished before the
//! next one begins; with it the probabilities of all heads are kept until their mean has named each patch's
//! winner (method.md 2).

use pulp::{Simd, WithSimd};

use super::{buffer::Buffer, layout::Layout, problem::Shape, row_control::RowControl, simd, steer};

/// Where the visible tokens have less than this share of a head's probability, f32 has lost the faint ones among
/// them: their softmax is taken anew.
const UNDERFLOW: f32 = 1e-30;

/// Working memory of a tile.
#[derive(Debug, Default)]
pub(super) struct TileScratch {
    /// Probabilities before they are normalised, [rows, padded L] of one head or of all.
    attention: Buffer,
    /// 1 / sum of each row of `attention`.
    inverse: Buffer,
    /// Sum over the heads of the neutral probabilities, [rows, padded L].
    neutral: Buffer,
    /// Sum over the heads of the probabilities used, [rows, padded L].
    used: Buffer,
    /// The logits of one patch and head, [padded L].
    logits: Buffer,
}

/// The work on a tile.
pub(super) struct Tile<'a> {
    pub(super) shape: Shape,
    /// The first of its patches.
    pub(super) patch: usize,
    /// Queries [rows, H*d].
    pub(super) q: &'a [f32],
    /// Packed keys of the batch row, of all heads.
    pub(super) keys: &'a [f32],
    /// Packed values of the batch row, of all heads.
    pub(super) values: &'a [f32],
    /// What to do to the row, which is then recorded too; none for a row that is left alone.
    pub(super) control: Option<&'a RowControl>,
    /// Attention output [rows, H*d].
    pub(super) out: &'a mut [f32],
    /// [rows, L], empty without control.
    pub(super) map: &'a mut [f32],
    /// [rows, L], empty without control, and if it changes nothing.
    pub(super) neutral: &'a mut [f32],
    /// [rows, G], empty without control.
    pub(super) score: &'a mut [f32],
    pub(super) scratch: &'a mut TileScratch,
}

impl WithSimd for Tile<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let layout = Layout::<S>::new(simd, self.shape, self.q.len() / self.shape.channels());
        match self.control {
            None => self.leave_alone(simd, &layout),
            Some(control) if control.masks() => self.mask(simd, &layout, control),
            Some(control) => self.weigh(simd, &layout, control),
        }
    }
}

impl Tile<'_> {
    /// The neutral row: attention, no record.
    #[inline(always)]
    fn leave_alone<S: Simd>(self, simd: S, layout: &Layout<S>) {
        let attention = self.scratch.attention.take(layout.matrix_len());
        let inverse = self.scratch.inverse.take(layout.rows);
        for head in 0..self.shape.heads {
            layout.attend(simd, self.q, self.keys, head, attention, inverse);
            layout.output(simd, attention, inverse, self.values, head, self.out);
        }
    }

    /// The conditional row without a mask.
    #[inline(always)]
    fn weigh<S: Simd>(self, simd: S, layout: &Layout<S>, control: &RowControl) {
        let weighs = !control.weight.is_empty();
        let attention = self.scratch.attention.take(layout.matrix_len());
        let inverse = self.scratch.inverse.take(layout.rows);
        let neutral = self.scratch.neutral.take(layout.matrix_len());
        let used = self.scratch.used.take(layout.matrix_len());
        neutral.fill(0.0);
        used.fill(0.0);
        for head in 0..self.shape.heads {
            layout.attend(simd, self.q, self.keys, head, attention, inverse);
            for (row, inverse) in inverse.iter_mut().enumerate() {
                let attention = layout.row(attention, row);
                simd::accumulate(simd, layout.row(neutral, row), attention, *inverse);
                if weighs {
                    *inverse = 1.0 / steer::weigh(simd, attention, &control.weight);
                    simd::accumulate(simd, layout.row(used, row), attention, *inverse);
                }
            }
            layout.output(simd, attention, inverse, self.values, head, self.out);
        }
        layout.record_scores(neutral, control, self.score);
        layout.record_map(if weighs { used } else { neutral }, self.map);
        layout.record_map(neutral, self.neutral);
    }

    /// The conditional row with a mask, and with weights after it.
    #[inline(always)]
    fn mask<S: Simd>(self, simd: S, layout: &Layout<S>, control: &RowControl) {
        let Shape { heads, .. } = self.shape;
        let attention = self.scratch.attention.take(heads * layout.matrix_len());
        let inverse = self.scratch.inverse.take(heads * layout.rows);
        let neutral = self.scratch.neutral.take(layout.matrix_len());
        let used = self.scratch.used.take(layout.matrix_len());
        let logits = S::as_mut_simd_f32s(self.scratch.logits.take(layout.width())).0;
        neutral.fill(0.0);
        used.fill(0.0);
        let of_heads =
            attention.chunks_exact_mut(layout.matrix_len()).zip(inverse.chunks_exact_mut(layout.rows));
        for (head, (attention, inverse)) in of_heads.enumerate() {
            layout.attend(simd, self.q, self.keys, head, attention, inverse);
            for (row, &inverse) in inverse.iter().enumerate() {
                simd::accumulate(simd, layout.row(neutral, row), layout.row(attention, row), inverse);
            }
        }
        layout.record_scores(neutral, control, self.score);
        let of_heads =
            attention.chunks_exact_mut(layout.matrix_len()).zip(inverse.chunks_exact_mut(layout.rows));
        for (head, (attention, inverse)) in of_heads.enumerate() {
            let of_rows = inverse.iter_mut().zip(self.score.chunks_exact(control.groups()));
            for (row, (inverse, score)) in of_rows.enumerate() {
                let attention = layout.row(attention, row);
                let visible = S::as_simd_f32s(control.visible(self.patch + row, score)).0;
                let share = simd::dot(simd, attention, visible);
                if share > UNDERFLOW {
                    steer::mask(simd, attention, *inverse, visible, control.strength, share);
                } else {
                    layout.logits_of_row(simd, self.q, self.keys, head, row, logits);
                    steer::mask_anew(simd, attention, *inverse, visible, control.strength, logits);
                }
                let weighs = !control.weight.is_empty();
                *inverse = if weighs { 1.0 / steer::weigh(simd, attention, &control.weight) } else { 1.0 };
                simd::accumulate(simd, layout.row(used, row), attention, *inverse);
            }
            layout.output(simd, attention, inverse, self.values, head, self.out);
        }
        layout.record_map(used, self.map);
        layout.record_map(neutral, self.neutral);
    }
}
