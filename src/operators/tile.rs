//! A tile of patches of one batch row, through all heads.
//!
//! Heads are looped inside a tile, so head means need no atomics. Without a mask each head is finished before the
//! next one begins; with it the probabilities of all heads are kept until their mean has named each patch's
//! winner (method.md 2).

use pulp::{Simd, WithSimd};

use super::{
    buffer::Buffer,
    problem::Shape,
    row_control::RowControl,
    simd::{self, Left, MAX_LANES, Sink},
};

/// Below this share of a head's probability, the visible tokens of a patch are too few bits of it: their softmax
/// is taken anew.
const UNDERFLOW: f32 = 1e-30;

/// Working memory of a tile.
#[derive(Debug, Default)]
pub(super) struct TileScratch {
    /// Unnormalised probabilities, [H or 1, rows, padded L].
    attention: Buffer,
    /// Sums over the heads of the neutral and of the used probabilities, [2, rows, padded L].
    mean: Buffer,
    /// 1 / sum of each row of `attention`, [H or 1, rows].
    inverse: Buffer,
    /// The logits of one patch and head, [padded L].
    row: Buffer,
}

/// The work on a tile.
pub(super) struct Tile<'a> {
    pub(super) shape: Shape,
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
    /// [rows, G], empty without control.
    pub(super) score: &'a mut [f32],
    pub(super) scratch: &'a mut TileScratch,
}

impl WithSimd for Tile<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shape, q, keys, values, control, out, map, score, scratch } = self;
        let heads = shape.heads;
        let rows = q.len() / shape.channels();
        let layout = Layout::<S>::new(simd, shape, rows);
        let width = layout.width();
        let masks = control.is_some_and(RowControl::masks);
        let weighs = control.is_some_and(|control| !control.weight.is_empty());

        let kept = if masks { heads } else { 1 };
        let attention = scratch.attention.take(kept * rows * width);
        let inverse = scratch.inverse.take(kept * rows);
        let (neutral, used) = match control {
            Some(_) => scratch.mean.take(2 * rows * width).split_at_mut(rows * width),
            None => Default::default(),
        };
        neutral.fill(0.0);
        used.fill(0.0);

        for head in 0..heads {
            let at = if masks { head } else { 0 };
            let attention = &mut attention[at * rows * width..][..rows * width];
            let inverse = &mut inverse[at * rows..][..rows];
            layout.logits(simd, q, keys, head, attention);
            for ((row, inverse), attention) in (0..).zip(&mut *inverse).zip(attention.chunks_exact_mut(width))
            {
                let attention = S::as_mut_simd_f32s(attention).0;
                *inverse = 1.0 / simd::exponentiate(simd, attention);
                let Some(control) = control else { continue };
                simd::accumulate(simd, layout.row(neutral, row), attention, *inverse);
                if weighs && !masks {
                    *inverse = 1.0 / weigh(simd, attention, &control.weight);
                    simd::accumulate(simd, layout.row(used, row), attention, *inverse);
                }
            }
            if !masks {
                layout.output(simd, attention, inverse, values, head, out);
            }
        }
        let Some(control) = control else { return };

        let share = 1.0 / heads as f32;
        for (score, mean) in score.chunks_exact_mut(control.groups().max(1)).zip(neutral.chunks_exact(width))
        {
            control.score(mean, share, score);
        }
        if masks {
            let logits = S::as_mut_simd_f32s(scratch.row.take(width)).0;
            for head in 0..heads {
                let attention = &mut attention[head * rows * width..][..rows * width];
                let inverse = &mut inverse[head * rows..][..rows];
                for ((row, inverse), attention) in
                    (0..).zip(&mut *inverse).zip(attention.chunks_exact_mut(width))
                {
                    let attention = S::as_mut_simd_f32s(attention).0;
                    let winner = control.winner(&score[row * control.groups()..][..control.groups()]);
                    let visible = S::as_simd_f32s(control.visible(winner)).0;
                    let share = simd::dot(simd, attention, visible);
                    if share > UNDERFLOW {
                        mask(simd, attention, *inverse, visible, control.strength, share);
                    } else {
                        layout.one_row_of_logits(simd, q, keys, head, row, logits);
                        mask_anew(simd, attention, *inverse, visible, control.strength, logits);
                    }
                    let sum = if weighs { weigh(simd, attention, &control.weight) } else { 1.0 };
                    *inverse = 1.0 / sum;
                    simd::accumulate(simd, layout.row(used, row), attention, *inverse);
                }
                layout.output(simd, attention, inverse, values, head, out);
            }
        }
        let used = if masks || weighs { used } else { neutral };
        for (map, used) in map.chunks_exact_mut(shape.tokens).zip(used.chunks_exact(width)) {
            for (map, used) in map.iter_mut().zip(used) {
                *map = used * share;
            }
        }
    }
}

