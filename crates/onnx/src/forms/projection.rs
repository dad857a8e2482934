//! The linear layers that attention begins with.

use super::{
    super::{
        index::{attribute, int, is_float_cast},
        proto::NodeProto,
    },
    walk::{Reading, Walk, input, output},
};

/// Queries, keys or values before they are split into heads.
pub(super) struct Projection<'a> {
    /// Its name; [B, N, H*d].
    pub(super) value: &'a str,
    /// What is projected.
    pub(super) data: &'a str,
    /// H*d, by the weight.
    pub(super) width: usize,
    /// The nodes that make `value` from `data`, in order; places in the node list.
    pub(super) path: Vec<usize>,
}

/// A projection whose columns are split into heads.
pub(super) struct Split<'a> {
    pub(super) projection: Projection<'a>,
    /// H.
    pub(super) heads: usize,
    /// d.
    pub(super) head_size: usize,
}

impl<'a> Walk<'_, 'a> {
    /// Reads back from a value to the linear layer, which may have a bias and may make several projections at once.
    pub(super) fn projection(&mut self, value: &'a str, what: &str) -> Reading<Projection<'a>> {
        let (mut path, mut parts, mut data) = (Vec::new(), 1, value);
        let width = loop {
            let (at, node) = self.index.producer(data).ok_or_else(|| {
                format!("{what}'s projection is an input or a weight and not made by MatMul.")
            })?;
            path.push(at);
            data = match node.op_type() {
                "Add" => self.operand(node)?,
                "Gather" | "Split" => {
                    let made = self.parts(node);
                    let made = made.ok_or_else(|| {
                        format!("{what} is a part of a value that is not known to be divided evenly.")
                    })?;
                    parts = made.saturating_mul(parts);
                    input(node, 0)?
                }
                "MatMul" | "Reshape" => input(node, 0)?,
                _ if is_float_cast(node) => input(node, 0)?,
                other => return Err(format!("{what}'s projection is made by {other} and not by MatMul.")),
            };
            if node.op_type() == "MatMul" {
                break self.width(input(node, 1)?);
            }
        };
        while let Some((at, cast)) = self.index.producer(data).filter(|(_, node)| is_float_cast(node)) {
            path.push(at);
            data = input(cast, 0)?;
        }
        path.reverse();
        let width = width.ok_or_else(|| format!("{what}'s projection has no weight matrix."))?;
        if !width.is_multiple_of(parts) {
            return Err(format!("{what} is a part of a value that is not known to be divided evenly."));
        }
        let width = width / parts;
        self.evaluator.set_shape(value, vec![None, None, Some(width)]);
        Ok(Projection { value, data, width, path })
    }

    /// A Reshape of a projection to [B, N, H, d].
    pub(super) fn split(&mut self, value: &'a str, what: &str) -> Reading<Split<'a>> {
        let (_, reshape) = self.maker(value, "Reshape", what)?;
        let projection = self.projection(input(reshape, 0)?, what)?;
        let width = projection.width;
        let (heads, head_size) = match self.target(reshape)?.as_deref() {
            // Lengths are 1 or more.
            Some(&[_, _, Some(heads), size]) => (heads, size.unwrap_or(width / heads)),
            Some(&[_, _, None, Some(size)]) => (width / size, size),
            _ => return Err("The number of its heads is not known in advance.".into()),
        };
        self.evaluator.set_shape(output(reshape)?, vec![None, None, Some(heads), Some(head_size)]);
        Ok(Split { projection, heads, head_size })
    }

    /// A projection that goes into attention unsplit, by a node that knows the number of heads.
    pub(super) fn unsplit(&mut self, value: &'a str, heads: usize, what: &str) -> Reading<Split<'a>> {
        let projection = self.projection(value, what)?;
        let head_size = projection.width.checked_div(heads).unwrap_or(0);
        Ok(Split { projection, heads, head_size })
    }

    /// The operand of an Add that is not the bias.
    fn operand(&self, add: &'a NodeProto) -> Reading<&'a str> {
        let (a, b) = (input(add, 0)?, input(add, 1)?);
        Ok(if self.is_weight(a) { b } else { a })
    }

    fn is_weight(&self, value: &'a str) -> bool {
        let value = self.index.before_casts(value);
        let split = self.index.producer(value).filter(|(_, node)| node.op_type() == "Split");
        let value = split.and_then(|(_, node)| node.input.first()).map_or(value, String::as_str);
        self.index.tensor(value).is_some()
    }

    /// The width of everything that a weight [.., width] projects to.
    fn width(&self, weight: &'a str) -> Option<usize> {
        match self.index.tensor(self.index.before_casts(weight))?.dims[..] {
            [_, width] => usize::try_from(width).ok().filter(|&width| width > 0),
            _ => None,
        }
    }

    /// The number of equal parts into which a node divides its input; `None` if it is unknown or they are not equal.
    fn parts(&mut self, node: &'a NodeProto) -> Option<usize> {
        if node.op_type() == "Split" {
            let sizes = match (node.input.get(1), attribute(node, "split")) {
                (Some(sizes), _) => self.evaluator.numbers(sizes)?.lengths(),
                (None, Some(sizes)) => sizes.ints.iter().map(|&size| usize::try_from(size).ok()).collect(),
                (None, None) => return Some(node.output.len()),
            };
            return sizes.windows(2).all(|pair| pair[0] == pair[1]).then_some(node.output.len());
        }
        let (_, reshape) = self.maker(input(node, 0).ok()?, "Reshape", "").ok()?;
        let axis = usize::try_from(int(node, "axis").unwrap_or(0)).ok()?;
        *self.target(reshape).ok()??.get(axis)?
    }
}
