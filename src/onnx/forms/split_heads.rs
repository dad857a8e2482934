//! Forms a and e: heads as a dimension of their own, scaled before the product.
//!
//! ```text
//! Q = Transpose(Reshape(to_q), 0213) * s      K = Transpose(Reshape(to_k), 0231) * s
//! V = Transpose(Reshape(to_v), 0213)          out = Reshape(Transpose(Softmax(Q K) V, 0213))
//! ```
//!
//! Form e is the same in half precision, with Casts anywhere between.

use std::collections::HashMap;

use super::{
    super::{
        AttentionKind, DType,
        index::{Index, attribute, int, is_float_cast},
        numbers::Evaluator,
        proto::NodeProto,
    },
    Form, Sites, TEXT,
};

type Reading<T> = Result<T, String>;

/// Reads the form around a Softmax.
pub(super) fn read<'a>(index: &Index<'a>, softmax: &'a NodeProto) -> Reading<Form> {
    if !matches!(int(softmax, "axis"), Some(-1 | 3)) {
        return Err("Its Softmax does not run over the last axis.".into());
    }
    let walk = Walk { index };
    let product = walk.scaled(input(softmax, 0)?);
    let scores = walk.made_by(product.data, "MatMul", "The Softmax's input")?;
    let queries = walk.scaled(input(scores, 0)?);
    let keys = walk.scaled(input(scores, 1)?);
    let q = walk.split(queries.data, &[0, 2, 1, 3], "Q")?;
    let k = walk.split(keys.data, &[0, 2, 3, 1], "K")?;
    let weighted = walk.read_by(output(softmax)?, "MatMul", "The Softmax's output")?.1;
    let v = walk.split(index.before_casts(input(weighted, 1)?), &[0, 2, 1, 3], "V")?;
    let (_, ordered) = walk.read_by(output(weighted)?, "Transpose", "The product with V")?;
    has_order(ordered, &[0, 2, 1, 3], "The product with V")?;
    let (join, merged) = walk.read_by(output(ordered)?, "Reshape", "The transposed product with V")?;

    let (heads, head_size) = walk.heads(&[&q, &k, &v])?;
    let shape = HashMap::from([(q.heads, vec![None, None, Some(heads), Some(head_size)])]);
    let mut evaluator = Evaluator::new(index, shape);
    let joined = evaluator.numbers(input(merged, 1)?).map(|numbers| numbers.lengths());
    if !matches!(joined.as_deref(), Some(&[_, _, width]) if width.is_none_or(|width| width == q.width)) {
        return Err("Its heads are not joined into one dimension.".into());
    }
    let factors: Vec<_> = [queries.factors, keys.factors, product.factors].concat();
    let mut scale = 1.0;
    for factor in &factors {
        let number = evaluator.numbers(factor.scalar).and_then(|numbers| numbers.scalar());
        let number = number.ok_or_else(|| format!("The scale {} is not known in advance.", factor.scalar))?;
        scale *= if factor.divides { number.recip() } else { number };
    }

    let kind = walk.kind(&q, &k, &v)?;
    let sites = match kind {
        AttentionKind::SelfAttention => {
            let factor = factors.first().ok_or("It has no scale that a temperature could act on.")?;
            if index.consumers(factor.scaled).count() != 1 {
                return Err("What its scale is applied to is read elsewhere too.".into());
            }
            let dtype = index.dtype(factor.scalar).ok_or("The element type of its scale is not known.")?;
            let product = walk.product(softmax)?;
            Sites::Scale { node: factor.node, scalar: factor.scalar.to_owned(), dtype, product }
        }
        AttentionKind::CrossAttention => walk.whole([&q, &k, &v], join, output(merged)?)?,
    };
    Ok(Form { kind, heads, head_size, scale: scale as f32, sites })
}

/// Steps along the graph, each of which can fail with a sentence.
struct Walk<'i, 'a> {
    index: &'i Index<'a>,
}

/// A value and the scalars it was multiplied by, the last first.
struct Scaled<'a> {
    data: &'a str,
    factors: Vec<Factor<'a>>,
}

