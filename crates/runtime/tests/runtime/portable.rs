//! The portable graph against the operators: the same inputs, the same results, on a cut-out of the UNet and on the
//! embedded model; and it uses only operators that other execution providers have.

use std::fs;

use ndarray::{Array, Array2, ArrayD, Axis, IxDyn};
use ort::{
    session::Session,
    value::{PrimitiveTensorElementType, Tensor},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tauscope_core::{
    CancelToken,
    attention::{Control, Place, StepControl, TokenKind, TokenPlan},
    diffusion::{Components, Prediction, Settings, UnetInput},
    model::{Files, ModelFolder},
    prompt::Entities,
};
use tauscope_onnx::{
    Dialect, Error, Graph,
    contract::{self, Reduce},
    intercept_in, reductions_of_empty_tensors, survey,
};
use tauscope_runtime::{ProbeInput, Sdxl, SessionOptions, open_session, operators};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Commission, Painter},
};
use tauscope_testing::{load, runtime};

use crate::rewritten::fixtures;

/// Largest difference of an output value.
const OUT: f32 = 1e-4;
/// Largest difference of an attention weight or a score.
const MAP: f32 = 1e-5;
/// The same in half precision, whose logits are rounded before their softmax: of outputs, and of attention weights.
const HALF: (f32, f32) = (2e-2, 1e-3);
/// Tokens and patches of the cut-out's inputs.
const TOKENS: usize = 77;
const PATCHES: usize = 30;

/// The ONNX operators that DirectML has, as far as the rewrite uses them.
const EVERYWHERE: [&str; 30] = [
    "Abs",
    "Add",
    "And",
    "ArgMax",
    "Cast",
    "Concat",
    "Div",
    "Equal",
    "Gather",
    "Greater",
    "Less",
    "MatMul",
    "Max",
    "Mul",
    "Or",
    "Range",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "ScatterND",
    "Shape",
    "Size",
    "Slice",
    "Softmax",
    "Sqrt",
    "Sub",
    "Transpose",
    "Unsqueeze",
    "Where",
];

fn fixture(name: &str, opset: u8) -> Graph {
    let mut bytes = fs::read(fixtures().join(name)).expect("a fixture");
    // The opset's version is the last byte of the file.
    assert_eq!(bytes.last(), Some(&18));
    bytes.splice(bytes.len() - 1.., [opset]);
    Graph::parse(name, bytes.into()).expect("a graph")
}

fn rewritten(graph: Graph, dialect: Dialect) -> Graph {
    let found = survey(&graph);
    intercept_in(dialect, graph, &found).expect("a rewrite").graph
}

fn session(graph: &Graph, dialect: Dialect) -> Session {
    let runtime = runtime();
    let domain = (dialect == Dialect::Operators).then(|| operators::domain().expect("operators"));
    let bytes = graph.to_bytes().expect("bytes");
    let options = SessionOptions::default();
    open_session(&runtime, &bytes, None, &options, domain, "loading a block", &CancelToken::new())
        .expect("a session")
}

/// The control inputs of the cut-out's cross-attention.
#[derive(Clone, Debug)]
struct Told {
    group: Vec<i32>,
    weight: Vec<f32>,
    strength: f32,
    reduce: Reduce,
    regions: Array2<i32>,
    /// Rows of the batch, and which is the conditional one.
    rows: (usize, i32),
}

impl Told {
    /// Neutral, for a guided batch.
    fn neutral() -> Self {
        Self {
            group: vec![-1; TOKENS],
            weight: vec![1.0; TOKENS],
            strength: 0.0,
            reduce: Reduce::Sum,
            regions: Array2::from_elem((1, 1), -1),
            rows: (2, 1),
        }
    }

    /// With these groups, one per token; later tokens are global.
    fn groups(self, groups: &[i32]) -> Self {
        let mut group = self.group;
        group[1..=groups.len()].copy_from_slice(groups);
        Self { group, ..self }
    }

    fn mask(self, strength: f32, reduce: Reduce) -> Self {
        Self { strength, reduce, ..self }
    }

