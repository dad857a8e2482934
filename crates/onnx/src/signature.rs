//! What goes into a graph and what comes out.

use super::{
    DType,
    proto::{GraphProto, ValueInfoProto},
};

/// A graph's inputs and outputs, in the graph's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What has to be fed; initializers that are listed as inputs are left out.
    pub inputs: Vec<Port>,
    /// What comes out.
    pub outputs: Vec<Port>,
}

/// One input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// Its element type.
    pub dtype: DType,
    /// Its dimensions; empty for a scalar, and where the graph says nothing.
    pub shape: Vec<Dim>,
}

/// One dimension of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// Always this long.
    Fixed(usize),
    /// As long as every other dimension of this name.
    Named(String),
    /// Any length.
    Unknown,
}

impl Signature {
    pub(super) fn of(graph: &GraphProto) -> Self {
        let is_weight = |name: &str| graph.initializer.iter().any(|tensor| tensor.name() == name);
        Self {
            inputs: graph.input.iter().filter(|input| !is_weight(input.name())).map(Port::of).collect(),
            outputs: graph.output.iter().map(Port::of).collect(),
        }
    }

    /// The input of this name.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// The output of this name.
    pub fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }
}

impl Port {
    pub(super) fn of(value: &ValueInfoProto) -> Self {
        let tensor = &value.type_.tensor_type;
        let shape = tensor.shape.dim.iter().map(|dim| match (dim.dim_value, dim.dim_param()) {
            (Some(length), _) => usize::try_from(length).map_or(Dim::Unknown, Dim::Fixed),
            (None, "") => Dim::Unknown,
            (None, name) => Dim::Named(name.to_owned()),
        });
        Self {
            name: value.name().to_owned(),
            dtype: DType::from_onnx(tensor.elem_type()),
            shape: shape.collect(),
        }
    }
}
