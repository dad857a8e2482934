//! Attention as products around a Softmax, which both layouts of heads have in common.
//!
//! ```text
//! out = joined(Softmax(Q K^T * s + zeros) V)
//! ```
//!
//! The scale s may also be applied to Q and K before the product, and Casts may stand anywhere between.

use super::{
    super::{index::int, proto::NodeProto},
    Form, folded_heads, heads,
    sites::LayerSite,
    split_heads,
    walk::{Reading, Walk, input, output},
};

/// Reads the form around a Softmax at the place `at`.
pub(super) fn read<'a>(walk: &mut Walk<'_, 'a>, at: usize, softmax: &'a NodeProto) -> Reading<Form> {
    let summed = walk.without_zeros(input(softmax, 0)?)?;
    let product = walk.scaled(summed);
    let (_, scores) = walk.maker(product.data, "MatMul", "The Softmax's input")?;
    let queries = walk.scaled(input(scores, 0)?);
    let keys = walk.scaled(input(scores, 1)?);
    let (_, weighted) = walk.read_by(output(softmax)?, "MatMul", "The Softmax's output")?;
    let inputs = [queries.data, keys.data, input(weighted, 1)?];

    let is_folded = walk.index.producer(queries.data).is_some_and(|(_, node)| node.op_type() == "Reshape");
    let last_axis = if is_folded { 2 } else { 3 };
    if !int(softmax, "axis").is_some_and(|axis| axis == -1 || axis == last_axis) {
        return Err("Its Softmax does not run over the last axis.".into());
    }
    let splits = if is_folded { folded_heads::splits } else { split_heads::splits }(walk, inputs)?;
    let joined = if is_folded { folded_heads::joined } else { heads::joined };
    let joined = joined(walk, output(weighted)?, &splits[0])?;

    let factors = [queries.factors, keys.factors, product.factors].concat();
    let scale = walk.product(&factors)?;
    let temperature = walk.on_scale(&factors);
    walk.form(&LayerSite { splits, joined, anchor: at }, scale, temperature)
}

impl<'a> Walk<'_, 'a> {
    /// A value without the zeros that are added to it (`torch.baddbmm` adds what it is given, times zero).
    fn without_zeros(&self, value: &'a str) -> Reading<&'a str> {
        let value = self.index.before_casts(value);
        let Some((_, add)) = self.index.producer(value).filter(|(_, node)| node.op_type() == "Add") else {
            return Ok(value);
        };
        let (a, b) = (input(add, 0)?, input(add, 1)?);
        Ok(if self.index.is_zero(b) {
            a
        } else if self.index.is_zero(a) {
            b
        } else {
            value
        })
    }
}