#[derive(Clone)]
struct Factor<'a> {
    node: usize,
    scalar: &'a str,
    /// The Mul's or Div's output.
    scaled: &'a str,
    divides: bool,
}

/// A projection whose columns are split into heads.
struct Split<'a> {
    /// The projection, [B, N, H*d].
    projection: &'a str,
    /// The MatMul that projects; place in the node list.
    linear: usize,
    /// What is projected.
    data: &'a str,
    /// H*d, by the projection's weight.
    width: usize,
    /// The Reshape's output, [B, N, H, d].
    heads: &'a str,
    /// The Reshape's target.
    shape: &'a str,
}

impl<'a> Walk<'_, 'a> {
    fn made_by(&self, value: &'a str, operator: &str, what: &str) -> Reading<&'a NodeProto> {
        self.maker(value, operator, what).map(|(_, node)| node)
    }

    /// The node that makes a value, and its place.
    fn maker(&self, value: &'a str, operator: &str, what: &str) -> Reading<(usize, &'a NodeProto)> {
        match self.index.producer(value) {
            Some((at, node)) if node.op_type() == operator => Ok((at, node)),
            Some((_, node)) => Err(format!("{what} is made by {} and not by {operator}.", node.op_type())),
            None => Err(format!("{what} is an input or a weight and not made by {operator}.")),
        }
    }

    /// The only reader of a value, behind casts, with the value as its first input; and its place.
    fn read_by(&self, mut value: &'a str, operator: &str, what: &str) -> Reading<(usize, &'a NodeProto)> {
        while let Some((_, cast)) = self.cast_of(value) {
            value = output(cast)?;
        }
        let mut readers = self.index.consumers(value);
        match (readers.next(), readers.next()) {
            (Some((at, node)), None) if node.op_type() == operator && input(node, 0)? == value => {
                Ok((at, node))
            }
            (Some((_, node)), None) => {
                Err(format!("{what} is read by {} and not by {operator}.", node.op_type()))
            }
            (None, _) => Err(format!("{what} is read by no node.")),
            (Some(_), Some(_)) => Err(format!("{what} is read by several nodes.")),
        }
    }

    /// The cast that is the only reader of a value, and its place.
    fn cast_of(&self, value: &str) -> Option<(usize, &'a NodeProto)> {
        let mut readers = self.index.consumers(value);
        let only = readers.next().filter(|_| readers.next().is_none());
        only.filter(|(_, node)| is_float_cast(node))
    }

    fn scaled(&self, mut value: &'a str) -> Scaled<'a> {
        let mut factors = Vec::new();
        value = self.index.before_casts(value);
        while let Some((node, scaling)) = self.index.producer(value)
            && let divides @ ("Mul" | "Div") = scaling.op_type()
            && let ([data, scalar], [scaled]) = (&scaling.input[..], &scaling.output[..])
        {
            factors.push(Factor { node, scalar, scaled, divides: divides == "Div" });
            value = self.index.before_casts(data);
        }
        Scaled { data: value, factors }
    }

    /// The places of the nodes from Q K^T to the Softmax, which [`Self::scaled`] has walked before.
    fn product(&self, softmax: &'a NodeProto) -> Reading<Vec<usize>> {
        let mut places = Vec::new();
        let mut value = output(softmax)?;
        while let Some((at, node)) = self.index.producer(value) {
            places.push(at);
            if node.op_type() == "MatMul" {
                break;
            }
            value = input(node, 0)?;
        }
        places.reverse();
        Ok(places)
    }

    fn split(&self, value: &'a str, order: &[i64], what: &str) -> Reading<Split<'a>> {
        let transpose = self.made_by(value, "Transpose", what)?;
        has_order(transpose, order, what)?;
        let reshape = self.made_by(self.index.before_casts(input(transpose, 0)?), "Reshape", what)?;
        let projection = input(reshape, 0)?;
        let (linear, data, width) = self.projection(projection, what)?;
        Ok(Split { projection, linear, data, width, heads: output(reshape)?, shape: input(reshape, 1)? })
    }

    /// The place of a linear layer (with or without bias), what it reads, and how wide its result is.
    fn projection(&self, value: &'a str, what: &str) -> Reading<(usize, &'a str, usize)> {
        let mut value = self.index.before_casts(value);
        if let Some((_, add)) = self.index.producer(value)
            && add.op_type() == "Add"
            && let [a, b] = &add.input[..]
        {
            let is_weight = |value| self.index.tensor(self.index.before_casts(value)).is_some();
            value = self.index.before_casts(if is_weight(a) { b } else { a });
        }
        let (at, linear) = self.maker(value, "MatMul", &format!("{what}'s projection"))?;
        let width = self.index.tensor(self.index.before_casts(input(linear, 1)?)).and_then(|weight| {
            match weight.dims[..] {
                [_, width] => usize::try_from(width).ok(),
                _ => None,
            }
        });
        let width = width.ok_or_else(|| format!("{what}'s projection has no weight matrix."))?;
        Ok((at, self.index.before_casts(input(linear, 0)?), width))
    }

    /// H and d, by the Reshapes' targets and the projections' widths, which must agree.
    fn heads(&self, splits: &[&Split<'a>]) -> Reading<(usize, usize)> {
        let mut evaluator = Evaluator::new(self.index, HashMap::new());
        let mut agreed = None;
        for split in splits {
            let target = evaluator.numbers(split.shape).map(|numbers| numbers.lengths());
            let (heads, size) = match target.as_deref() {
                Some(&[_, _, Some(heads), size]) => (heads, size.unwrap_or(split.width / heads)),
                Some(&[_, _, None, Some(size)]) => (split.width / size, size),
                _ => return Err("The number of its heads is not known in advance.".into()),
            };
            if heads.checked_mul(size) != Some(split.width) || agreed.is_some_and(|a| a != (heads, size)) {
                return Err("Its projections do not split evenly into the same heads.".into());
            }
            agreed = Some((heads, size));
        }
        agreed.ok_or_else(|| "It has no projections.".into())
    }

    fn kind(&self, q: &Split<'a>, k: &Split<'a>, v: &Split<'a>) -> Reading<AttentionKind> {
        if k.data != v.data {
            Err("Its keys and its values come from different places.".into())
        } else if k.data == TEXT {
            Ok(AttentionKind::CrossAttention)
        } else if k.data == q.data {
            Ok(AttentionKind::SelfAttention)
        } else {
            Err("Its keys come neither from the text nor from the patches themselves.".into())
        }
    }

    /// Where a whole layer is replaced. Of the joined heads and their casts, the last value of Q's type is written.
    fn whole(&self, splits: [&Split<'a>; 3], join: usize, joined: &'a str) -> Reading<Sites> {
        let projections = splits.map(|split| split.projection);
        let unknown = "The element types of its projections are not known or not alike.";
        let [q, k, v] = projections.map(|projection| self.index.dtype(projection));
        let dtype = q.filter(|_| q == k && q == v).ok_or(unknown)?;
        if !matches!(dtype, DType::F32 | DType::F16) {
            return Err(format!("Its element type is {dtype}, and only f32 and f16 can be steered."));
        }
        let sites = |node, output: &str, cast| Sites::Whole {
            projections: projections.map(str::to_owned),
            values: splits[2].linear,
            node,
            output: output.to_owned(),
            cast,
        };
        let written = self.index.dtype(joined).ok_or(unknown)?;
        let mut found = sites(join, joined, (written != dtype).then_some(written));
        let mut value = joined;
        while let Some((at, cast)) = self.cast_of(value) {
            value = output(cast)?;
            if self.index.dtype(value) == Some(dtype) {
                found = sites(at, value, None);
            }
        }
        Ok(found)
    }
}

fn has_order(transpose: &NodeProto, order: &[i64], what: &str) -> Reading<()> {
    match attribute(transpose, "perm") {
        Some(perm) if perm.ints == order => Ok(()),
        _ => Err(format!("{what} is transposed otherwise than expected ({order:?}).")),
    }
}

fn input(node: &NodeProto, at: usize) -> Reading<&str> {
    node.input.get(at).map(String::as_str).ok_or_else(|| format!("{} lacks an input.", node.op_type()))
}

fn output(node: &NodeProto) -> Reading<&str> {
    node.output.first().map(String::as_str).ok_or_else(|| format!("{} has no output.", node.op_type()))
}
