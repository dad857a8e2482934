//! Heads folded into the batch (form b).
//!
//! ```text
//! Q = Reshape(Transpose(Reshape(to_q), 0213))     K = Transpose(Reshape(Transpose(Reshape(to_k), 0213)), 021)
//! V = Reshape(Transpose(Reshape(to_v), 0213))     out = Reshape(Transpose(Reshape(..), 0213))
//! ```

use super::{
    heads,
    projection::Split,
    walk::{Reading, Walk, input, output},
};

/// Q [B*H, N, d], K^T [B*H, d, L] and V [B*H, L, d].
pub(super) fn splits<'a>(walk: &mut Walk<'_, 'a>, [q, k, v]: [&'a str; 3]) -> Reading<[Split<'a>; 3]> {
    Ok([folded(walk, q, "Q")?, transposed(walk, k)?, folded(walk, v, "V")?])
}

/// K as [B*H, d, L].
pub(super) fn transposed<'a>(walk: &mut Walk<'_, 'a>, value: &'a str) -> Reading<Split<'a>> {
    let transpose = walk.transposed(value, &[0, 2, 1], "K")?;
    folded(walk, input(transpose, 0)?, "K")
}

/// A projection as [B*H, N, d].
fn folded<'a>(walk: &mut Walk<'_, 'a>, value: &'a str, what: &str) -> Reading<Split<'a>> {
    let (_, fold) = walk.maker(value, "Reshape", what)?;
    let split = heads::split(walk, input(fold, 0)?, what)?;
    match walk.target(fold)?.as_deref() {
        Some(&[_, _, size]) if size.is_none_or(|size| size == split.head_size) => Ok(split),
        _ => Err(format!("{what}'s heads are not folded into the batch.")),
    }
}

/// The end, from the product with V [B*H, N, d] on: the place of the node that joins the heads, and its output.
pub(super) fn joined<'a>(
    walk: &mut Walk<'_, 'a>,
    product: &'a str,
    queries: &Split<'a>,
) -> Reading<(usize, &'a str)> {
    let (_, unfold) = walk.read_by(product, "Reshape", "The product with V")?;
    match walk.target(unfold)?.as_deref() {
        Some(&[_, heads, _, size])
            if heads.is_none_or(|heads| heads == queries.heads)
                && size.is_none_or(|size| size == queries.head_size) =>
        {
            heads::joined(walk, output(unfold)?, queries)
        }
        _ => Err("Its heads are not taken out of the batch again.".into()),
    }
}
