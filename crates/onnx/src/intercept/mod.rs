//! Opens a graph's attention for control and record, by the names of [`contract`].
//!
//! Every cross-attention layer becomes one node of the custom operator, or the same in standard nodes ([`portable`]),
//! which also gives the layer's map and scores, and can take its values from another text ([`values`]). Every
//! self-attention layer takes its 1/tau ([`temperature`]), in one node of ONNX Runtime's own ([`fused`]) or, where only
//! standard nodes run, in those that it has; and tells on demand where one patch looks ([`patch_rows`]). What was
//! replaced is removed.

mod fused;
mod operator;
mod patch_rows;
mod portable;
mod temperature;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AttentionLayer, DType, Dim, Graph, Port, Survey,
    build::{self, node},
    contract::{self, DOMAIN},
    forms::{End, MICROSOFT, Role, Sites, TEXT},
    proto::{GraphProto, NodeProto, OperatorSetIdProto},
    prune::prune,
};
use super::{Error, Result};

/// The operators that a rewritten graph is written in. Both take and give the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The program's own cross-attention operator, and ONNX Runtime's for self-attention.
    #[default]
    Operators,
    /// ONNX's own operators only, for execution providers that run no others.
    Portable,
}

/// A graph that can be steered and watched.
#[derive(Clone, Debug)]
pub struct Intercepted {
    /// The rewritten graph.
    pub graph: Graph,
    /// The cross-attention layers in model order, as [`contract::MASK_STRENGTH`] counts them.
    pub cross: Vec<CrossLayer>,
    /// Names of the self-attention layers in model order, as [`contract::INVERSE_TEMPERATURE`] counts them.
    pub self_attention: Vec<String>,
}

/// A cross-attention layer that reports its map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossLayer {
    /// Its path in diffusers.
    pub name: String,
    /// Number of heads.
    pub heads: usize,
    /// Size of one head.
    pub head_size: usize,
    /// Element type of its projections, f32 or f16, whatever the graph's inputs are.
    pub dtype: DType,
}

/// Rewrites a graph with the program's own operators. `survey` must be the graph's own.
///
/// # Errors
/// [`Error::Graph`] if it has been rewritten before, [`Error::Internal`] if the survey is another graph's.
pub fn intercept(graph: Graph, survey: &Survey) -> Result<Intercepted> {
    intercept_in(Dialect::Operators, graph, survey)
}

/// Rewrites a graph in `dialect`. `survey` must be the graph's own.
///
/// # Errors
/// As [`intercept`]; [`Error::Graph`] if the graph's operators are too old for the dialect.
pub fn intercept_in(dialect: Dialect, mut graph: Graph, survey: &Survey) -> Result<Intercepted> {
    if graph.graph().input.iter().any(|input| input.name() == contract::CONDITIONAL_ROW) {
        return Err(graph.fault("it has been rewritten by Tauscope already. Open the original."));
    }
    let mut opsets = graph.model.opset_import.iter().filter(|set| matches!(set.domain(), "" | "ai.onnx"));
    let opset = opsets.next().map_or(0, |set| set.version());
    graph.unpack();
    let inner = graph.model.graph.take().unwrap_or_default();
    let mut rewrite = Rewrite { graph: inner, opset, ..Rewrite::default() };
    if dialect == Dialect::Portable {
        rewrite.shared =
            Some(rewrite.share_control().map_err(|problem| Error::graph(graph.name(), problem))?);
    }
    for layer in &survey.layers {
        rewrite.layer(layer)?;
    }
    let Rewrite { graph: rewritten, cross, self_attention, .. } = rewrite.finish();
    graph.model.graph = Some(rewritten).into();
    if dialect == Dialect::Operators {
        graph.import(DOMAIN, contract::DOMAIN_VERSION);
        graph.import(MICROSOFT, 1);
    }
    if cfg!(debug_assertions) {
        graph.validate()?;
    }
    Ok(Intercepted { graph, cross, self_attention })
}

impl Graph {
    /// Takes a domain's operators into use, if they are not yet.
    fn import(&mut self, domain: &str, version: i64) {
        if self.model.opset_import.iter().all(|set| set.domain() != domain) {
            self.model.opset_import.push(OperatorSetIdProto {
                domain: Some(domain.to_owned()),
                version: Some(version),
                ..Default::default()
            });
        }
    }
}

/// A rewrite in progress. Nodes keep their places until [`Rewrite::finish`], because the survey's sites are places.
#[derive(Default)]
struct Rewrite {
    graph: GraphProto,
    /// The version of ONNX's own operators.
    opset: i64,
    /// New nodes, by the place that they go before.
    before: BTreeMap<usize, Vec<NodeProto>>,
    /// Values that were made once more from the value states.
    other_values: BTreeSet<String>,
    /// The place that the last row's nodes go before, and the row's name.
    last_row: Option<(usize, String)>,
    /// What the layers share where no operator is used.
    shared: Option<portable::Control>,
    cross: Vec<CrossLayer>,
    self_attention: Vec<String>,
}