    /// Labels for 5 by 6 patches, each of `downscale` places down and across; at least one of every label up to 4.
    fn regions(self, downscale: usize) -> Self {
        let label = |(row, column)| (3 * (row / downscale) + column / downscale) as i32 % 7 - 2;
        Self { regions: Array2::from_shape_fn((5 * downscale, 6 * downscale), label), ..self }
    }

    fn weights(mut self) -> Self {
        self.weight[2] = 1.6;
        self.weight[5..9].fill(0.4);
        self
    }
}

/// All outputs of the cut-out.
fn run(session: &mut Session, told: &Told) -> Vec<(String, ArrayD<f32>)> {
    fn tensor<T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
        shape: &[usize],
        mut value: impl FnMut() -> T,
    ) -> Tensor<T> {
        Tensor::from_array(Array::from_shape_simple_fn(IxDyn(shape), &mut value)).expect("a tensor")
    }
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut noise = || (rng.next_u32() >> 8) as f32 / (1 << 19) as f32 - 16.0;
    let rows = told.rows.0;
    let hidden_name = session.inputs()[0].name().to_owned();
    let vector = |values: &[f32]| Tensor::from_array(([values.len()], values.to_vec())).expect("a tensor");
    let integers = |values: &[i32]| Tensor::from_array(([values.len()], values.to_vec())).expect("a tensor");
    let inputs = ort::inputs![
        hidden_name.as_str() => tensor(&[rows, PATCHES, 8], &mut noise),
        "encoder_hidden_states" => tensor(&[rows, TOKENS, 16], &mut noise),
        contract::VALUE_STATES => tensor(&[rows, TOKENS, 16], &mut noise),
        contract::INVERSE_TEMPERATURE => vector(&[1.3]),
        contract::TOKEN_GROUP => integers(&told.group),
        contract::TOKEN_WEIGHT => vector(&told.weight),
        contract::MASK_STRENGTH => vector(&[told.strength]),
        contract::MASK_REDUCE => integers(&[told.reduce.code()]),
        contract::CONDITIONAL_ROW => integers(&[told.rows.1]),
        contract::REGIONS => Tensor::from_array(told.regions.clone()).expect("a tensor"),
        contract::PATCH_ROWS => tensor(&[1, 1], || 3_i64),
    ];
    let outputs = session.run(inputs).expect("the block runs");
    let read = |(name, value): (&str, ort::value::ValueRef<'_>)| {
        (name.to_owned(), value.try_extract_array::<f32>().expect("f32").to_owned())
    };
    outputs.iter().map(read).collect()
}

fn distance(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |worst, next| if next.is_nan() { next } else { worst.max(next) })
}

/// The patches that rounding by `tie` cannot give to another group.
fn decided(scores: &ArrayD<f32>, told: &Told, tie: f32) -> Vec<usize> {
    let is_sure = |row: ndarray::ArrayView<'_, f32, IxDyn>| {
        let mut row = row.iter().copied().collect::<Vec<_>>();
        row.sort_by(|a, b| b.total_cmp(a));
        told.strength == 0.0 || row.len() < 2 || row[0] - row[1] > tie
    };
    scores
        .axis_iter(Axis(0))
        .enumerate()
        .filter(|(_, row)| is_sure(row.view()))
        .map(|(patch, _)| patch)
        .collect()
}

/// Both graphs of a fixture with `told`: `tolerance` is of the outputs and of the records.
fn check_block([operators, portable]: &mut [Session; 2], told: &Told, (out, map): (f32, f32)) {
    let (expected, found) = (run(operators, told), run(portable, told));
    assert_eq!(expected.len(), 1 + 3 + 1);
    let scores = expected.iter().find(|(name, _)| name.starts_with("tauscope.score")).expect("scores");
    let patches = decided(&scores.1, told, map);
    assert!(3 * patches.len() > PATCHES, "hardly anything is compared: {told:?}");
    for ((name, expected), (same, found)) in expected.iter().zip(&found) {
        assert_eq!((name, expected.shape()), (same, found.shape()));
        let (axis, tolerance) = if name.starts_with("tauscope.") { (Axis(0), map) } else { (Axis(1), out) };
        let of_patches = |array: &ArrayD<f32>| match array.len_of(axis) {
            PATCHES => array.select(axis, &patches),
            _ => array.clone(),
        };
        let worst = distance(&of_patches(expected), &of_patches(found));
        assert!(worst <= tolerance, "{name} differs by {worst}: {told:?}");
    }
    let acts = found.iter().any(|(name, array)| name.starts_with("tauscope.neutral") && !array.is_empty());
    let weighs = told.weight.iter().any(|&weight| weight != 1.0);
    assert_eq!(acts, weighs || told.strength > 0.0 && told.group.iter().any(|&group| group > 0), "{told:?}");
}

