//! Small numbers that a graph computes from constants and shapes, as far as they are known without running it.
//!
//! Exporters write head counts, head sizes and scales as small computations ("1 / sqrt(last dimension)"). This
//! evaluates those, and nothing larger: a tensor of more than [`MAX_LENGTH`] numbers is unknown.

use std::collections::HashMap;

use half::f16;

use super::{
    DType,
    index::{Index, attribute, int},
    proto::{NodeProto, TensorProto},
};

/// The longest vector that is evaluated.
const MAX_LENGTH: usize = 16;
/// The longest chain of nodes that is evaluated.
const MAX_DEPTH: usize = 64;

/// A scalar or a vector, with gaps where a number is not known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    values: Vec<Option<f64>>,
    /// Integers divide with truncation.
    integer: bool,
}

impl Numbers {
    fn integers(values: Vec<Option<f64>>) -> Self {
        Self { values, integer: true }
    }

    /// What is no number is unknown.
    fn floats(values: Vec<f64>) -> Self {
        Self {
            values: values.into_iter().map(|v| Some(v).filter(|v| v.is_finite())).collect(),
            integer: false,
        }
    }

    /// The number, if there is exactly one and it is known.
    pub(super) fn scalar(&self) -> Option<f64> {
        if let [value] = self.values[..] { value } else { None }
    }

    /// Lengths of dimensions, 1 or more; a gap for what is unknown, inferred (-1) or copied (0), and for what is no whole
    /// number.
    pub(super) fn lengths(&self) -> Vec<Option<usize>> {
        self.values.iter().map(|value| value.filter(|&v| v >= 1.0).map(|v| v as usize)).collect()
    }
}

/// Evaluates values of one graph, each once.
pub(super) struct Evaluator<'i, 'a> {
    index: &'i Index<'a>,
    shapes: HashMap<&'a str, Vec<Option<usize>>>,
    known: HashMap<&'a str, Option<Numbers>>,
}

impl<'i, 'a> Evaluator<'i, 'a> {
    pub(super) fn new(index: &'i Index<'a>) -> Self {
        Self { index, shapes: HashMap::new(), known: HashMap::new() }
    }

    /// Adds a shape that the graph itself does not state. Values that were evaluated before stay as they are.
    pub(super) fn set_shape(&mut self, value: &'a str, shape: Vec<Option<usize>>) {
        self.shapes.insert(value, shape);
    }

    /// The numbers of a value; `None` if it is no small tensor of numbers.
    pub(super) fn numbers(&mut self, value: &'a str) -> Option<Numbers> {
        self.at_depth(value, 0)
    }

    fn at_depth(&mut self, value: &'a str, depth: usize) -> Option<Numbers> {
        if let Some(known) = self.known.get(value) {
            return known.clone();
        }
        let numbers = if let Some(tensor) = self.index.tensor(value) {
            of_tensor(tensor)
        } else {
            let (_, node) = self.index.producer(value).filter(|_| depth < MAX_DEPTH)?;
            self.of_node(node, depth + 1)
        };
        let numbers = numbers.filter(|numbers| numbers.values.len() <= MAX_LENGTH);
        self.known.insert(value, numbers.clone());
        numbers
    }

    fn of_node(&mut self, node: &'a NodeProto, depth: usize) -> Option<Numbers> {
        let mut operand = |at: usize| self.at_depth(node.input.get(at)?, depth);
        let binary = |a: Numbers, b: Numbers, op: fn(f64, f64) -> f64| a.combine(&b, op);
        match node.op_type() {
            "Constant" => of_attribute(node),
            "Identity" | "Unsqueeze" | "Squeeze" => operand(0),
            "Cast" => Some(operand(0)?.cast(DType::from_onnx(i32::try_from(int(node, "to")?).ok()?))),
            "Sqrt" => Some(operand(0)?.map(f64::sqrt)),
            "Reciprocal" => Some(operand(0)?.map(f64::recip)),
            "Add" => binary(operand(0)?, operand(1)?, |a, b| a + b),
            "Sub" => binary(operand(0)?, operand(1)?, |a, b| a - b),
            "Mul" => binary(operand(0)?, operand(1)?, |a, b| a * b),
            "Div" => binary(operand(0)?, operand(1)?, |a, b| a / b),
            "Pow" => binary(operand(0)?, operand(1)?, f64::powf),
            "Concat" => {
                let parts: Option<Vec<_>> = (0..node.input.len().min(MAX_LENGTH + 1)).map(operand).collect();
                let values = parts?.into_iter().flat_map(|part| part.values).collect();
                Some(Numbers::integers(values))
            }
            // One element of a vector is one number, even of a vector that is unknown.
            "Gather" if int(node, "axis").unwrap_or(0) == 0 => {
                let (data, at) = (operand(0), operand(1)?.scalar()?);
                let value = data.and_then(|data| data.values.get(position(at, data.values.len())).copied());
                Some(Numbers::integers(vec![value.flatten()]))
            }
            "Slice" if node.input.len() <= 4 => {
                let data = operand(0)?;
                let mut bound = |at| Some(position(operand(at)?.scalar()?, data.values.len()));
                let (start, end) = (bound(1)?, bound(2)?);
                Some(Numbers { values: data.values.get(start..end)?.to_vec(), integer: data.integer })
            }
            "Shape" => {
                let (start, end) = (int(node, "start").unwrap_or(0), int(node, "end"));
                let lengths = match (self.shape(node.input.first()?), end) {
                    (Some(lengths), end) => {
                        let bound = |at: i64| position(at as f64, lengths.len());
                        lengths.get(bound(start)..end.map_or(lengths.len(), bound))?.to_vec()
                    }
                    // How many there are is known all the same.
                    (None, Some(end)) if start >= 0 => {
                        vec![None; usize::try_from(end.saturating_sub(start)).ok()?.min(MAX_LENGTH + 1)]
                    }
                    (None, _) => return None,
                };
                Some(Numbers::integers(lengths.into_iter().map(|length| length.map(|l| l as f64)).collect()))
            }
            _ => None,
        }
    }

