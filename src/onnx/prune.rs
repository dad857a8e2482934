//! Removes what no output depends on.

use std::collections::HashSet;

use super::{order::visit_inputs, proto::GraphProto};

/// Removes nodes that no graph output depends on, then the weights and type notes that nobody is left to use. Inputs
/// stay, used or not, because they are what the graph promises to take.
pub(super) fn prune(graph: &mut GraphProto) {
    let mut needed: HashSet<String> = graph.output.iter().map(|output| output.name().to_owned()).collect();
    let mut live = vec![false; graph.node.len()];
    for (node, live) in graph.node.iter().zip(&mut live).rev() {
        *live = node.output.iter().any(|output| needed.contains(output));
        if *live {
            visit_inputs(node, &mut |input| {
                if !needed.contains(input) {
                    needed.insert(input.to_owned());
                }
            });
        }
    }
    let mut live = live.into_iter();
    graph.node.retain(|_| live.next().unwrap_or(true));
    // A weight that is listed as an input too is its default; without it the input would have to be fed.
    needed.extend(graph.input.iter().map(|input| input.name().to_owned()));
    graph.initializer.retain(|tensor| needed.contains(tensor.name()));
    let made: HashSet<_> = graph.node.iter().flat_map(|node| &node.output).map(String::as_str).collect();
    graph.value_info.retain(|value| made.contains(value.name()));
}
