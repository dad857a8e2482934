//! One UNet step with and without interception on the embedded model, and the graph rewrite. The last line is the
//! ratio that counts, from blocks of steps of either kind in turn.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use tauscope::{
    diffusion::{CancelToken, Components},
    model::ModelFolder,
    onnx::{Graph, intercept, survey},
    runtime::{ProbeInput, Sdxl, SessionOptions, UntouchedUnet},
};

/// Rounds that the ratio is taken from, each a block of steps of either kind.
const ROUNDS: usize = 20;
/// Steps in a block.
const BLOCK: usize = 9;

fn step(criterion: &mut Criterion) {
    let (options, cancel) = (SessionOptions::default(), CancelToken::new());
    let runtime = common::runtime();
    let folder = ModelFolder::embedded().expect("the embedded model");
    let mut untouched = UntouchedUnet::load(&runtime, &folder, &options, &cancel).expect("a session");
    let mut sdxl = Sdxl::load(&runtime, &folder, &options, &mut |_, _| (), &cancel).expect("sessions");
    let probe = ProbeInput::new(&folder, folder.native_size).expect("inputs");
    let input = probe.unet_input();

    let mut group = criterion.benchmark_group("step");
    group.bench_function("untouched", |bencher| {
        bencher.iter(|| untouched.predict(&input, &cancel).expect("a step"))
    });
    group.bench_function("intercepted", |bencher| {
        bencher.iter(|| sdxl.predict(&input, &cancel).expect("a step"))
    });
    group.finish();

    let mut plain = || untouched.predict(&input, &cancel).is_ok();
    let mut with_maps = || sdxl.predict(&input, &cancel).is_ok();
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            // Who goes first changes, so that neither has the warmer machine.
            let (plain, with_maps) = if round % 2 == 0 {
                (block(&mut plain), block(&mut with_maps))
            } else {
                let with_maps = block(&mut with_maps);
                (block(&mut plain), with_maps)
            };
            with_maps.as_secs_f64() / plain.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (middle, quarter) = (ROUNDS / 2, ROUNDS / 4);
    println!(
        "step with maps / step of the untouched graph: {:.3} (median of {ROUNDS} rounds; quartiles {:.3} and {:.3})",
        ratios[middle],
        ratios[quarter],
        ratios[ROUNDS - 1 - quarter]
    );
}

fn rewrite(criterion: &mut Criterion) {
    let folder = ModelFolder::embedded().expect("the embedded model");
    let bytes = folder.files.read(&folder.unet.file).expect("the UNet");
    criterion.bench_function("rewrite", |bencher| {
        bencher.iter(|| {
            let graph = Graph::parse("unet", bytes.clone()).expect("a graph");
            let found = survey(&graph);
            let mut rewritten = intercept(graph, &found).expect("a rewrite").graph;
            rewritten.externalise("model.onnx");
            rewritten.to_bytes().expect("bytes").len()
        });
    });
}

/// The median time of a step in a block of them. The first is left out: it finds the other session's threads still
/// spinning.
fn block(step: &mut dyn FnMut() -> bool) -> Duration {
    let mut times: Vec<Duration> = (0..=BLOCK)
        .map(|_| {
            let started = Instant::now();
            assert!(step(), "a step failed");
            started.elapsed()
        })
        .skip(1)
        .collect();
    times.sort();
    times[BLOCK / 2]
}

criterion_group!(benches, step, rewrite);
criterion_main!(benches);
