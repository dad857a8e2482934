//! What a graph is made of: for `inspect`, and to notice a folder that is only half there.

use std::collections::BTreeMap;

use super::{
    DType,
    proto::{ModelProto, TensorProto, tensor_proto::DataLocation},
};

/// What a graph is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Operator sets and their versions; "" is ONNX's own.
    pub opsets: Vec<(String, i64)>,
    /// The program that wrote it, with its version; empty if it does not say.
    pub producer: String,
    /// Number of nodes.
    pub nodes: usize,
    /// Number of weight tensors.
    pub initializers: usize,
    /// Bytes of weights by element type, inline and external together.
    pub weight_bytes: BTreeMap<DType, u64>,
    /// Files that hold weights, by name.
    pub external_files: Vec<ExternalFile>,
}

/// A file beside the graph that holds weights of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalFile {
    /// Where it lies, relative to the graph's folder, as the graph says it.
    pub location: String,
    /// How long it must be at least.
    pub length_bytes: u64,
}

impl Inventory {
    pub(super) fn of(model: &ModelProto) -> Self {
        let tensors = &model.graph.initializer;
        let mut weight_bytes = BTreeMap::new();
        let mut files = BTreeMap::new();
        for tensor in tensors {
            let dtype = DType::from_onnx(tensor.data_type());
            *weight_bytes.entry(dtype).or_default() += size_bytes(tensor, dtype);
            if let Some((location, end)) = external_end(tensor, dtype) {
                let length: &mut u64 = files.entry(location.to_owned()).or_default();
                *length = end.max(*length);
            }
        }
        let producer = format!("{} {}", model.producer_name(), model.producer_version());
        Self {
            opsets: model.opset_import.iter().map(|set| (set.domain().to_owned(), set.version())).collect(),
            producer: producer.trim().to_owned(),
            nodes: model.graph.node.len(),
            initializers: tensors.len(),
            weight_bytes,
            external_files: files
                .into_iter()
                .map(|(location, length_bytes)| ExternalFile { location, length_bytes })
                .collect(),
        }
    }
}

/// Where in its file an external tensor ends.
fn external_end(tensor: &TensorProto, dtype: DType) -> Option<(&str, u64)> {
    let entry = |key| tensor.external_data.iter().find(|entry| entry.key() == key).map(|entry| entry.value());
    let number = |key| entry(key).and_then(|value| value.parse::<u64>().ok());
    let location = entry("location").filter(|_| tensor.data_location() == DataLocation::EXTERNAL)?;
    let length = number("length").unwrap_or_else(|| size_bytes(tensor, dtype));
    Some((location, number("offset").unwrap_or(0).saturating_add(length)))
}

/// The tensor's size by its shape; by its stored bytes where elements have no whole size.
fn size_bytes(tensor: &TensorProto, dtype: DType) -> u64 {
    match dtype.size_bytes() {
        Some(size) => tensor
            .dims
            .iter()
            .map(|&dim| u64::try_from(dim).unwrap_or(0))
            .fold(size as u64, u64::saturating_mul),
        None => tensor.raw_data().len() as u64,
    }
}