impl Rewrite {
    fn layer(&mut self, layer: &AttentionLayer) -> Result<()> {
        let Sites { projections, end, role } = &layer.sites;
        let out = match end.cast {
            Some(_) => format!("tauscope.out/{}", layer.name),
            None => end.output.clone(),
        };
        match role {
            Role::Own { temperature, anchor } if self.shared.is_some() => {
                self.temper(layer, temperature)?;
                self.report_row(layer, projections, *anchor);
                Ok(())
            }
            Role::Own { .. } => {
                let nodes = self.fuse(layer, projections, end.node, &out);
                self.replace(end, &out, nodes)?;
                self.report_row(layer, projections, end.node);
                Ok(())
            }
            Role::Cross { values } => {
                let [q, k, v] = projections;
                let v = self.other_values(v, values)?;
                let projections = [q.clone(), k.clone(), v];
                let (nodes, constants) = match &self.shared {
                    None => (vec![self.operator(layer, &projections, out.clone())], vec![]),
                    Some(shared) => self.attend(layer, &projections, layer.dtype, shared, &out),
                };
                self.graph.initializer.extend(constants);
                self.replace(end, &out, nodes)?;
                self.report_map(layer);
                Ok(())
            }
        }
    }

    /// Puts nodes that make `out` in the place of a layer's end.
    fn replace(&mut self, end: &End, out: &str, mut nodes: Vec<NodeProto>) -> Result<()> {
        nodes.extend(end.cast.map(|dtype| {
            let to = build::int("to", dtype.to_onnx().into());
            node("", "Cast", [out], vec![end.output.clone()], vec![to])
        }));
        let replaced = self.graph.node.get_mut(end.node);
        let replaced = replaced.filter(|node| node.output == [end.output.as_str()]).ok_or_else(foreign)?;
        *replaced = nodes.pop().ok_or_else(foreign)?;
        self.before.entry(end.node).or_default().extend(nodes);
        Ok(())
    }

    /// Adds the outputs that a cross-attention layer's nodes make.
    fn report_map(&mut self, layer: &AttentionLayer) {
        let name = layer.name.as_str();
        let outputs = [
            port(contract::map_output(name), DType::F32, [patches(name), Dim::Named(TOKENS.to_owned())]),
            port(
                contract::neutral_output(name),
                DType::F32,
                [Dim::Named(format!("tauscope.neutral_patches/{name}")), Dim::Named(TOKENS.to_owned())],
            ),
            port(
                contract::score_output(name),
                DType::F32,
                [patches(name), Dim::Named("tauscope.groups".to_owned())],
            ),
        ];
        self.graph.output.extend(outputs.map(build::port));
        let AttentionLayer { heads, head_size, dtype, .. } = *layer;
        self.cross.push(CrossLayer { name: name.to_owned(), heads, head_size, dtype });
    }

    /// Adds the control inputs, puts the new nodes in their places and removes what is no longer needed.
    fn finish(mut self) -> Self {
        let text = self.graph.input.iter().find(|input| input.name() == TEXT);
        let values = text.filter(|_| !self.cross.is_empty()).cloned();
        self.prepare_rows();
        let tokens = || [Dim::Named(TOKENS.to_owned())];
        let inputs = [
            port(contract::INVERSE_TEMPERATURE.into(), DType::F32, [Dim::Fixed(self.self_attention.len())]),
            port(contract::TOKEN_GROUP.into(), DType::I32, tokens()),
            port(contract::TOKEN_WEIGHT.into(), DType::F32, tokens()),
            port(contract::MASK_STRENGTH.into(), DType::F32, [Dim::Fixed(self.cross.len())]),
            port(contract::MASK_REDUCE.into(), DType::I32, [Dim::Fixed(1)]),
            port(contract::CONDITIONAL_ROW.into(), DType::I32, [Dim::Fixed(1)]),
            port(
                contract::PATCH_ROWS.into(),
                DType::I64,
                [Dim::Fixed(self.self_attention.len()), Dim::Named(ROWS.to_owned())],
            ),
        ];
        self.graph.input.extend(inputs.map(build::port));
        self.graph.input.extend(values.map(|mut values| {
            values.set_name(contract::VALUE_STATES.to_owned());
            values
        }));
        let nodes = std::mem::take(&mut self.graph.node);
        for (at, node) in nodes.into_iter().enumerate() {
            self.graph.node.extend(self.before.remove(&at).unwrap_or_default());
            self.graph.node.push(node);
        }
        prune(&mut self.graph);
        self
    }
}

/// The name of the dimension L in what is added.
const TOKENS: &str = "tauscope.tokens";
/// The name of the dimension R.
const ROWS: &str = "tauscope.rows";

/// The dimension N: each layer has its own number of patches.
fn patches(layer: &str) -> Dim {
    Dim::Named(format!("tauscope.patches/{layer}"))
}

fn port(name: String, dtype: DType, shape: impl Into<Vec<Dim>>) -> Port {
    Port { name, dtype, shape: shape.into() }
}

fn foreign() -> Error {
    Error::graph("given", "it was rewritten by the survey of another; survey each graph anew.")
}
