//! What is done to the attention of one patch and head: the mask of method.md 2 and the weights of method.md 3.
//!
//! Attention comes in unnormalised, `inverse` being 1 over its sum.

use pulp::Simd;

use super::simd;

/// A = A_neutral ((1-s) + s allowed / Z), where `share` is Z before it is normalised.
#[inline(always)]
pub(super) fn mask<S: Simd>(
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
pub(super) fn mask_anew<S: Simd>(
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
pub(super) fn weigh<S: Simd>(simd: S, attention: &mut [S::f32s], weight: &[f32]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for (a, &weight) in attention.iter_mut().zip(S::as_simd_f32s(weight).0) {
        *a = simd.mul_f32s(*a, weight);
        sum = simd.add_f32s(sum, *a);
    }
    simd.reduce_sum_f32s(sum)
}
