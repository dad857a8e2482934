//! One UNet step with and without interception on the embedded model, neutral and steered, with operators and in the
//! portable graph, and the graph rewrite. The last lines are the ratios that count, from blocks of steps of each kind in
//! turn.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Axis;
use tauscope_core::{
    CancelToken,
    attention::{Control, TokenKind, TokenPlan},
    diffusion::{Components, UnetInput},
    model::ModelFolder,
};
use tauscope_onnx::{Graph, intercept, survey};
use tauscope_runtime::{ProbeInput, Sdxl, SessionOptions, UntouchedUnet};

/// Rounds that the ratio is taken from, each with a block of steps of either kind.
const ROUNDS: usize = 20;
/// Steps in a block.
const BLOCK: usize = 9;

fn step(criterion: &mut Criterion) {
    let (options, cancel) = (SessionOptions::default(), CancelToken::new());
    let runtime = tauscope_testing::runtime();
    let folder = ModelFolder::embedded().expect("the embedded model");
    let mut untouched = UntouchedUnet::load(&runtime, &folder, &options, &cancel).expect("a session");
    let load = |options| Sdxl::load(&runtime, &folder, options, &mut |_, _| (), &cancel).expect("sessions");
    let mut sdxl = load(&options);
    let portable = load(&SessionOptions { portable: true, ..options });
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

    let (sdxl, portable) = (RefCell::new(sdxl), RefCell::new(portable));
    let mut plain = || untouched.predict(&input, &cancel).is_ok();
    let mut with_maps = || sdxl.borrow_mut().predict(&input, &cancel).is_ok();
    compare("step with maps / step of the untouched graph", &mut with_maps, &mut plain);
    let control = Control::our_reading().at(0.2, &two_entities(input.context.len_of(Axis(1))));
    let controlled = UnetInput { control: &control, ..input.clone() };
    let mut steered = || sdxl.borrow_mut().predict(&controlled, &cancel).is_ok();
    compare("step with mask, curves and maps / step with maps", &mut steered, &mut with_maps);
    let mut portable_maps = || portable.borrow_mut().predict(&input, &cancel).is_ok();
    compare("portable step with maps / step of the untouched graph", &mut portable_maps, &mut plain);
    compare("portable step with maps / step with maps", &mut portable_maps, &mut with_maps);
    let mut portable_steered = || portable.borrow_mut().predict(&controlled, &cancel).is_ok();
    compare(
        "portable step with mask, curves and maps / portable step with maps",
        &mut portable_steered,
        &mut portable_maps,
    );
}

/// Prints how much longer one kind of step takes than the other.
fn compare(what: &str, one: &mut dyn FnMut() -> bool, other: &mut dyn FnMut() -> bool) {
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            // They take turns going first, so that neither always has the warmer machine.
            let (one, other) = if round % 2 == 0 {
                let other = block(other);
                (block(one), other)
            } else {
                (block(one), block(other))
            };
            one.as_secs_f64() / other.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (middle, quarter) = (ROUNDS / 2, ROUNDS / 4);
    println!(
        "{what}: {:.3} (median of {ROUNDS} rounds; quartiles {:.3} and {:.3})",
        ratios[middle],
        ratios[quarter],
        ratios[ROUNDS - 1 - quarter]
    );
}

/// "a red cat and a blue dog" in a context of `tokens` positions.
fn two_entities(tokens: usize) -> TokenPlan {
    let mut plan = TokenPlan::neutral(tokens);
    for (token, kind) in plan.0.iter_mut().zip([
        TokenKind::Frame,
        TokenKind::Entity(0),
        TokenKind::Entity(0),
        TokenKind::Entity(0),
        TokenKind::Global,
        TokenKind::Entity(1),
        TokenKind::Entity(1),
        TokenKind::Entity(1),
    ]) {
        token.kind = kind;
    }
    plan
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

/// The median time of a step in a block of them. The first is left out: the other session's threads still spin
/// during it.
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
