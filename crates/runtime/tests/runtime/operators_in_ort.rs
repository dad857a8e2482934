//! The cross-attention operator inside ONNX Runtime: as its own nodes and its naive twin compute it, and refusing
//! what does not fit without ending the process.

use half::f16;
use ndarray::{Array2, s};
use ort::{
    environment::Environment,
    inputs,
    session::Session,
    value::{PrimitiveTensorElementType, Tensor, TensorElementType},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tauscope_onnx::contract::{self, Reduce};
use tauscope_runtime::operators::{
    naive,
    problem::{LayerControl, Problem, Shape},
};
use tauscope_testing::{cross_attention_graph, runtime};

const SHAPE: Shape = Shape { batch: 2, patches: 100, tokens: 77, heads: 3, head_size: 32 };

/// Dimensions and numbers of an output.
type Output = (Vec<i64>, Vec<f32>);

/// The inputs of a node, as the host feeds them.
#[derive(Clone)]
struct Feed {
    q: (Vec<usize>, Vec<f32>),
    k: (Vec<usize>, Vec<f32>),
    v: (Vec<usize>, Vec<f32>),
    group: Vec<i32>,
    weight: Vec<f32>,
    strength: Vec<f32>,
    reduce: Vec<i32>,
    row: Vec<i32>,
    regions: Array2<i32>,
}

impl Feed {
    /// Neutral, for layer 1 of 2.
    fn neutral() -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(20);
        let mut tensor = |rows: usize| {
            let number = |_| f16::from_f32((rng.next_u32() >> 8) as f32 / (1 << 22) as f32 - 2.0).to_f32();
            let dims = vec![SHAPE.batch, rows, SHAPE.channels()];
            (dims.clone(), (0..dims.iter().product()).map(number).collect())
        };
        Self {
            q: tensor(SHAPE.patches),
            k: tensor(SHAPE.tokens),
            v: tensor(SHAPE.tokens),
            group: vec![-1; SHAPE.tokens],
            weight: vec![1.0; SHAPE.tokens],
            strength: vec![0.0, 0.0],
            reduce: vec![0],
            row: vec![1],
            regions: Array2::from_elem((20, 20), -1),
        }
    }

    fn controlled() -> Self {
        let mut feed = Self::neutral();
        feed.group[2..4].fill(0);
        feed.group[5..8].fill(1);
        feed.weight[2] = 1.5;
        feed.strength[1] = 0.75;
        let regions = Array2::from_shape_fn((20, 20), |(row, column)| (row / 2 + column) as i32 % 5 - 2);
        Self { reduce: vec![2], regions, ..feed }
    }

    /// Shapes and numbers of out, map, neutral and score, or ONNX Runtime's words.
    fn run<T: PrimitiveTensorElementType + Copy + std::fmt::Debug + 'static>(
        &self,
        session: &mut Session,
        narrow: impl Fn(f32) -> T,
        widen: impl Fn(T) -> f32,
    ) -> Result<[Output; 4], String> {
        let tensor = |(dims, numbers): &(Vec<usize>, Vec<f32>)| {
            Tensor::from_array((dims.clone(), numbers.iter().map(|&x| narrow(x)).collect::<Vec<T>>()))
                .expect("the shape fits the numbers")
        };
        let floats = |numbers: &[f32]| {
            Tensor::from_array(([numbers.len()], numbers.to_vec())).expect("the shape fits the numbers")
        };
        let ints = |numbers: &[i32]| {
            Tensor::from_array(([numbers.len()], numbers.to_vec())).expect("the shape fits the numbers")
        };
        let inputs = inputs![
            "q" => tensor(&self.q),
            "k" => tensor(&self.k),
            "v" => tensor(&self.v),
            contract::TOKEN_GROUP => ints(&self.group),
            contract::TOKEN_WEIGHT => floats(&self.weight),
            contract::MASK_STRENGTH => floats(&self.strength),
            contract::MASK_REDUCE => ints(&self.reduce),
            contract::CONDITIONAL_ROW => ints(&self.row),
            contract::REGIONS => Tensor::from_array(self.regions.clone()).expect("a tensor"),
        ];
        let outputs = session.run(inputs).map_err(|error| error.to_string())?;
        let out = outputs["out"].try_extract_tensor::<T>().expect("out is as q");
        let record = |name: &str| {
            let (dims, numbers) = outputs[name].try_extract_tensor::<f32>().expect("records are f32");
            (dims.to_vec(), numbers.to_vec())
        };
        let out = (out.0.to_vec(), out.1.iter().map(|&x| widen(x)).collect());
        Ok([out, record("map"), record("neutral"), record("score")])
    }

    fn naive(&self) -> naive::Answer {
        // Ten by ten patches: each takes the label of the lower right of its four places.
        let told: Vec<i32> = self.regions.slice(s![1..;2, 1..;2]).iter().copied().collect();
        let control = LayerControl {
            told: &told,
            group: &self.group,
            weight: &self.weight,
            strength: self.strength[1],
            reduce: Reduce::from_code(self.reduce[0]).expect("a code of the contract"),
        };
        let tensors = [&self.q.1[..], &self.k.1, &self.v.1];
        let scale = 1.0 / (SHAPE.head_size as f32).sqrt();
        naive::cross_attention(&Problem::new(SHAPE, scale, tensors, 1, control).expect("the feed fits"))
    }
}

