//! One graph: what goes in and comes out, what it is made of, and whether its weights are all there.

use std::fmt;

use serde::Serialize;

use super::text::{counted, list};
use tauscope_core::{
    error::{Error, Result},
    model::{Files, WeightFile, check_weights},
    units,
};
use tauscope_onnx::{Dim, Graph, Inventory, OperatorCount, Port};
use tauscope_runtime::runs_on_cpu;

/// What is found in a graph.
#[derive(Debug, Serialize)]
pub(super) struct GraphFacts {
    /// Its name; of a model or a folder, as seen from there.
    pub(super) file: String,
    producer: String,
    opsets: Vec<Opset>,
    nodes: usize,
    operators: Vec<Operator>,
    not_on_cpu: Vec<Operator>,
    weights: Vec<Weights>,
    inline_bytes: u64,
    weight_files: Vec<WeightFacts>,
    inputs: Vec<PortFacts>,
    outputs: Vec<PortFacts>,
    #[serde(skip)]
    pub(super) fault: Option<Error>,
}

#[derive(Debug, Serialize)]
struct Opset {
    /// "" is ONNX's own.
    domain: String,
    version: i64,
}

#[derive(Clone, Debug, Serialize)]
struct Operator {
    domain: String,
    name: String,
    nodes: usize,
}

#[derive(Debug, Serialize)]
struct Weights {
    dtype: String,
    parameters: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct WeightFacts {
    file: String,
    needed_bytes: u64,
    /// Null if it is not there.
    found_bytes: Option<u64>,
    whole: bool,
}

#[derive(Debug, Serialize)]
struct PortFacts {
    name: String,
    dtype: String,
    shape: Vec<Length>,
}

/// A fixed length, the name of one, or null for any.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Length {
    Fixed(usize),
    Named(String),
    Any,
}

/// Reads the graph `file` of `files`.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Graph`] if it is not a graph.
pub(super) fn read(files: &Files, file: &str) -> Result<Graph> {
    Ok(Graph::parse(file, files.read(file)?)?)
}

impl GraphFacts {
    /// The facts about `graph`, which was read from `files` by its name.
    pub(super) fn of(graph: &Graph, files: &Files) -> Self {
        let file = graph.name();
        let (inventory, signature) = (graph.inventory(), graph.signature());
        let weight_files = WeightFile::of(files, file, &inventory).into_iter().map(WeightFacts::from);
        let weight_files = weight_files.collect();
        let fault = check_weights(files, file, &inventory).err();
        let Inventory { opsets, producer, nodes, operators, parameters, weight_bytes, inline_bytes, .. } =
            inventory;
        let ports = |ports: Vec<Port>| ports.into_iter().map(PortFacts::from).collect();
        let foreign = |operator: &&OperatorCount| {
            !operator.is_function && !runs_on_cpu(&operator.domain, &operator.name)
        };
        Self {
            file: file.to_owned(),
            producer,
            opsets: opsets.into_iter().map(|(domain, version)| Opset { domain, version }).collect(),
            nodes,
            not_on_cpu: operators.iter().filter(foreign).map(Operator::from).collect(),
            operators: operators.iter().map(Operator::from).collect(),
            weights: parameters
                .iter()
                .zip(weight_bytes.values())
                .map(|((dtype, &parameters), &bytes)| Weights { dtype: dtype.to_string(), parameters, bytes })
                .collect(),
            inline_bytes,
            weight_files,
            inputs: ports(signature.inputs),
            outputs: ports(signature.outputs),
            fault,
        }
    }

    /// In one line: "320 nodes, 12.3 MB of weights, sample -> out_sample".
    pub(super) fn summary(&self) -> String {
        let names = |ports: &[PortFacts]| list(ports.iter().map(|port| port.name.clone()));
        let weights = self.weights.iter().map(|weights| weights.bytes).fold(0, u64::saturating_add);
        let broken = if self.fault.is_some() { ", WEIGHTS MISSING" } else { "" };
        format!(
            "{}, {} of weights{broken}, {} -> {}",
            counted(self.nodes, "node"),
            units::bytes(weights),
            names(&self.inputs),
            names(&self.outputs)
        )
    }
}

