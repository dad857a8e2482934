//! A rewritten graph of the fixtures in ONNX Runtime, neutral but for what a test asks.

use std::{collections::BTreeMap, path::PathBuf};

use ndarray::{Array, Array1, Array2, ArrayD, Dimension};
use ort::{
    session::Session,
    value::{PrimitiveTensorElementType, Tensor},
};
use tauscope_core::CancelToken;
use tauscope_onnx::{Graph, Intercepted, contract, intercept, survey};
use tauscope_runtime::{SessionOptions, open_session, operators};
use tauscope_testing::{in_repository, runtime};

/// The folder of tauscope-onnx's fixtures.
pub(crate) fn fixtures() -> PathBuf {
    in_repository("crates/onnx/tests/fixtures")
}

/// A fixture.
pub(crate) fn fixture(name: &str) -> Graph {
    let bytes = std::fs::read(fixtures().join(name)).expect("a fixture");
    Graph::parse(name, bytes.into()).expect("a graph")
}

/// A session of a graph whose weights are in it or in the fixtures' folder.
pub(crate) fn session(graph: &Graph) -> Session {
    open_session(
        &runtime(),
        &graph.to_bytes().expect("bytes"),
        Some(&fixtures()),
        &SessionOptions::default(),
        Some(operators::domain().expect("operators")),
        "loading a fixture",
        &CancelToken::new(),
    )
    .expect("a session")
}

/// A value as ONNX Runtime takes it.
pub(crate) fn tensor<
    T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
    D: Dimension + 'static,
>(
    array: Array<T, D>,
) -> Tensor<T> {
    Tensor::from_array(array).expect("a tensor")
}

/// The outputs of a run that are f32, by name.
pub(crate) type Outputs = BTreeMap<String, ArrayD<f32>>;

/// A rewritten graph.
pub(crate) struct Rewritten {
    session: Session,
    pub(crate) cross: Vec<String>,
    pub(crate) self_attention: Vec<String>,
}

/// What a run is fed with.
#[derive(Clone)]
pub(crate) struct Feed {
    /// For the graph's first input.
    pub(crate) sample: ArrayD<f32>,
    /// [B, L, C].
    pub(crate) text: ArrayD<f32>,
    /// What values are made from, as `text`.
    pub(crate) values: ArrayD<f32>,
    /// Of every self-attention layer.
    pub(crate) tau: f32,
    pub(crate) conditional_row: i32,
    /// The patch that is asked for, or none.
    pub(crate) patch: Option<i64>,
}

impl Rewritten {
    pub(crate) fn open(graph: Graph) -> Self {
        let found = survey(&graph);
        assert_eq!(found.unmatched, []);
        let Intercepted { graph, cross, self_attention } = intercept(graph, &found).expect("a rewrite");
        graph.validate().expect("a sound graph");
        let cross = cross.into_iter().map(|layer| layer.name).collect();
        Self { session: session(&graph), cross, self_attention }
    }

    pub(crate) fn run(&mut self, feed: &Feed) -> Outputs {
        let tokens = feed.text.shape()[1];
        let rows = Array2::from_elem(
            (self.self_attention.len(), usize::from(feed.patch.is_some())),
            feed.patch.unwrap_or(0),
        );
        let sample = self.session.inputs()[0].name().to_owned();
        let outputs = self.session.run(ort::inputs![
            sample.as_str() => tensor(feed.sample.clone()),
            "encoder_hidden_states" => tensor(feed.text.clone()),
            contract::VALUE_STATES => tensor(feed.values.clone()),
            contract::INVERSE_TEMPERATURE => tensor(Array1::from_elem(self.self_attention.len(), feed.tau.recip())),
            contract::TOKEN_GROUP => tensor(Array1::from_elem(tokens, -1_i32)),
            contract::TOKEN_WEIGHT => tensor(Array1::from_elem(tokens, 1.0_f32)),
            contract::MASK_STRENGTH => tensor(Array1::from_elem(self.cross.len(), 0.0_f32)),
            contract::MASK_REDUCE => tensor(Array1::from_elem(1, 0_i32)),
            contract::CONDITIONAL_ROW => tensor(Array1::from_elem(1, feed.conditional_row)),
            contract::REGIONS => tensor(Array2::from_elem((1, 1), -1_i32)),
            contract::PATCH_ROWS => tensor(rows),
        ]);
        let outputs = outputs.expect("the graph runs");
        let named = outputs.iter().map(|(name, value)| {
            (name.to_owned(), value.try_extract_array::<f32>().map(|array| array.to_owned()))
        });
        named.filter_map(|(name, array)| Some((name, array.ok()?))).collect()
    }
}
