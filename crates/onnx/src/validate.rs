//! Checks whether a graph is well formed: the structural part of ONNX's own checker.

use std::collections::HashSet;

use super::{
    Graph, Result,
    proto::{GraphProto, NodeProto},
};

impl Graph {
    /// Checks that every node reads what exists before it, that no value is made twice, that every output is made, and
    /// that every operator's domain is imported. The rewrite checks its own work with it in debug builds.
    ///
    /// # Errors
    /// The first fault.
    pub fn validate(&self) -> Result<()> {
        let domains = self.model.opset_import.iter().map(|set| canonical(set.domain())).collect();
        check(self.graph(), &HashSet::new(), &domains).map_err(|problem| self.fault(problem))
    }
}

/// Checks one graph, which sees the values of the graph around it.
fn check<'a>(graph: &'a GraphProto, outer: &HashSet<&'a str>, domains: &HashSet<&str>) -> Result<(), String> {
    let mut known = outer.clone();
    known.insert("");
    known.extend(graph.input.iter().map(|input| input.name()));
    known.extend(graph.initializer.iter().map(|tensor| tensor.name()));
    known.extend(graph.sparse_initializer.iter().map(|tensor| tensor.values.name()));
    for node in &graph.node {
        let title = || format!("the {} node {:?}", node.op_type(), node.name());
        if !domains.contains(canonical(node.domain())) {
            return Err(format!("{} is of the domain {:?}, which is not imported.", title(), node.domain()));
        }
        if let Some(input) = node.input.iter().find(|input| !known.contains(input.as_str())) {
            return Err(format!("{} reads {input:?}, which nothing before it makes.", title()));
        }
        subgraphs(node).try_for_each(|graph| check(graph, &known, domains))?;
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            if !known.insert(output) {
                return Err(format!("{} makes {output:?}, which exists already.", title()));
            }
        }
    }
    match graph.output.iter().find(|output| !known.contains(output.name())) {
        Some(output) => Err(format!("nothing makes its output {:?}.", output.name())),
        None => Ok(()),
    }
}

fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// ONNX's own domain has two names.
fn canonical(domain: &str) -> &str {
    if domain == "ai.onnx" { "" } else { domain }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::build;

    #[test]
    fn faults_of_structure_are_found() {
        fn check(change: impl Fn(&mut GraphProto), expected: Option<&str>) {
            let bytes = include_bytes!("../tests/fixtures/form_a.onnx");
            let mut graph = Graph::parse("form a", Bytes::from_static(bytes)).unwrap();
            change(graph.model.graph.mut_or_insert_default());
            let problem = graph.validate().err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(problem, None),
                Some(expected) => {
                    assert!(problem.as_ref().is_some_and(|p| p.contains(expected)), "{problem:?}")
                }
            }
        }
        check(|_| {}, None);
        check(|graph| drop(graph.node.remove(0)), Some("which nothing before it makes"));
        check(|graph| graph.node.reverse(), Some("which nothing before it makes"));
        check(|graph| graph.output[0].set_name("lost".into()), Some("nothing makes its output \"lost\""));
        check(|graph| graph.node[0].set_domain("tauscope".into()), Some("not imported"));
        check(
            |graph| {
                let copy = graph.node[0].clone();
                graph.node.push(copy);
            },
            Some("exists already"),
        );
        // A subgraph sees what is around it, and what it makes stays inside.
        let with_subgraph = |input: &'static str| {
            move |graph: &mut GraphProto| {
                let inner = GraphProto {
                    node: vec![build::node("", "Identity", [input], vec!["inner".into()], vec![])],
                    ..Default::default()
                };
                let mut branch =
                    build::node("", "If", [], vec!["branch".into()], vec![build::int("then", 0)]);
                branch.attribute[0].g = Some(inner).into();
                graph.node.push(branch);
            }
        };
        check(with_subgraph("encoder_hidden_states"), None);
        check(with_subgraph("lost"), Some("reads \"lost\""));
    }
}