/// A = A_neutral ((1-s) + s allowed / Z), where `share` is Z before it is normalised.
#[inline(always)]
fn mask<S: Simd>(
    simd: S,
    attention: &mut [S::f32s],
    inverse: f32,
    visible: &[S::f32s],
    strength: f32,
    share: f32,
) {
    let hidden = simd.splat_f32s((1.0 - strength) * inverse);
    let gain = simd.splat_f32s(strength / share);
    for (a, &visible) in attention.iter_mut().zip(visible) {
        *a = simd.mul_f32s(*a, simd.mul_add_e_f32s(gain, visible, hidden));
    }
}

/// A = (1-s) A_neutral + s softmax of the visible logits.
#[inline(always)]
fn mask_anew<S: Simd>(
    simd: S,
    attention: &mut [S::f32s],
    inverse: f32,
    visible: &[S::f32s],
    strength: f32,
    logits: &mut [S::f32s],
) {
    let hidden = simd.splat_f32s(f32::NEG_INFINITY);
    for (logit, &visible) in logits.iter_mut().zip(visible) {
        let seen = simd.greater_than_f32s(visible, simd.splat_f32s(0.5));
        *logit = simd.select_f32s(seen, *logit, hidden);
    }
    let gain = simd.splat_f32s(strength / simd::exponentiate(simd, logits));
    let neutral = simd.splat_f32s((1.0 - strength) * inverse);
    for (a, &masked) in attention.iter_mut().zip(&*logits) {
        *a = simd.mul_add_e_f32s(gain, masked, simd.mul_f32s(neutral, *a));
    }
}

/// Multiplies by the weights and returns the sum.
#[inline(always)]
fn weigh<S: Simd>(simd: S, attention: &mut [S::f32s], weight: &[f32]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for (a, &weight) in attention.iter_mut().zip(S::as_simd_f32s(weight).0) {
        *a = simd.mul_f32s(*a, weight);
        sum = simd.add_f32s(sum, *a);
    }
    simd.reduce_sum_f32s(sum)
}

/// Where things lie for vectors of S.
pub(super) struct Layout<S: Simd> {
    shape: Shape,
    rows: usize,
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
    fn width(&self) -> usize {
        self.token_vectors * S::F32_LANES
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
    fn row<'a>(&self, matrix: &'a mut [f32], row: usize) -> &'a mut [S::f32s] {
        S::as_mut_simd_f32s(&mut matrix[row * self.width()..][..self.width()]).0
    }

    /// Logits to base 2 of a head, [rows, padded L]; -inf at the padding.
    #[inline(always)]
    fn logits(&self, simd: S, q: &[f32], keys: &[f32], head: usize, target: &mut [f32]) {
        let Shape { head_size: depth, .. } = self.shape;
        let left = Left { data: &q[head * depth..], stride: self.shape.channels(), depth, rows: self.rows };
        let mut sink = Logits {
            target: S::as_mut_simd_f32s(target).0,
            vectors: self.token_vectors,
            padding: self.padding,
        };
        let keys = &keys[head * self.key_len()..][..self.key_len()];
        simd::multiply(simd, left, keys, self.token_vectors, &mut sink);
    }

    /// The same of one patch only, [padded L].
    #[inline(always)]
    fn one_row_of_logits(
        &self,
        simd: S,
        q: &[f32],
        keys: &[f32],
        head: usize,
        row: usize,
        target: &mut [S::f32s],
    ) {
        let Shape { head_size: depth, .. } = self.shape;
        let start = row * self.shape.channels() + head * depth;
        let left = Left { data: &q[start..], stride: self.shape.channels(), depth, rows: 1 };
        let mut sink = Logits { target, vectors: self.token_vectors, padding: self.padding };
        let keys = &keys[head * self.key_len()..][..self.key_len()];
        simd::multiply(simd, left, keys, self.token_vectors, &mut sink);
    }

    /// A head's channels of the output: `inverse` times `attention` times V.
    #[inline(always)]
    fn output(
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
