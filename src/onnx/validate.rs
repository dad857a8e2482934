//! Is a graph well formed? The structural part of ONNX's own checker.

use std::collections::HashSet;

use super::{
    Graph,
    proto::{GraphProto, NodeProto},
};
use crate::Result;

impl Graph {
    /// Checks that every node reads what exists before it, that no value is made twice, that every output is made, and
    /// that every operator's domain is imported. The rewrite checks its own work with it in debug builds.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] with the first fault.
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