fn operator(environment: &Environment, element: TensorElementType) -> Session {
    cross_attention_graph::operator(environment, element, SHAPE.heads, SHAPE.head_size, 1, 2)
}

fn near(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (&found, &expected) in found.iter().zip(expected) {
        assert!((f64::from(found) - expected).abs() <= tolerance, "{found} for {expected}");
    }
}

#[test]
fn the_operator_works_in_onnx_runtime() {
    let environment = runtime().environment().clone();
    neutral_equals_plain_nodes(&environment);
    control_equals_the_naive_twin(&environment);
    misfits_are_refused(&environment);
}

fn neutral_equals_plain_nodes(environment: &Environment) {
    let feed = Feed::neutral();
    let [(dims, out), (map_dims, _), (neutral_dims, _), (score_dims, _)] = feed
        .run::<f32>(&mut operator(environment, TensorElementType::Float32), |x| x, |x| x)
        .expect("the node runs");
    assert_eq!(dims, [2, 100, 96]);
    assert_eq!(map_dims, [100, 77]);
    assert_eq!(neutral_dims, [0, 77]);
    assert_eq!(score_dims, [100, 0]);
    let mut plain = cross_attention_graph::plain(environment, SHAPE.heads, SHAPE.head_size, 2);
    let tensor = |(dims, numbers): &(Vec<usize>, Vec<f32>)| {
        Tensor::from_array((dims.clone(), numbers.clone())).expect("the shape fits the numbers")
    };
    let outputs = plain
        .run(inputs!["q" => tensor(&feed.q), "k" => tensor(&feed.k), "v" => tensor(&feed.v)])
        .expect("the nodes run");
    let expected: Vec<f64> = outputs["out"]
        .try_extract_tensor::<f32>()
        .expect("out is as q")
        .1
        .iter()
        .map(|&x| f64::from(x))
        .collect();
    near(&out, &expected, 1e-5);
}

fn control_equals_the_naive_twin(environment: &Environment) {
    let feed = Feed::controlled();
    let expected = feed.naive();
    let float = feed
        .run::<f32>(&mut operator(environment, TensorElementType::Float32), |x| x, |x| x)
        .expect("the node runs");
    let half = feed
        .run(&mut operator(environment, TensorElementType::Float16), f16::from_f32, f16::to_f32)
        .expect("the node runs");
    for ([(_, out), (_, map), (_, neutral), (dims, score)], tolerance) in [(float, 1e-5), (half, 1e-3)] {
        near(&out, &expected.out, tolerance);
        near(&map, &expected.map, 1e-5);
        near(&neutral, &expected.neutral, 1e-5);
        near(&score, &expected.score, 1e-5);
        assert_eq!(dims, [100, 2]);
    }
}

fn misfits_are_refused(environment: &Environment) {
    let mut session = operator(environment, TensorElementType::Float32);
    let mut check = |change: &dyn Fn(&mut Feed), expected: &str| {
        let mut feed = Feed::controlled();
        change(&mut feed);
        let error = feed.run::<f32>(&mut session, |x| x, |x| x).expect_err("the node refuses");
        assert!(error.contains(expected), "{error:?} has no {expected:?}");
    };
    check(&|feed| feed.k.0 = vec![1, 154, 96], "k is [1, 154, 96]");
    check(&|feed| feed.v.0 = vec![2, 154, 48], "v is [2, 154, 48]");
    check(
        &|feed| {
            [&mut feed.q, &mut feed.k, &mut feed.v]
                .into_iter()
                .for_each(|t| *t = (vec![2, 3, 5], vec![0.0; 30]))
        },
        "5 channels cannot be shared between 3 heads",
    );
    check(&|feed| feed.strength.truncate(1), "1 mask strengths, none for layer 1");
    check(&|feed| feed.reduce = vec![3], "mask reduce is 3");
    check(&|feed| feed.reduce = vec![], "mask reduce has 0 elements");
    check(&|feed| feed.row = vec![-1], "conditional row is -1");
    check(&|feed| feed.row = vec![2], "conditional row is 2");
    check(&|feed| feed.group.truncate(76), "76 token groups for 77 tokens");
    check(&|feed| feed.weight[7] = -1.0, "token weight -1");
    check(
        &|feed| feed.regions = Array2::zeros((20, 21)),
        "regions are 20 x 21, which 100 patches do not cover",
    );
    check(&|feed| feed.regions[[3, 4]] = -3, "label -3 in row 3 and column 4");
    check(
        &|feed| (feed.k, feed.v) = ((vec![2, 0, 96], vec![]), (vec![2, 0, 96], vec![])),
        "at least one token",
    );
    assert!(Feed::controlled().run::<f32>(&mut session, |x| x, |x| x).is_ok(), "the session is still usable");
}
