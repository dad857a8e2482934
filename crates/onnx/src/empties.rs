//! Nodes of rewritten graphs that get empty tensors until somebody steers or asks where a patch looks. Not every
//! execution provider takes those.

use protobuf::Message;

use super::proto::ModelProto;

/// How the names of these nodes begin, in either dialect.
const PREFIXES: [&str; 3] = ["tauscope.masked/", "tauscope.largest/", "tauscope.patch_weights/"];

/// The names of the nodes in a serialised graph that reduce a tensor which may be empty. As far as is known, every
/// execution provider takes empty tensors in all other nodes.
pub fn reductions_of_empty_tensors(graph: &[u8]) -> Vec<String> {
    let model = ModelProto::parse_from_bytes(graph).unwrap_or_default();
    let names = model.graph.unwrap_or_default().node.into_iter().filter_map(|node| node.name);
    names.filter(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix))).collect()
}
