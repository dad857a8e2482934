//! Heads as a dimension of their own (forms a, e and c).
//!
//! ```text
//! Q = Transpose(Reshape(to_q), 0213)     K = Transpose(Reshape(to_k), 0231)
//! V = Transpose(Reshape(to_v), 0213)     out = Reshape(Transpose(.., 0213))
//! ```
//!
//! Form c transposes K in two steps, of which the second may be between two Reshapes.

use super::{
    folded_heads,
    heads::split,
    projection::Split,
    walk::{Reading, Walk, has_order, input},
};

/// Q [B, H, N, d], K^T [B, H, d, L] and V [B, H, L, d].
pub(super) fn splits<'a>(walk: &mut Walk<'_, 'a>, [q, k, v]: [&'a str; 3]) -> Reading<[Split<'a>; 3]> {
    Ok([split(walk, q, "Q")?, transposed(walk, k)?, split(walk, v, "V")?])
}

/// K as [B, H, d, L].
fn transposed<'a>(walk: &mut Walk<'_, 'a>, value: &'a str) -> Reading<Split<'a>> {
    let maker = walk.index.producer(walk.index.before_casts(value)).map(|(_, node)| node);
    if let Some(unfold) = maker.filter(|node| node.op_type() == "Reshape") {
        let keys = folded_heads::transposed(walk, input(unfold, 0)?)?;
        return match walk.target(unfold)?.as_deref() {
            Some(&[_, heads, size, _])
                if heads.is_none_or(|heads| heads == keys.heads)
                    && size.is_none_or(|size| size == keys.head_size) =>
            {
                Ok(keys)
            }
            _ => Err("K is not reshaped as expected.".into()),
        };
    }
    if let Some(swap) = maker.filter(|node| has_order(node, &[0, 1, 3, 2], "K").is_ok()) {
        return split(walk, input(swap, 0)?, "K");
    }
    let transpose = walk.transposed(value, &[0, 2, 3, 1], "K")?;
    walk.split(input(transpose, 0)?, "K")
}
