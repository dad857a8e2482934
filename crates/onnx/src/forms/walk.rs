//! Steps along a graph, each of which can fail with a sentence.

use super::super::{
    index::{Index, attribute, is_float_cast},
    numbers::Evaluator,
    proto::NodeProto,
};

pub(super) type Reading<T> = Result<T, String>;

/// A graph on which a form is read.
pub(super) struct Walk<'i, 'a> {
    pub(super) index: &'i Index<'a>,
    pub(super) evaluator: Evaluator<'i, 'a>,
}

/// A value and the scalars it was multiplied by, the last first.
pub(super) struct Scaled<'a> {
    pub(super) data: &'a str,
    pub(super) factors: Vec<Factor<'a>>,
}

/// A Mul by a scalar, or a Div.
#[derive(Clone)]
pub(super) struct Factor<'a> {
    /// Place in the node list.
    pub(super) node: usize,
    pub(super) scalar: &'a str,
    /// The node's output.
    pub(super) scaled: &'a str,
    pub(super) divides: bool,
}

impl<'i, 'a> Walk<'i, 'a> {
    pub(super) fn new(index: &'i Index<'a>) -> Self {
        Self { index, evaluator: Evaluator::new(index) }
    }

    /// The node that makes a value, with casts skipped, and its place.
    pub(super) fn maker(
        &self,
        value: &'a str,
        operator: &str,
        what: &str,
    ) -> Reading<(usize, &'a NodeProto)> {
        match self.index.producer(self.index.before_casts(value)) {
            Some((at, node)) if node.op_type() == operator => Ok((at, node)),
            Some((_, node)) => Err(format!("{what} is made by {} and not by {operator}.", node.op_type())),
            None => Err(format!("{what} is an input or a weight and not made by {operator}.")),
        }
    }

    /// [`Self::maker`], if it is a Transpose in this order.
    pub(super) fn transposed(&self, value: &'a str, order: &[i64], what: &str) -> Reading<&'a NodeProto> {
        let (_, transpose) = self.maker(value, "Transpose", what)?;
        has_order(transpose, order, what)?;
        Ok(transpose)
    }

    /// The only reader of a value, with casts skipped and the value as its first input; and its place. Nodes that read
    /// only the value's shape do not count.
    pub(super) fn read_by(
        &self,
        mut value: &'a str,
        operator: &str,
        what: &str,
    ) -> Reading<(usize, &'a NodeProto)> {
        while let Some((_, cast)) = self.cast_of(value) {
            value = output(cast)?;
        }
        let mut readers = self.index.consumers(value).filter(|(_, node)| node.op_type() != "Shape");
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
    pub(super) fn cast_of(&self, value: &str) -> Option<(usize, &'a NodeProto)> {
        let mut readers = self.index.consumers(value);
        let only = readers.next().filter(|_| readers.next().is_none());
        only.filter(|(_, node)| is_float_cast(node))
    }

    /// A value without what it was multiplied by.
    pub(super) fn scaled(&self, mut value: &'a str) -> Scaled<'a> {
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

    /// The lengths of a Reshape's target, with gaps for what is not known in advance.
    pub(super) fn target(&mut self, reshape: &'a NodeProto) -> Reading<Option<Vec<Option<usize>>>> {
        Ok(self.evaluator.numbers(input(reshape, 1)?).map(|numbers| numbers.lengths()))
    }

    /// The product of scalars.
    pub(super) fn product(&mut self, factors: &[Factor<'a>]) -> Reading<f64> {
        let mut product = 1.0;
        for factor in factors {
            let number = self.evaluator.numbers(factor.scalar).and_then(|numbers| numbers.scalar());
            let number =
                number.ok_or_else(|| format!("The scale {} is not known in advance.", factor.scalar))?;
            product *= if factor.divides { number.recip() } else { number };
        }
        Ok(product)
    }
}

pub(super) fn has_order(transpose: &NodeProto, order: &[i64], what: &str) -> Reading<()> {
    match attribute(transpose, "perm") {
        Some(perm) if perm.ints == order => Ok(()),
        _ => Err(format!("{what} is not transposed as expected ({order:?}).")),
    }
}

pub(super) fn input(node: &NodeProto, at: usize) -> Reading<&str> {
    node.input.get(at).map(String::as_str).ok_or_else(|| format!("{} lacks an input.", node.op_type()))
}

pub(super) fn output(node: &NodeProto) -> Reading<&str> {
    node.output.first().map(String::as_str).ok_or_else(|| format!("{} has no output.", node.op_type()))
}
