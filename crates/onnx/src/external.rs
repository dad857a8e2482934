//! Weights by reference: where ONNX Runtime finds them in the file, so that it maps them and does not copy them.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

use super::{
    Graph,
    proto::{GraphProto, StringStringEntryProto, TensorProto, tensor_proto::DataLocation},
};

/// Weights smaller than this stay inline: ONNX Runtime reads shapes and axes while it builds the session.
const INLINE_BELOW_BYTES: usize = 1024;

impl Graph {
    /// Replaces every inline weight of 1 KiB or more by a reference to its place in `file_name`, the file that the
    /// graph was read from, relative to the folder that ONNX Runtime is given. Weights that are
    /// external already stay where they are ([`Self::relocate`]), and so do constants inside nodes.
    ///
    /// Only slices of the source can be referred to: the graph must have been parsed from that whole file.
    pub fn externalise(&mut self, file_name: &str) {
        let source = self.source.as_ptr() as usize;
        let Some(graph) = self.model.graph.as_mut() else { return };
        for tensor in &mut graph.initializer {
            let Some(raw) = &tensor.raw_data else { continue };
            let length = raw.len();
            let offset = (raw.as_ptr() as usize).checked_sub(source);
            let within =
                |&offset: &usize| length <= self.source.len() && offset <= self.source.len() - length;
            let Some(offset) = offset.filter(within).filter(|_| length >= INLINE_BELOW_BYTES) else {
                continue;
            };
            tensor.external_data = vec![
                entry("location", file_name),
                entry("offset", offset.to_string()),
                entry("length", length.to_string()),
            ];
            tensor.set_data_location(DataLocation::EXTERNAL);
            tensor.raw_data = None;
        }
    }

    /// Replaces the locations of weights that are external already: `locations` holds the new one for each in
    /// [`Inventory::external_files`](super::Inventory::external_files). Others stay.
    pub fn relocate(&mut self, locations: &BTreeMap<String, String>) {
        let Some(graph) = self.model.graph.as_mut() else { return };
        let external = graph.initializer.iter_mut().filter(|tensor| is_external(tensor));
        for entry in external.flat_map(|tensor| &mut tensor.external_data) {
            if let Some(location) = locations.get(entry.value()).filter(|_| entry.key() == "location") {
                entry.set_value(location.clone());
            }
        }
    }
}

/// A location outside the folder of the graph, which no exporter writes.
pub(super) fn location_outside(graph: &GraphProto) -> Option<&str> {
    let external = graph.initializer.iter().filter(|tensor| is_external(tensor));
    let locations =
        external.flat_map(|tensor| &tensor.external_data).filter(|entry| entry.key() == "location");
    locations.map(|entry| entry.value()).find(|location| {
        let mut components = Path::new(location).components();
        components.any(|component| !matches!(component, Component::Normal(_) | Component::CurDir))
    })
}

fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location() == DataLocation::EXTERNAL
}

fn entry(key: &str, value: impl Into<String>) -> StringStringEntryProto {
    StringStringEntryProto { key: Some(key.into()), value: Some(value.into()), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::proto::{GraphProto, ModelProto, OperatorSetIdProto, TensorProto};
    use protobuf::Message;

    #[test]
    fn a_reference_leads_to_the_same_bytes() {
        let weight = |name: &str, length: usize| TensorProto {
            name: Some(name.into()),
            data_type: Some(1),
            dims: vec![length as i64 / 4],
            raw_data: Some((0..length).map(|i| i as u8).collect::<Vec<_>>().into()),
            ..Default::default()
        };
        let mut elsewhere = weight("elsewhere", 0);
        elsewhere.external_data = vec![entry("location", "other.bin"), entry("offset", "4096")];
        elsewhere.dims = vec![8];
        elsewhere.set_data_location(DataLocation::EXTERNAL);
        let tensors = vec![weight("small", 1020), weight("large", 1024), elsewhere, weight("larger", 5000)];
        let graph = GraphProto { initializer: tensors, ..Default::default() };
        let model = ModelProto {
            graph: Some(graph).into(),
            opset_import: vec![OperatorSetIdProto { version: Some(18), ..Default::default() }],
            ..Default::default()
        };
        let source = Bytes::from(model.write_to_bytes().unwrap());
        let mut graph = Graph::parse("weights", source.clone()).unwrap();
        graph.externalise("unet.onnx");

        let [small, large, elsewhere, larger] = &graph.graph().initializer[..] else {
            panic!("weights are lost")
        };
        assert_eq!(small.raw_data().len(), 1020);
        assert_eq!(*elsewhere, model.graph.initializer[2]);
        for (tensor, original) in [(large, 1), (larger, 3)] {
            let entry = |at: usize| tensor.external_data[at].value();
            let (offset, length): (usize, usize) = (entry(1).parse().unwrap(), entry(2).parse().unwrap());
            assert_eq!((entry(0), tensor.data_location()), ("unet.onnx", DataLocation::EXTERNAL));
            assert_eq!(source[offset..offset + length], *model.graph.initializer[original].raw_data());
        }
        graph.relocate(&[("other.bin".into(), "blobs/5f".into())].into());
        let files = graph.inventory().external_files;
        assert_eq!((files[0].location.as_str(), files[0].length_bytes), ("blobs/5f", 4096 + 32));
        assert_eq!(files[1].location, "unet.onnx");
    }
}
