//! The graph itself: bytes in, messages, bytes out.

use std::fmt;

use bytes::Bytes;
use protobuf::Message;

use super::{
    Error, Inventory, Result, Signature, damage, external, order,
    proto::{GraphProto, ModelProto},
};

/// An ONNX model in memory. Its weights are slices of the bytes that it was read from.
#[derive(Clone)]
pub struct Graph {
    name: String,
    pub(super) model: ModelProto,
    pub(super) source: Bytes,
}

impl Graph {
    /// Reads a graph. `name` is what messages call it ("unet", or a path).
    ///
    /// # Errors
    /// If the bytes are no ONNX graph, or only the beginning of one, or name files outside their folder.
    pub fn parse(name: &str, bytes: Bytes) -> Result<Self> {
        let fault = |problem: String| Error::new(name, problem);
        if let Some(problem) = damage::other_file_type(&bytes) {
            return Err(fault(problem));
        }
        let mut model = ModelProto::parse_from_tokio_bytes(&bytes)
            .map_err(|error| fault(damage::describe(&bytes, &error)))?;
        let sorted = model.graph.as_mut().map(order::sort);
        // Exporters write the opset imports after the graph, so a file cut off between the two still parses.
        if sorted.is_none() || model.opset_import.is_empty() {
            return Err(fault(damage::missing_part(sorted.is_some())));
        }
        if sorted == Some(false) {
            return Err(fault(
                "its nodes wait for each other or make the same value. Export the model again.".into(),
            ));
        }
        if let Some(location) = model.graph.as_ref().and_then(external::location_outside) {
            return Err(fault(format!(
                "it keeps weights in {location:?}, outside its own folder, which Tauscope does not open. Export the \
                 model again."
            )));
        }
        Ok(Self { name: name.to_owned(), model, source: bytes })
    }

    /// The name by which messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What goes in and what comes out.
    pub fn signature(&self) -> Signature {
        Signature::of(self.graph())
    }

    /// What it is made of, for people.
    pub fn inventory(&self) -> Inventory {
        Inventory::of(&self.model)
    }

    /// The graph as a file would hold it, unknown fields included.
    ///
    /// # Errors
    /// If it is larger than protobuf allows (2 GiB): make its weights external first.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let too_large =
            "it is larger than 2 GiB, which the format does not allow. Keep its weights in a file beside it.";
        if i32::try_from(self.model.compute_size()).is_err() {
            return Err(self.fault(too_large));
        }
        self.model.write_to_bytes().map_err(|error| self.fault(format!("it cannot be written ({error}).")))
    }

    pub(super) fn graph(&self) -> &GraphProto {
        &self.model.graph
    }

    pub(super) fn fault(&self, problem: impl Into<String>) -> Error {
        Error::new(&self.name, problem)
    }
}

impl PartialEq for Graph {
    /// Whether both hold the same; names and sources do not matter.
    fn eq(&self, other: &Self) -> bool {
        self.model == other.model
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = self.graph();
        write!(
            f,
            "Graph({}, {} nodes, {} initializers)",
            self.name,
            graph.node.len(),
            graph.initializer.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bytes: &[u8]) -> String {
        Graph::parse("unet", Bytes::copy_from_slice(bytes)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_graph_is_told_apart() {
        fn check(bytes: &[u8], expected: &str) {
            let problem = problem(bytes);
            assert!(problem.contains(expected), "{problem}");
        }
        check(b"", "empty");
        check(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "git lfs pull");
        check(b"\n<!DOCTYPE html>\n<html>", "web page");
        check(b"PK\x03\x04 a zip", "not an ONNX graph");
        check(&[0xff; 64], "not an ONNX graph");
        // ir_version 8, then a graph of 100 bytes of which 1 is there.
        check(&[0x08, 8, 0x3a, 100, 0x0a], "99 bytes or more are missing");
        check(&[0x08, 8], "holds no graph");
        check(&[0x08, 8, 0x3a, 0], "holds no operator versions");
    }

    #[test]
    fn fields_of_a_newer_onnx_survive() {
        // ir_version, an empty graph, an opset import, and field 39 that no ONNX knows.
        let bytes = [0x08, 8, 0x3a, 0, 0x42, 2, 0x10, 18, 0xba, 0x02, 3, b'n', b'e', b'w'];
        let graph = Graph::parse("unet", Bytes::copy_from_slice(&bytes)).unwrap();
        assert_eq!(graph.to_bytes().unwrap(), bytes);
    }
}
