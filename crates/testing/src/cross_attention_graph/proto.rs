//! As much of onnx.proto as the graphs here need, written straight to bytes.

use ort::value::TensorElementType;

/// A message of fields, in the order they are added.
#[derive(Clone, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn int(mut self, field: u8, value: i64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(value as u64);
        self
    }

    pub(super) fn float(mut self, field: u8, value: f32) -> Self {
        self.varint(u64::from(field) << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, field: u8, bytes: impl AsRef<[u8]>) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    /// `field` once for each of `items`.
    pub(super) fn each(self, field: u8, items: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        items.into_iter().fold(self, |message, item| message.bytes(field, item))
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// ModelProto with ONNX opset 18 and version 1 of `domain`.
pub(super) fn model(domain: &str, graph: &Message) -> Message {
    let opset = |domain: &str, version| Message::default().bytes(1, domain).int(2, version);
    Message::default().int(1, 8).bytes(7, graph).each(8, [opset("", 18), opset(domain, 1)])
}

/// GraphProto.
pub(super) fn graph(
    nodes: &[Message],
    initializers: &[Message],
    inputs: &[Message],
    outputs: &[Message],
) -> Message {
    Message::default()
        .each(1, nodes)
        .bytes(2, "layer")
        .each(5, initializers)
        .each(11, inputs)
        .each(12, outputs)
}

/// NodeProto, named like its first output.
pub(super) fn node(
    domain: &str,
    operator: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: &[Message],
) -> Message {
    let node = Message::default().each(1, inputs).each(2, outputs).bytes(3, outputs[0]).bytes(4, operator);
    node.each(5, attributes).bytes(7, domain)
}

/// AttributeProto of type FLOAT.
pub(super) fn float(name: &str, value: f32) -> Message {
    Message::default().bytes(1, name).float(2, value).int(20, 1)
}

/// AttributeProto of type INT.
pub(super) fn int(name: &str, value: i64) -> Message {
    Message::default().bytes(1, name).int(3, value).int(20, 2)
}

/// AttributeProto of type INTS.
pub(super) fn ints(name: &str, values: &[i64]) -> Message {
    values.iter().fold(Message::default().bytes(1, name), |message, &value| message.int(8, value)).int(20, 7)
}

/// TensorProto of type INT64, [values].
pub(super) fn shape(name: &str, values: &[i64]) -> Message {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Message::default().int(1, values.len() as i64).int(2, 7).bytes(8, name).bytes(9, data)
}

/// TensorProto of type FLOAT, a scalar.
pub(super) fn scalar(name: &str, value: f32) -> Message {
    Message::default().int(2, 1).bytes(8, name).bytes(9, value.to_le_bytes())
}

/// ValueInfoProto of a tensor with `rank` dimensions of any size.
pub(super) fn tensor(name: &str, element: TensorElementType, rank: usize) -> Message {
    let element = match element {
        TensorElementType::Float32 => 1,
        TensorElementType::Int32 => 6,
        TensorElementType::Float16 => 10,
        other => panic!("no graph here has tensors of {other}"),
    };
    let dims = Message::default().each(1, vec![Message::default(); rank]);
    Message::default()
        .bytes(1, name)
        .bytes(2, Message::default().bytes(1, Message::default().int(1, element).bytes(2, dims)))
}
