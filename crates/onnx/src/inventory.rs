//! What a graph is made of: for people to read, and to notice that files of weights are missing.

use std::collections::BTreeMap;

use super::{
    DType,
    proto::{ModelProto, NodeProto, TensorProto, tensor_proto::DataLocation},
};

/// What a graph is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Operator sets and their versions; "" is ONNX's own.
    pub opsets: Vec<(String, i64)>,
    /// The program that wrote it, with its version; empty if it does not say.
    pub producer: String,
    /// Number of nodes, those of subgraphs included.
    pub nodes: usize,
    /// The operators of these nodes, the most frequent first.
    pub operators: Vec<OperatorCount>,
    /// Number of weight tensors.
    pub initializers: usize,
    /// Numbers in weights by element type.
    pub parameters: BTreeMap<DType, u64>,
    /// Bytes of weights by element type, inline and external together.
    pub weight_bytes: BTreeMap<DType, u64>,
    /// Bytes of the weights that are in the graph itself.
    pub inline_bytes: u64,
    /// Files that hold weights, by name.
    pub external_files: Vec<ExternalFile>,
}

/// An operator and how often a graph uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorCount {
    /// Its operator set; "" is ONNX's own.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// How many nodes are of it.
    pub nodes: usize,
    /// Whether the file itself defines it, as a function of other operators.
    pub is_function: bool,
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
        let (mut parameters, mut weight_bytes) = (BTreeMap::new(), BTreeMap::new());
        let mut inline_bytes: u64 = 0;
        let mut files = BTreeMap::new();
        for tensor in tensors {
            let dtype = DType::from_onnx(tensor.data_type());
            let (elements, bytes): (&mut u64, &mut u64) =
                (parameters.entry(dtype).or_default(), weight_bytes.entry(dtype).or_default());
            *elements = elements.saturating_add(count(tensor));
            *bytes = bytes.saturating_add(size_bytes(tensor, dtype));
            match external_end(tensor, dtype) {
                Some((location, end)) => {
                    let length: &mut u64 = files.entry(location.to_owned()).or_default();
                    *length = end.max(*length);
                }
                None => inline_bytes = inline_bytes.saturating_add(size_bytes(tensor, dtype)),
            }
        }
        let operators = operators(model);
        let producer = format!("{} {}", model.producer_name(), model.producer_version());
        Self {
            opsets: model.opset_import.iter().map(|set| (set.domain().to_owned(), set.version())).collect(),
            producer: producer.trim().to_owned(),
            nodes: operators.iter().map(|operator| operator.nodes).sum(),
            operators,
            initializers: tensors.len(),
            parameters,
            weight_bytes,
            inline_bytes,
            external_files: files
                .into_iter()
                .map(|(location, length_bytes)| ExternalFile { location, length_bytes })
                .collect(),
        }
    }
}

/// Every operator of the graph and its subgraphs.
fn operators(model: &ModelProto) -> Vec<OperatorCount> {
    fn visit<'a>(nodes: &'a [NodeProto], counts: &mut BTreeMap<(&'a str, &'a str), usize>) {
        for node in nodes {
            let domain = if node.domain() == "ai.onnx" { "" } else { node.domain() };
            *counts.entry((domain, node.op_type())).or_default() += 1;
            for attribute in &node.attribute {
                let inner = attribute.g.iter().chain(&attribute.graphs);
                inner.for_each(|graph| visit(&graph.node, &mut *counts));
            }
        }
    }
    let mut counts = BTreeMap::new();
    visit(&model.graph.node, &mut counts);
    let is_function = |domain: &str, name: &str| {
        model.functions.iter().any(|function| (function.domain(), function.name()) == (domain, name))
    };
    let mut operators: Vec<_> = counts
        .into_iter()
        .map(|((domain, name), nodes)| OperatorCount {
            is_function: is_function(domain, name),
            domain: domain.to_owned(),
            name: name.to_owned(),
            nodes,
        })
        .collect();
    operators.sort_by_key(|operator| std::cmp::Reverse(operator.nodes));
    operators
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
        Some(size) => count(tensor).saturating_mul(size as u64),
        None => tensor.raw_data().len() as u64,
    }
}

/// How many numbers the tensor holds.
fn count(tensor: &TensorProto) -> u64 {
    tensor.dims.iter().map(|&dim| u64::try_from(dim).unwrap_or(0)).fold(1, u64::saturating_mul)
}
