//! Removes what no output depends on.

use std::collections::HashSet;

use super::{order::visit_inputs, proto::GraphProto};

/// Removes nodes that no graph output depends on, then the weights and value infos that are no longer used. Inputs
/// stay, used or not, because the graph promises to take them.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Port, build};

    #[test]
    fn only_what_an_output_depends_on_stays() {
        let node =
            |input: &str, output: &str| build::node("", "Identity", [input], vec![output.into()], vec![]);
        let port = |name: &str| build::port(Port { name: name.into(), dtype: DType::F32, shape: vec![] });
        let mut branch = node("x", "branch");
        branch.attribute = vec![build::int("then", 0)];
        branch.attribute[0].g =
            Some(GraphProto { node: vec![node("captured", "inner")], ..Default::default() }).into();
        let mut graph = GraphProto {
            node: vec![node("w1", "captured"), node("w2", "dead"), node("dead", "dead too"), branch],
            initializer: ["w1", "w2", "default"].map(|name| build::scalar(name, 1)).to_vec(),
            input: ["x", "unused", "default"].map(port).to_vec(),
            output: vec![port("branch")],
            value_info: ["captured", "dead"].map(port).to_vec(),
            ..Default::default()
        };
        prune(&mut graph);
        let outputs: Vec<_> = graph.node.iter().map(|node| node.output[0].as_str()).collect();
        let weights: Vec<_> = graph.initializer.iter().map(|tensor| tensor.name()).collect();
        let infos: Vec<_> = graph.value_info.iter().map(|value| value.name()).collect();
        assert_eq!(outputs, ["captured", "branch"]);
        assert_eq!(weights, ["w1", "default"]);
        assert_eq!(infos, ["captured"]);
        assert_eq!(graph.input.len(), 3);
    }
}
