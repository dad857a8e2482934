//! Heads as a dimension of their own, [B, H, N, d]: how a projection is split into them and how they are joined again.
//!
//! ```text
//! Transpose(Reshape(projection), 0213)     Reshape(Transpose(product with V, 0213))
//! ```

use super::{
    projection::Split,
    walk::{Reading, Walk, has_order, input, output},
};

/// A projection as [B, H, N, d].
pub(super) fn split<'a>(walk: &mut Walk<'_, 'a>, value: &'a str, what: &str) -> Reading<Split<'a>> {
    let transpose = walk.transposed(value, &[0, 2, 1, 3], what)?;
    walk.split(input(transpose, 0)?, what)
}

/// The end, from the product with V [B, H, N, d] on: the place of the node that joins the heads, and its output.
pub(super) fn joined<'a>(
    walk: &mut Walk<'_, 'a>,
    product: &'a str,
    queries: &Split<'a>,
) -> Reading<(usize, &'a str)> {
    let (_, ordered) = walk.read_by(product, "Transpose", "The product with V")?;
    has_order(ordered, &[0, 2, 1, 3], "The product with V")?;
    let (at, join) = walk.read_by(output(ordered)?, "Reshape", "The transposed product with V")?;
    match walk.target(join)?.as_deref() {
        Some(&[_, _, width]) if width.is_none_or(|width| width == queries.projection.width) => {
            Ok((at, output(join)?))
        }
        _ => Err("Its heads are not joined into one dimension.".into()),
    }
}