impl fmt::Display for GraphFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.producer.is_empty() { "an unknown program" } else { &self.producer };
        let operators =
            self.operators.iter().map(|operator| format!("{} {}", operator.nodes, operator.title()));
        writeln!(f, "{}", self.file)?;
        writeln!(f, "  {}, by {by}", list(&self.opsets))?;
        writeln!(f, "  {}: {}", counted(self.nodes, "node"), list(operators))?;
        writeln!(f, "  weights {}", self.weights_line())?;
        writeln!(f, "  in   {}", list(&self.inputs))?;
        writeln!(f, "  out  {}", list(&self.outputs))?;
        if !self.not_on_cpu.is_empty() {
            let foreign = self
                .not_on_cpu
                .iter()
                .map(|operator| format!("{} ({})", operator.title(), counted(operator.nodes, "node")));
            let what = list(foreign);
            writeln!(
                f,
                "  The CPU has no {what}: export the model again without optimising it for a GPU, or run it on one."
            )?;
        }
        Ok(())
    }
}

impl GraphFacts {
    /// "5.9 M f32 (23.7 MB): 1.2 kB inline, model.onnx_data 23.7 MB, whole"
    fn weights_line(&self) -> String {
        if self.weights.is_empty() {
            return "none".to_owned();
        }
        let by_dtype = self.weights.iter().map(|weights| {
            format!(
                "{} {} ({})",
                units::count(weights.parameters),
                weights.dtype,
                units::bytes(weights.bytes)
            )
        });
        let inline = format!("{} inline", units::bytes(self.inline_bytes));
        let places = std::iter::once(inline).chain(self.weight_files.iter().map(WeightFacts::to_string));
        format!("{}: {}", list(by_dtype), list(places))
    }
}

impl Operator {
    /// With its domain, where that is not ONNX's own.
    fn title(&self) -> String {
        if self.domain.is_empty() { self.name.clone() } else { format!("{}.{}", self.domain, self.name) }
    }
}

impl From<&OperatorCount> for Operator {
    fn from(count: &OperatorCount) -> Self {
        Self { domain: count.domain.clone(), name: count.name.clone(), nodes: count.nodes }
    }
}

impl From<WeightFile> for WeightFacts {
    fn from(weights: WeightFile) -> Self {
        let whole = weights.is_whole();
        let WeightFile { file, needed_bytes, found_bytes } = weights;
        Self { file, needed_bytes, found_bytes, whole }
    }
}

impl From<Port> for PortFacts {
    fn from(port: Port) -> Self {
        let length = |dim| match dim {
            Dim::Fixed(length) => Length::Fixed(length),
            Dim::Named(name) => Length::Named(name),
            Dim::Unknown => Length::Any,
        };
        Self {
            name: port.name,
            dtype: port.dtype.to_string(),
            shape: port.shape.into_iter().map(length).collect(),
        }
    }
}

impl fmt::Display for Opset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = if self.domain.is_empty() { "opset" } else { &self.domain };
        write!(f, "{domain} {}", self.version)
    }
}

impl fmt::Display for WeightFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needed = units::bytes(self.needed_bytes);
        match self.found_bytes {
            None => write!(f, "{} MISSING ({needed})", self.file),
            Some(_) if self.whole => write!(f, "{} {needed}, whole", self.file),
            Some(found) => write!(f, "{} CUT OFF ({} of {needed})", self.file, units::bytes(found)),
        }
    }
}

impl fmt::Display for PortFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.shape.iter().map(|length| match length {
            Length::Fixed(length) => length.to_string(),
            Length::Named(name) => name.clone(),
            Length::Any => "?".to_owned(),
        });
        write!(f, "{} {} [{}]", self.name, self.dtype, list(lengths))
    }
}
