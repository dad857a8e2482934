//! One UNet step with and without interception on the embedded model, and the graph rewrite. The last line is the
//! ratio that counts: step with maps / step of the untouched graph, from interleaved runs.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use tauscope::{
    diffusion::{CancelToken, Components},
    model::ModelFolder,
    onnx::{Graph, intercept, survey},
    runtime::{LibraryOptions, ProbeInput, Runtime, Sdxl, SessionOptions, UntouchedUnet},
};

/// Pairs of steps that the ratio is taken from.
const PAIRS: usize = 60;

fn step(criterion: &mut Criterion) {
    let (options, cancel) = (SessionOptions::default(), CancelToken::new());
    let runtime =
        Runtime::start(&LibraryOptions::from_environment(), &mut |_| (), &cancel).expect("ONNX Runtime");
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

    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|_| {
            let plain = timed(|| black_box(untouched.predict(&input, &cancel)).is_ok());
            let with_maps = timed(|| black_box(sdxl.predict(&input, &cancel)).is_ok());
            with_maps.as_secs_f64() / plain.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "step with maps / step of the untouched graph: {:.3} (median of {PAIRS} pairs)",
        ratios[PAIRS / 2]
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

fn timed(call: impl FnOnce() -> bool) -> Duration {
    let started = Instant::now();
    assert!(call(), "a step failed");
    started.elapsed()
}

criterion_group!(benches, step, rewrite);
criterion_main!(benches);
