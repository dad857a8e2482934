//! The cross-attention operator beside ONNX Runtime's own nodes, on the layers of SDXL and of the embedded model.
//!
//! Run with ORT_DYLIB_PATH set. `plain` is the layer untouched, `neutral` the operator that only records,
//! `controlled` with token weights and the mask.

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use ort::{
    session::{Session, SessionInputs},
    value::{Tensor, TensorElementType},
};
use tauscope_onnx::contract;
use tauscope_testing::{cross_attention_graph, runtime};

const TOKENS: usize = 77;
const THREADS: usize = 2;
/// Heads, head size, patches.
const LAYERS: [(usize, usize, usize); 4] = [(10, 64, 4096), (20, 64, 1024), (2, 32, 256), (4, 32, 64)];

fn cross_attention(criterion: &mut Criterion) {
    let environment = runtime().environment().clone();
    eprintln!("The operator runs with {}.", tauscope_runtime::operators::simd_name());
    for (heads, head_size, patches) in LAYERS {
        let mut group = criterion.benchmark_group(format!("{heads} heads x {head_size}, {patches} patches"));
        let tensor = |rows: usize| {
            let count = 2 * rows * heads * head_size;
            let numbers = (0..count).map(|i| (i as f32 * 0.618).fract() * 4.0 - 2.0).collect::<Vec<_>>();
            Tensor::from_array(([2, rows, heads * head_size], numbers)).expect("the shape fits the numbers")
        };
        let (q, k, v) = (tensor(patches), tensor(TOKENS), tensor(TOKENS));

        let mut plain = cross_attention_graph::plain(&environment, heads, head_size, THREADS);
        measure(&mut group, "plain", &mut plain, || ort::inputs!["q" => &q, "k" => &k, "v" => &v].into());

        let float = TensorElementType::Float32;
        let mut session = cross_attention_graph::operator(&environment, float, heads, head_size, 0, THREADS);
        for (name, strength) in [("neutral", 0.0_f32), ("controlled", 1.0)] {
            let mut tokens = vec![-1; TOKENS];
            let mut weights = vec![1.0_f32; TOKENS];
            if strength > 0.0 {
                tokens[2..5].fill(0);
                tokens[7..9].fill(1);
                weights[2..9].fill(1.3);
            }
            let group_input = Tensor::from_array(([TOKENS], tokens)).expect("the shape fits the numbers");
            let weight = Tensor::from_array(([TOKENS], weights)).expect("the shape fits the numbers");
            let strength = Tensor::from_array(([1], vec![strength])).expect("the shape fits the numbers");
            let reduce = Tensor::from_array(([1], vec![0])).expect("the shape fits the numbers");
            let row = Tensor::from_array(([1], vec![1])).expect("the shape fits the numbers");
            let regions = Tensor::from_array(([1, 1], vec![-1])).expect("the shape fits the numbers");
            measure(&mut group, name, &mut session, || {
                ort::inputs![
                    "q" => &q,
                    "k" => &k,
                    "v" => &v,
                    contract::TOKEN_GROUP => &group_input,
                    contract::TOKEN_WEIGHT => &weight,
                    contract::MASK_STRENGTH => &strength,
                    contract::MASK_REDUCE => &reduce,
                    contract::CONDITIONAL_ROW => &row,
                    contract::REGIONS => &regions,
                ]
                .into()
            });
        }
    }
}

fn measure<'a>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    session: &mut Session,
    inputs: impl Fn() -> SessionInputs<'a, 'a>,
) {
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter(|| drop(black_box(session.run(inputs()).expect("the layer runs"))));
    });
}

criterion_group!(benches, cross_attention);
criterion_main!(benches);