    /// A shape that was given, or a transposition of one.
    fn shape(&self, value: &'a str) -> Option<Vec<Option<usize>>> {
        if let Some(shape) = self.shapes.get(value) {
            return Some(shape.clone());
        }
        let (_, node) = self.index.producer(value).filter(|(_, node)| node.op_type() == "Transpose")?;
        let shape = self.shapes.get(node.input.first()?.as_str())?;
        let picked = |&axis: &i64| shape.get(usize::try_from(axis).ok()?).copied();
        attribute(node, "perm")?.ints.iter().map(picked).collect()
    }
}

impl Numbers {
    /// Element by element; what is no number afterwards, as 1/0, is unknown.
    fn map(self, op: impl Fn(f64) -> f64) -> Self {
        let values = self.values.into_iter().map(|value| value.map(&op).filter(|v| v.is_finite()));
        Self { values: values.collect(), ..self }
    }

    fn cast(self, to: DType) -> Self {
        match to {
            DType::F16 => Self { integer: false, ..self.map(|v| f16::from_f64(v).to_f64()) },
            DType::F32 => Self { integer: false, ..self.map(|v| f64::from(v as f32)) },
            DType::F64 => Self { integer: false, ..self },
            _ => Self { integer: true, ..self.map(f64::trunc) },
        }
    }

    /// As [`Self::map`], of two; a single number is combined with every element.
    fn combine(&self, other: &Self, op: impl Fn(f64, f64) -> f64) -> Option<Self> {
        let length = self.values.len().max(other.values.len());
        let at = |numbers: &Self, i| match numbers.values[..] {
            [single] => Some(single),
            _ => numbers.values.get(i).copied(),
        };
        let integer = self.integer && other.integer;
        let round = |v: f64| if integer { v.trunc() } else { v };
        let number = |(a, b)| Some(round(op(a, b))).filter(|v| v.is_finite());
        let pair = |i| Some(at(self, i)?.zip(at(other, i)?).and_then(number));
        Some(Self { values: (0..length).map(pair).collect::<Option<_>>()?, integer })
    }
}

/// An index or a bound into `length` elements: negative ones count from the end, large ones mean the end.
fn position(at: f64, length: usize) -> usize {
    let from_start = if at < 0.0 { at + length as f64 } else { at };
    from_start.clamp(0.0, length as f64) as usize
}

/// A Constant node that holds plain numbers.
fn of_attribute(node: &NodeProto) -> Option<Numbers> {
    let attribute = node.attribute.first()?;
    let integers = |values: &[i64]| Some(Numbers::integers(values.iter().map(|&v| Some(v as f64)).collect()));
    let floats = |values: &[f32]| Some(Numbers::floats(values.iter().map(|&v| f64::from(v)).collect()));
    match attribute.name() {
        "value_int" => integers(&[attribute.i?]),
        "value_ints" => integers(&attribute.ints),
        "value_float" => floats(&[attribute.f?]),
        "value_floats" => floats(&attribute.floats),
        _ => None,
    }
}

