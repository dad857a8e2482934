//! Weights by reference: where ONNX Runtime finds them in the file, so that it maps instead of copying.

use super::{
    Graph,
    proto::{StringStringEntryProto, tensor_proto::DataLocation},
};

/// Weights smaller than this stay inline: the runtime reads shapes and axes while it builds the session.
const INLINE_BELOW_BYTES: usize = 1024;

impl Graph {
    /// Replaces every inline weight of 1 KiB or more by a reference to its place in `file_name`, the file that the
    /// graph was read from, as seen from the folder that the runtime is told (onnxruntime.md). Weights that are
    /// external already stay where they are, and so do constants inside nodes.
    ///
    /// Only slices of the source can be referred to: the graph must have been parsed from that whole file.
    pub fn externalise(&mut self, file_name: &str) {
        let source = self.source.as_ptr() as usize;
        let Some(graph) = self.model.graph.as_mut() else { return };
        for tensor in &mut graph.initializer {
            let Some(raw) = &tensor.raw_data else { continue };
            let (start, length) = (raw.as_ptr() as usize, raw.len());
            let within = start >= source && start + length <= source + self.source.len();
            if length < INLINE_BELOW_BYTES || !within {
                continue;
            }
            tensor.external_data = vec![
                entry("location", file_name),
                entry("offset", (start - source).to_string()),
                entry("length", length.to_string()),
            ];
            tensor.set_data_location(DataLocation::EXTERNAL);
            tensor.raw_data = None;
        }
    }
}

fn entry(key: &str, value: impl Into<String>) -> StringStringEntryProto {
    StringStringEntryProto { key: Some(key.into()), value: Some(value.into()), ..Default::default() }
}
