//! Puts nodes after what they read.

use std::collections::HashMap;

use super::proto::{GraphProto, NodeProto};

/// Sorts the nodes so that each comes after the makers of what it reads, and otherwise keeps their order. Some
/// converters append casts at the end: ONNX Runtime accepts that, but walking and rewriting need the order.
///
/// Returns false if there is no such order: if nodes wait for each other in a circle, or two make the same value.
pub(super) fn sort(graph: &mut GraphProto) -> bool {
    let Some(order) = order(&graph.node) else { return false };
    if !order.is_sorted() {
        let mut nodes: Vec<_> = std::mem::take(&mut graph.node).into_iter().map(Some).collect();
        graph.node = order.into_iter().filter_map(|at| nodes[at].take()).collect();
    }
    true
}

/// Calls `visit` with every value that a node reads, inside its subgraphs too.
pub(super) fn visit_inputs<'a>(node: &'a NodeProto, visit: &mut impl FnMut(&'a str)) {
    node.input.iter().for_each(|input| visit(input));
    for attribute in &node.attribute {
        for graph in attribute.g.iter().chain(&attribute.graphs) {
            graph.output.iter().for_each(|output| visit(output.name()));
            graph.node.iter().for_each(|node| visit_inputs(node, &mut *visit));
        }
    }
}

/// The places of the nodes, sorted: depth first, without recursion, since a graph can be deep.
fn order(nodes: &[NodeProto]) -> Option<Vec<usize>> {
    enum Step {
        Enter(usize),
        Leave(usize),
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Waiting,
        Placed,
    }
    let mut makers = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            if makers.insert(output.as_str(), at).is_some() {
                return None;
            }
        }
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    let mut steps = Vec::new();
    for start in 0..nodes.len() {
        steps.push(Step::Enter(start));
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(at) if marks[at] == Mark::Placed => {}
                Step::Enter(at) if marks[at] == Mark::Waiting => return None,
                Step::Enter(at) => {
                    marks[at] = Mark::Waiting;
                    steps.push(Step::Leave(at));
                    let first = steps.len();
                    visit_inputs(&nodes[at], &mut |input| {
                        steps.extend(makers.get(input).map(|&maker| Step::Enter(maker)));
                    });
                    steps[first..].reverse();
                }
                Step::Leave(at) => {
                    marks[at] = Mark::Placed;
                    order.push(at);
                }
            }
        }
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_come_after_what_they_read() {
        fn check(nodes: &[(&str, &str)], expected: Option<&[usize]>) {
            let words = |text: &str| text.split(' ').map(str::to_owned).collect();
            let nodes: Vec<_> = nodes
                .iter()
                .map(|(input, output)| NodeProto {
                    input: words(input),
                    output: words(output),
                    ..Default::default()
                })
                .collect();
            assert_eq!(order(&nodes).as_deref(), expected);
        }
        check(&[("x", "a"), ("a", "b"), ("x b", "c")], Some(&[0, 1, 2]));
        check(&[("x", "a"), ("b a", "c"), ("x", "d"), ("a", "b")], Some(&[0, 3, 1, 2]));
        check(&[("c", "d"), ("b", "c"), ("a", "b")], Some(&[2, 1, 0]));
        check(&[("a a", "b"), ("x", "a")], Some(&[1, 0]));
        check(&[("a", "a")], None);
        check(&[("x", "a"), ("a", "b"), ("b", "a")], None);
        check(&[("b", "a"), ("a", "b")], None);
    }
}