#[test]
fn a_layer_computes_what_the_operator_computes() {
    let two = [0, 0, -1, 1, 1, 1, -1];
    let mut cases = vec![
        Told::neutral(),
        Told::neutral().groups(&two),
        Told::neutral().weights(),
        Told::neutral().mask(1.0, Reduce::Sum),
        Told::neutral().groups(&[0, 0]).mask(1.0, Reduce::Max),
        // A number that no token has scores 0 and never wins.
        Told::neutral().groups(&[0, 2, 2, 3]).mask(1.0, Reduce::Mean),
        Told::neutral().groups(&[1, 1, 1]).mask(1.0, Reduce::Sum),
        Told::neutral().groups(&[0, 2, 2, 3]).mask(1.0, Reduce::Sum).regions(2),
        Told::neutral().groups(&[0, 0]).mask(1.0, Reduce::Sum).regions(1),
        Told::neutral().groups(&two).regions(1),
    ];
    for reduce in Reduce::ALL {
        for strength in [0.5, 1.0] {
            cases.push(Told::neutral().groups(&two).mask(strength, reduce));
            cases.push(Told::neutral().groups(&two).mask(strength, reduce).weights());
            cases.push(Told::neutral().groups(&two).mask(strength, reduce).regions(1));
            cases.push(Told::neutral().groups(&two).mask(strength, reduce).weights().regions(3));
        }
    }
    for (name, opset, tolerance) in
        [("form_a.onnx", 18, (OUT, MAP)), ("form_a.onnx", 14, (OUT, MAP)), ("form_e.onnx", 18, HALF)]
    {
        let mut sessions = [Dialect::Operators, Dialect::Portable]
            .map(|dialect| session(&rewritten(fixture(name, opset), dialect), dialect));
        for case in &cases {
            for rows in [(2, 1), (2, 0), (1, 0)] {
                check_block(&mut sessions, &Told { rows, ..case.clone() }, tolerance);
            }
        }
    }
}

#[test]
fn only_operators_that_are_everywhere_are_added() {
    let unet = |dialect: Option<Dialect>| {
        let bytes = Files::Embedded.read("unet/model.onnx").expect("the UNet");
        let graph = Graph::parse("unet", bytes).expect("a graph");
        match dialect {
            None => graph,
            Some(dialect) => rewritten(graph, dialect),
        }
    };
    let untouched = unet(None).inventory();
    let portable = unet(Some(Dialect::Portable)).inventory();
    assert_eq!(portable.opsets, untouched.opsets);
    for operator in portable.operators {
        let known = untouched.operators.iter().any(|before| before.name == operator.name);
        assert!(operator.domain.is_empty(), "{operator:?}");
        assert!(known || EVERYWHERE.contains(&operator.name.as_str()), "{operator:?}");
    }
    let signatures = [Dialect::Operators, Dialect::Portable].map(|dialect| unet(Some(dialect)).signature());
    assert_eq!(signatures[0], signatures[1], "who feeds one feeds the other");
}

#[test]
fn what_reduces_nothing_while_nothing_acts_is_listed() {
    let graph = rewritten(fixture("form_a.onnx", 18), Dialect::Portable);
    let names = reductions_of_empty_tensors(&graph.to_bytes().expect("bytes"));
    let count = |graph: &Graph, operator: &str| {
        let operators = graph.inventory().operators;
        operators.iter().find(|found| found.name == operator).map_or(0, |found| found.nodes)
    };
    let added = |operator| count(&graph, operator) - count(&fixture("form_a.onnx", 18), operator);
    // All that are added, except the two for the highest group and the farthest weight, which are always there.
    assert_eq!(names.len(), added("Softmax") + added("ReduceMax") - 2, "{names:?}");
}