/// A small constant tensor of integers or floats.
fn of_tensor(tensor: &TensorProto) -> Option<Numbers> {
    let raw = tensor.raw_data();
    if raw.len() > MAX_LENGTH * size_of::<u64>() {
        return None;
    }
    let floats = |values: Vec<f64>| Some(Numbers::floats(values));
    let integers =
        |values: Vec<i64>| Some(Numbers::integers(values.into_iter().map(|v| Some(v as f64)).collect()));
    match DType::from_onnx(tensor.data_type()) {
        DType::F32 if raw.is_empty() => floats(tensor.float_data.iter().map(|&v| v.into()).collect()),
        DType::F32 => floats(elements(raw, f32::from_le_bytes).map(f64::from).collect()),
        DType::F64 if raw.is_empty() => floats(tensor.double_data.clone()),
        DType::F64 => floats(elements(raw, f64::from_le_bytes).collect()),
        DType::F16 if raw.is_empty() => {
            floats(tensor.int32_data.iter().map(|&bits| f16::from_bits(bits as u16).to_f64()).collect())
        }
        DType::F16 => floats(elements(raw, f16::from_le_bytes).map(f16::to_f64).collect()),
        DType::I64 if raw.is_empty() => integers(tensor.int64_data.clone()),
        DType::I64 => integers(elements(raw, i64::from_le_bytes).collect()),
        DType::I32 if raw.is_empty() => integers(tensor.int32_data.iter().map(|&v| v.into()).collect()),
        DType::I32 => integers(elements(raw, i32::from_le_bytes).map(i64::from).collect()),
        _ => None,
    }
}

fn elements<const N: usize, T>(raw: &[u8], read: fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    raw.as_chunks::<N>().0.iter().map(move |bytes| read(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{build, proto::GraphProto};

    #[test]
    fn small_computations_are_evaluated() {
        /// Nodes are `output = Operator inputs`, where First and Rest are parts of a Shape; weights are `a` 7, `b` 2, `last` -1, `end` i64::MAX.
        fn check(nodes: &[&str], expected: Option<&[Option<f64>]>) {
            let mut graph = GraphProto {
                initializer: [("a", 7), ("b", 2), ("last", -1), ("end", i64::MAX)]
                    .map(|(name, value)| build::scalar(name, value))
                    .to_vec(),
                ..Default::default()
            };
            for node in nodes {
                let words: Vec<_> = node.split(' ').filter(|word| *word != "=").collect();
                let to = build::int("to", DType::F32.to_onnx().into());
                let (operator, attributes) = match words[1] {
                    "Cast" => ("Cast", vec![to]),
                    "First" => ("Shape", vec![build::int("start", 0), build::int("end", 1)]),
                    "Rest" => ("Shape", vec![build::int("start", -2)]),
                    operator => (operator, vec![]),
                };
                let inputs = words[2..].iter().copied();
                graph.node.push(build::node("", operator, inputs, vec![words[0].into()], attributes));
            }
            let index = Index::of(&graph);
            let mut evaluator = Evaluator::new(&index);
            evaluator.set_shape("q", vec![None, Some(5), Some(16)]);
            let numbers = evaluator.numbers("x");
            assert_eq!(numbers.map(|numbers| numbers.values).as_deref(), expected, "{nodes:?}");
        }
        check(&["x = Div a b"], Some(&[Some(3.0)]));
        check(&["f = Cast a", "x = Div f b"], Some(&[Some(3.5)]));
        check(&["s = Shape q", "x = Slice s last end"], Some(&[Some(16.0)]));
        check(&["s = Shape q", "x = Slice s b b"], Some(&[]));
        check(&["x = First q"], Some(&[None]));
        check(&["x = Rest q"], Some(&[Some(5.0), Some(16.0)]));
        check(&["s = First unknown", "x = Concat s b"], Some(&[None, Some(2.0)]));
        check(&["x = Rest unknown"], None);
        check(&["s = Shape q", "d = Gather s b", "f = Cast d", "x = Sqrt f"], Some(&[Some(4.0)]));
        check(&["s = Shape unknown", "d = Gather s a", "x = Concat d b"], Some(&[None, Some(2.0)]));
        check(&["s = Shape q", "x = Mul s b"], Some(&[None, Some(10.0), Some(32.0)]));
        check(&["s = Shape q", "t = Concat a b", "x = Add s t"], None);
        check(&["x = Relu a"], None);
        check(&["zero = Sub a a", "x = Div a zero"], Some(&[None]));
        check(&["zero = Sub a a", "x = Div zero zero"], Some(&[None]));
        check(&["x = Sqrt unknown"], None);
    }

    #[test]
    fn vectors_that_grow_too_long_are_unknown() {
        let mut graph = GraphProto { initializer: vec![build::scalar("0", 1)], ..Default::default() };
        for at in 0..200 {
            let input = at.to_string();
            let inputs = [input.as_str(), input.as_str()];
            graph.node.push(build::node("", "Concat", inputs, vec![(at + 1).to_string()], vec![]));
        }
        let index = Index::of(&graph);
        let numbers = |value| Evaluator::new(&index).numbers(value);
        assert_eq!(numbers("4").map(|numbers| numbers.values.len()), Some(16));
        assert_eq!(numbers("5"), None);
        assert_eq!(numbers("200"), None);
    }
}
