//! Rewrites a graph's attention so that it can be controlled and recorded, by the names of [`contract`].
//!
//! A cross-attention layer becomes one node of the custom operator ([`operator`]), or standard nodes that compute the
//! same ([`portable`]). It also gives its map and its scores, and can take its values from another text ([`values`]).
//!
//! A self-attention layer becomes one node of ONNX Runtime's own ([`fused`]), or keeps its nodes where only standard ones
//! run. Either way it takes its 1/tau ([`temperature`]), and says on demand where one patch looks ([`patch_rows`]).
//!
//! Nodes that are no longer needed are removed.

mod fused;
mod operator;
mod patch_rows;
mod portable;
mod temperature;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AttentionLayer, DType, Dim, Graph, Port, Result, Survey,
    build::{self, node},
    contract::{self, DOMAIN},
    forms::{End, MICROSOFT, Role, Sites, TEXT},
    proto::{GraphProto, NodeProto, OperatorSetIdProto},
    prune::prune,
};

/// The operators that a rewritten graph is written in. Inputs and outputs of the graph are the same in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The program's own cross-attention operator, and ONNX Runtime's for self-attention.
    #[default]
    Operators,
    /// ONNX's own operators only, for execution providers that run no others.
    Portable,
}

/// A rewritten graph.
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
/// If it has been rewritten before, or the survey is another graph's.
pub fn intercept(graph: Graph, survey: &Survey) -> Result<Intercepted> {
    intercept_in(Dialect::Operators, graph, survey)
}

/// Rewrites a graph in `dialect`. `survey` must be the graph's own.
///
/// # Errors
/// As [`intercept`], and if the graph's operators are too old for the dialect.
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
        rewrite.shared = Some(rewrite.share_control().map_err(|problem| graph.fault(problem))?);
    }
    for layer in &survey.layers {
        rewrite.layer(layer).map_err(|problem| graph.fault(problem))?;
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
    /// Imports a domain's operators, unless the graph does so already.
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
    /// Values that copies of nodes make from the value states.
    copied_values: BTreeSet<String>,
    /// The place that the last row's nodes go before, and the row's name.
    last_row: Option<(usize, String)>,
    /// What the layers share in the portable dialect.
    shared: Option<portable::Control>,
    cross: Vec<CrossLayer>,
    self_attention: Vec<String>,
}

impl Rewrite {
    /// Rewrites a layer.
    ///
    /// # Errors
    /// [`wrong_survey`].
    fn layer(&mut self, layer: &AttentionLayer) -> Result<(), String> {
        let Sites { projections, end, role } = &layer.sites;
        let out = match end.cast {
            Some(_) => format!("tauscope.out/{}", layer.name),
            None => end.output.clone(),
        };
        match role {
            Role::SelfAttention { temperature, anchor } if self.shared.is_some() => {
                self.apply_temperature(layer, temperature)?;
                self.report_row(layer, projections, *anchor);
                Ok(())
            }
            Role::SelfAttention { .. } => {
                let nodes = self.multi_head_attention(layer, projections, end.node, &out);
                self.replace(end, &out, nodes)?;
                self.report_row(layer, projections, end.node);
                Ok(())
            }
            Role::CrossAttention { values } => {
                let [q, k, v] = projections;
                let v = self.values_from_states(v, values)?;
                let projections = [q.clone(), k.clone(), v];
                let (nodes, constants) = match &self.shared {
                    None => (vec![self.cross_attention_operator(layer, &projections, out.clone())], vec![]),
                    Some(shared) => {
                        self.cross_attention_nodes(layer, &projections, layer.dtype, shared, &out)
                    }
                };
                self.graph.initializer.extend(constants);
                self.replace(end, &out, nodes)?;
                self.report_map(layer);
                Ok(())
            }
        }
    }

    /// Puts nodes that make `out` in the place of a layer's end.
    fn replace(&mut self, end: &End, out: &str, mut nodes: Vec<NodeProto>) -> Result<(), String> {
        nodes.extend(end.cast.map(|dtype| {
            let to = build::int("to", dtype.to_onnx().into());
            node("", "Cast", [out], vec![end.output.clone()], vec![to])
        }));
        let replaced = self.graph.node.get_mut(end.node);
        let replaced =
            replaced.filter(|node| node.output == [end.output.as_str()]).ok_or_else(wrong_survey)?;
        *replaced = nodes.pop().ok_or_else(wrong_survey)?;
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
                contract::REGIONS.into(),
                DType::I32,
                ["rows", "columns"].map(|side| Dim::Named(format!("tauscope.region_{side}"))),
            ),
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

/// What is wrong with a graph that is not the surveyed one. Only a mistake in the program leads here.
fn wrong_survey() -> String {
    "it is not the graph in which attention was found. This is a mistake in the program; please report it."
        .into()
}
