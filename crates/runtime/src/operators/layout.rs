//! Where the numbers of a tile lie for vectors of one width, and the two products over them.

use std::ops::Range;

use pulp::Simd;

use super::{
    problem::Shape,
    row_control::RowControl,
    simd::{self, Left, MAX_LANES, Sink},
};

/// Where things lie for vectors of S.
pub(super) struct Layout<S: Simd> {
    shape: Shape,
    pub(super) rows: usize,
    /// Vectors of a row of tokens, and of the channels of a head.
    pub(super) token_vectors: usize,
    pub(super) channel_vectors: usize,
    /// -inf at the lanes of the last vector of tokens that are padding, 0 at the others.
    padding: S::f32s,
}

impl<S: Simd> Layout<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, shape: Shape, rows: usize) -> Self {
        let lanes = S::F32_LANES;
        let token_vectors = shape.tokens.div_ceil(lanes);
        let mut padding = [f32::NEG_INFINITY; MAX_LANES];
        padding[..shape.tokens - (token_vectors - 1) * lanes].fill(0.0);
        Self {
            shape,
            rows,
            token_vectors,
            channel_vectors: shape.head_size.div_ceil(lanes),
            padding: simd.partial_load_f32s(&padding[..lanes]),
        }
    }

    /// Padded L.
    #[inline(always)]
    pub(super) fn width(&self) -> usize {
        self.token_vectors * S::F32_LANES
    }

    /// Numbers of a matrix [rows, padded L].
    #[inline(always)]
    pub(super) fn matrix_len(&self) -> usize {
        self.rows * self.width()
    }

    /// Numbers of a head's packed keys.
    #[inline(always)]
    pub(super) fn key_len(&self) -> usize {
        self.shape.head_size * self.width()
    }

    /// Numbers of a head's packed values.
    #[inline(always)]
    pub(super) fn value_len(&self) -> usize {
        self.shape.tokens * self.channel_vectors * S::F32_LANES
    }

    /// One row of a matrix [rows, padded L].
    #[inline(always)]
    pub(super) fn row<'a>(&self, matrix: &'a mut [f32], row: usize) -> &'a mut [S::f32s] {
        S::as_mut_simd_f32s(&mut matrix[row * self.width()..][..self.width()]).0
    }

    /// A head's attention before it is normalised, [rows, padded L], 0 at the padding; 1 / sum of each row.
    #[inline(always)]
    pub(super) fn attend(
        &self,
        simd: S,
        q: &[f32],
        keys: &[f32],
        head: usize,
        attention: &mut [f32],
        inverse: &mut [f32],
    ) {
        self.logits(simd, q, keys, head, 0..self.rows, S::as_mut_simd_f32s(attention).0);
        for (row, inverse) in inverse.iter_mut().enumerate() {
            *inverse = 1.0 / simd::exponentiate(simd, self.row(attention, row));
        }
    }

    /// Logits to base 2 of a head in one row, [padded L].
    #[inline(always)]
    pub(super) fn logits_of_row(
        &self,
        simd: S,
        q: &[f32],
        keys: &[f32],
        head: usize,
        row: usize,
        target: &mut [S::f32s],
    ) {
        self.logits(simd, q, keys, head, row..row + 1, target);
    }

    /// Logits to base 2 of a head, [rows, padded L]; -inf at the padding.
    #[inline(always)]
    fn logits(
        &self,
        simd: S,
        q: &[f32],
        keys: &[f32],
        head: usize,
        rows: Range<usize>,
        target: &mut [S::f32s],
    ) {
        let (stride, depth) = (self.shape.channels(), self.shape.head_size);
        let data = &q[rows.start * stride + head * depth..];
        let left = Left { data, stride, depth, rows: rows.len() };
        let keys = &keys[head * self.key_len()..][..self.key_len()];
        let mut sink = Logits { target, vectors: self.token_vectors, padding: self.padding };
        simd::multiply(simd, left, keys, self.token_vectors, &mut sink);
    }

    /// A head's channels of the output: `inverse` times `attention` times V.
    #[inline(always)]
    pub(super) fn output(
        &self,
        simd: S,
        attention: &[f32],
        inverse: &[f32],
        values: &[f32],
        head: usize,
        out: &mut [f32],
    ) {
        let Shape { tokens: depth, head_size, .. } = self.shape;
        let left = Left { data: attention, stride: self.width(), depth, rows: self.rows };
        let mut sink =
            Values { out: &mut out[head * head_size..], stride: self.shape.channels(), head_size, inverse };
        let values = &values[head * self.value_len()..][..self.value_len()];
        simd::multiply(simd, left, values, self.channel_vectors, &mut sink);
    }

    /// Scores [rows, G] from the sum over the heads of the neutral probabilities.
    pub(super) fn record_scores(&self, neutral: &[f32], control: &RowControl, score: &mut [f32]) {
        let rows = score.chunks_exact_mut(control.groups().max(1));
        for (score, neutral) in rows.zip(neutral.chunks_exact(self.width())) {
            control.score(neutral, 1.0 / self.shape.heads as f32, score);
        }
    }

    /// The map [rows, L] from the sum over the heads of the probabilities used.
    #[inline(always)]
    pub(super) fn record_map(&self, used: &[f32], map: &mut [f32]) {
        let share = 1.0 / self.shape.heads as f32;
        for (map, used) in map.chunks_exact_mut(self.shape.tokens).zip(used.chunks_exact(self.width())) {
            for (map, used) in map.iter_mut().zip(used) {
                *map = used * share;
            }
        }
    }
}

/// Takes logits to a matrix of whole vectors.
struct Logits<'a, S: Simd> {
    target: &'a mut [S::f32s],
    vectors: usize,
    padding: S::f32s,
}

impl<S: Simd> Sink<S> for Logits<'_, S> {
    #[inline(always)]
    fn start(&self, simd: S, vector: usize) -> S::f32s {
        if vector + 1 == self.vectors { self.padding } else { simd.splat_f32s(0.0) }
    }

    #[inline(always)]
    fn put(&mut self, _: S, row: usize, vector: usize, value: S::f32s) {
        self.target[row * self.vectors + vector] = value;
    }
}

/// Takes a head's output, normalised, to its channels.
struct Values<'a> {
    out: &'a mut [f32],
    stride: usize,
    head_size: usize,
    inverse: &'a [f32],
}

impl<S: Simd> Sink<S> for Values<'_> {
    #[inline(always)]
    fn start(&self, simd: S, _: usize) -> S::f32s {
        simd.splat_f32s(0.0)
    }

    #[inline(always)]
    fn put(&mut self, simd: S, row: usize, vector: usize, value: S::f32s) {
        let value = simd.mul_f32s(value, simd.splat_f32s(self.inverse[row]));
        let from = vector * S::F32_LANES;
        let count = S::F32_LANES.min(self.head_size - from);
        let target = &mut self.out[row * self.stride + from..][..count];
        match S::as_mut_simd_f32s(target) {
            ([whole], _) => *whole = value,
            (_, part) => simd.partial_store_f32s(part, value),
        }
    }
}
