//! Nodes of intercepted graphs that have nothing to work on until somebody steers or looks, where not every execution
//! provider takes tensors of no length.

use protobuf::Message;

use super::proto::ModelProto;

/// What interception reduces that may be empty, whatever the dialect.
const REDUCED: [&str; 3] = ["tauscope.masked/", "tauscope.largest/", "tauscope.patch_weights/"];

/// The names of the reductions in a serialised graph whose input may be empty. What else there is of empty tensors is
/// taken everywhere, as far as is known.
pub fn reductions_of_nothing(graph: &[u8]) -> Vec<String> {
    let model = ModelProto::parse_from_bytes(graph).unwrap_or_default();
    let names = model.graph.unwrap_or_default().node.into_iter().filter_map(|node| node.name);
    names.filter(|name| REDUCED.iter().any(|prefix| name.starts_with(prefix))).collect()
}
