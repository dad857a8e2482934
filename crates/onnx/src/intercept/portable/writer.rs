//! Writes nodes one after the other.

use crate::{
    DType,
    build::{self, int, node},
    proto::{AttributeProto, NodeProto, TensorProto},
};

/// The scalar 0: Gather by it removes a dimension.
pub(super) const FIRST: &str = "tauscope.first";
/// The scalar 1.
pub(super) const SECOND: &str = "tauscope.second";
/// The constant [-1, 1]: the shape that makes a column of a vector.
pub(super) const COLUMN: &str = "tauscope.column";
/// Longer than any tensor here: what is cut to this length stays whole.
pub(super) const FAR: i64 = i32::MAX as i64;

/// From this version on ReduceSum takes its axes as an input.
const SUM_AXES_ARE_AN_INPUT: i64 = 13;
/// From this version on all reductions do.
const AXES_ARE_AN_INPUT: i64 = 18;

/// Nodes of one scope, each named by what it makes: "tauscope.logits/down_blocks.…".
pub(super) struct Writer<'a> {
    scope: &'a str,
    opset: i64,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(scope: &'a str, opset: i64) -> Self {
        Self { scope, opset, nodes: Vec::new(), constants: Vec::new() }
    }

    /// The nodes in their order, and the constants that they read.
    pub(super) fn finish(self) -> (Vec<NodeProto>, Vec<TensorProto>) {
        (self.nodes, self.constants)
    }

    /// A constant of integers; gives its name.
    pub(super) fn constant(&mut self, what: &str, values: &[i64]) -> String {
        let name = self.name(what);
        self.constants.push(build::vector(&name, values));
        name
    }

    /// A constant that is one f32; gives its name.
    pub(super) fn float_constant(&mut self, what: &str, value: f32) -> String {
        let name = self.name(what);
        self.constants.push(build::float_scalar(&name, value));
        name
    }

    /// A node that makes `what`; gives the name of that.
    pub(super) fn node(&mut self, what: &str, operator: &str, inputs: &[&str]) -> String {
        let output = self.name(what);
        self.with(output, operator, inputs, vec![])
    }

    /// A node that makes `output`.
    pub(super) fn with(
        &mut self,
        output: String,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(node("", operator, inputs.iter().copied(), vec![output.clone()], attributes));
        output
    }

    /// The same numbers as `to`; a cast that changes nothing is left out by every runtime.
    pub(super) fn cast(&mut self, what: &str, data: &str, to: DType) -> String {
        let output = self.name(what);
        self.with(output, "Cast", &[data], vec![int("to", to.to_onnx().into())])
    }

    /// The beginning of `data` along `axis`, as long as the one integer `length`, or all if it is longer.
    pub(super) fn cut(&mut self, what: &str, data: &str, length: &str, axis: i64) -> String {
        self.node(what, "Slice", &[data, &number(0), length, &number(axis)])
    }

    /// Reduces along an axis, which stays as one of length 1 if `keep`.
    pub(super) fn reduce(&mut self, what: &str, operator: &str, data: &str, axis: i64, keep: bool) -> String {
        let (output, axes) = (self.name(what), number(axis));
        let (mut inputs, mut attributes) = (vec![data], vec![int("keepdims", keep.into())]);
        let by_input = if operator == "ReduceSum" { SUM_AXES_ARE_AN_INPUT } else { AXES_ARE_AN_INPUT };
        if self.opset >= by_input {
            inputs.push(&axes);
        } else {
            attributes.push(build::ints("axes", &[axis]));
        }
        self.with(output, operator, &inputs, attributes)
    }

    /// "tauscope.what/scope"
    pub(super) fn name(&self, what: &str) -> String {
        format!("tauscope.{what}/{}", self.scope)
    }
}

/// The constant [value], one of [`constants`].
pub(super) fn number(value: i64) -> String {
    format!("tauscope.number/{value}")
}

/// The scalar constant `value`, one of [`constants`].
pub(super) fn float(value: f32) -> String {
    format!("tauscope.float/{value:e}")
}

/// The constants that all scopes read; `floats` are those that [`float`] names.
pub(super) fn constants(floats: &[f32]) -> Vec<TensorProto> {
    let numbers = [0, 1, 3, FAR].map(|value| build::vector(&number(value), &[value]));
    let floats = floats.iter().map(|&value| build::float_scalar(&float(value), value));
    numbers
        .into_iter()
        .chain(floats)
        .chain([build::scalar(FIRST, 0), build::scalar(SECOND, 1), build::vector(COLUMN, &[-1, 1])])
        .collect()
}