#[test]
fn operators_that_are_too_old_are_refused() {
    let graph = fixture("form_a.onnx", 10);
    let found = survey(&graph);
    let Err(Error { problem, .. }) = intercept_in(Dialect::Portable, graph, &found) else {
        panic!("it is rewritten")
    };
    assert!(problem.contains("version 10 of ONNX's operators"), "{problem}");
}

fn portable() -> SessionOptions {
    SessionOptions { portable: true, ..SessionOptions::default() }
}

/// "a red cat and a blue dog" in a context of `tokens` positions.
fn two_entities(tokens: usize) -> TokenPlan {
    let mut plan = TokenPlan::neutral(tokens);
    for (place, token) in plan.0.iter_mut().enumerate().take(8) {
        token.kind = match place {
            0 => TokenKind::Frame,
            1..=3 => TokenKind::Entity(0),
            4 => TokenKind::Global,
            _ => TokenKind::Entity(1),
        };
    }
    plan
}

#[test]
fn the_unet_predicts_the_same() {
    let (runtime, cancel) = (runtime(), CancelToken::new());
    let folder = ModelFolder::embedded().expect("the embedded model");
    let load = |options: &SessionOptions| {
        Sdxl::load(&runtime, &folder, options, &mut |_, _| (), &cancel).expect("sessions")
    };
    let (mut operators, mut portable) = (load(&SessionOptions::default()), load(&portable()));
    let probe = ProbeInput::new(&folder, folder.native_size).expect("inputs");
    let input = probe.unet_input();
    let tokens = input.context.len_of(Axis(1));
    let values = input.context.mapv(|value| 0.5 * value + 0.1);
    let steered = Control::our_reading().at(0.2, &two_entities(tokens));
    let neutral = StepControl::neutral(tokens);
    let mut check = |input: &UnetInput<'_>| {
        let expected = operators.predict(input, &cancel).expect("a step");
        let found = portable.predict(input, &cancel).expect("a step");
        let Prediction { output, maps, neutral, scores, rows } = found;
        assert!(distance(&output.into_dyn(), &expected.output.into_dyn()) <= OUT);
        let of_layers = |prediction: [Option<Vec<Array2<f32>>>; 3]| {
            prediction.into_iter().flatten().flatten().map(|array| array.into_dyn()).collect::<Vec<_>>()
        };
        let found = of_layers([Some(maps.0), neutral.map(|maps| maps.0), Some(scores.0)]);
        let before =
            of_layers([Some(expected.maps.0), expected.neutral.map(|maps| maps.0), Some(expected.scores.0)]);
        assert_eq!(found.len(), before.len());
        for (found, expected) in found.iter().zip(&before) {
            assert!(distance(found, expected) <= 10.0 * MAP, "{}", distance(found, expected));
        }
        for (found, expected) in rows.into_iter().zip(expected.rows) {
            assert!(distance(&found.into_dyn(), &expected.into_dyn()) <= 10.0 * MAP);
        }
    };
    check(&UnetInput { control: &neutral, ..input.clone() });
    check(&UnetInput {
        control: &steered,
        values: Some(values.view()),
        patch: Some(Place { y: 0.3, x: 0.6 }),
        ..input.clone()
    });
}

#[test]
fn it_paints_the_same_picture() {
    let prompt = "a boy with a red hat in front of a girl with a blue umbrella".to_owned();
    let entities = Entities::by_hand(&prompt, "a boy|a red hat;a girl|a blue umbrella").expect("entities");
    let control = Control::our_reading();
    let settings = Settings {
        prompt,
        entities,
        control,
        width: 256,
        height: 256,
        steps: 12,
        seed: 3,
        ..Settings::default()
    };
    let paint = |session: SessionOptions| {
        let mut engine = load(&ModelSource::Embedded, session);
        let outcome = engine.paint(&Commission::new(settings.clone()), &CancelToken::new(), &mut |_| ());
        (outcome.expect("a picture").image, engine.info().device.clone())
    };
    let ((expected, _), (found, device)) = (paint(SessionOptions::default()), paint(portable()));
    assert!(device.ends_with("threads, portable graph"), "what runs is shown: {device}");
    let worst = distance(&found.into_dyn(), &expected.into_dyn());
    assert!(worst <= 2.0 / 255.0, "the pictures differ by {worst}");
}
