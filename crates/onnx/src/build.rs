//! Builds new parts of a graph: nodes, attributes, weights, ports.

use super::{
    DType, Dim, Port,
    proto::{
        AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
        attribute_proto::AttributeType, tensor_shape_proto::Dimension, type_proto,
    },
};

/// A node, named like its first output.
pub(super) fn node<'a>(
    domain: &str,
    operator: &str,
    inputs: impl IntoIterator<Item = &'a str>,
    outputs: Vec<String>,
    attributes: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        name: outputs.first().cloned(),
        op_type: Some(operator.to_owned()),
        domain: (!domain.is_empty()).then(|| domain.to_owned()),
        input: inputs.into_iter().map(str::to_owned).collect(),
        output: outputs,
        attribute: attributes,
        ..Default::default()
    }
}

/// An integer attribute.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        type_: Some(AttributeType::INT.into()),
        i: Some(value),
        ..Default::default()
    }
}

/// An attribute of several integers.
pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        type_: Some(AttributeType::INTS.into()),
        ints: values.to_vec(),
        ..Default::default()
    }
}

/// A float attribute.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        type_: Some(AttributeType::FLOAT.into()),
        f: Some(value),
        ..Default::default()
    }
}

/// A weight that is one integer.
pub(super) fn scalar(name: &str, value: i64) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(DType::I64.to_onnx()),
        int64_data: vec![value],
        ..Default::default()
    }
}

/// A weight that is one f32.
pub(super) fn float_scalar(name: &str, value: f32) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(DType::F32.to_onnx()),
        float_data: vec![value],
        ..Default::default()
    }
}

/// A weight that is a vector of integers.
pub(super) fn vector(name: &str, values: &[i64]) -> TensorProto {
    TensorProto { dims: vec![values.len() as i64], int64_data: values.to_vec(), ..scalar(name, 0) }
}

/// An input or an output.
pub(super) fn port(port: Port) -> ValueInfoProto {
    let dimension = |dim| match dim {
        Dim::Fixed(length) => Dimension { dim_value: Some(length as i64), ..Default::default() },
        Dim::Named(name) => Dimension { dim_param: Some(name), ..Default::default() },
        Dim::Unknown => Dimension::default(),
    };
    let shape =
        TensorShapeProto { dim: port.shape.into_iter().map(dimension).collect(), ..Default::default() };
    let tensor = type_proto::Tensor {
        elem_type: Some(port.dtype.to_onnx()),
        shape: Some(shape).into(),
        ..Default::default()
    };
    let value = TypeProto { tensor_type: Some(tensor).into(), ..Default::default() };
    ValueInfoProto { name: Some(port.name), type_: Some(value).into(), ..Default::default() }
}
