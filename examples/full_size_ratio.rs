//! What interception costs a large model: steps of the UNet as its exporter wrote it and of the intercepted one in turn,
//! and the ratio of their times: `cargo run --release --example full_size_ratio -- FOLDER [auto|on|off] [SIDE] [ROUNDS]`,
//! where `tests/full_size/make.py` writes such a folder. Both are in memory at once; weights that are used as they are
//! stored (`on`) are there only once.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use tauscope_core::{CancelToken, diffusion::Components, model::ModelFolder};
use tauscope_runtime::{LibraryOptions, LowMemory, ProbeInput, Runtime, Sdxl, SessionOptions, UntouchedUnet};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = ModelFolder::open(arguments.next().ok_or("Name the model's folder.")?.as_ref())?;
    let low_memory = match arguments.next().as_deref() {
        Some("on") => LowMemory::On,
        Some("off") => LowMemory::Off,
        _ => LowMemory::Auto,
    };
    let side: usize = arguments.next().map_or(Ok(512), |side| side.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;

    let cancel = CancelToken::new();
    let runtime = Runtime::start(&LibraryOptions::from_environment(), &mut |_| (), &cancel)?;
    let options = SessionOptions { low_memory, ..SessionOptions::default() };
    let mut intercepted = Sdxl::load(&runtime, &folder, &options, &mut |_, _| (), &cancel)?;
    let plan = intercepted.memory_plan();
    println!("{plan}");
    let options = SessionOptions { prepack: plan.prepack, ..options };
    let mut untouched = UntouchedUnet::load(&runtime, &folder, &options, &cancel)?;
    let probe = ProbeInput::new(&folder, side)?;
    let input = probe.unet_input();
    let mut untouched = || untouched.predict(&input, &cancel).map(drop);
    let mut intercepted = || intercepted.predict(&input, &cancel).map(drop);

    // The first step of each reads the weights.
    untouched()?;
    intercepted()?;
    let mut ratios = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // They take turns going first, so that neither always has the warmer machine.
        let [plain, watched] = if round % 2 == 0 {
            [timed(&mut untouched)?, timed(&mut intercepted)?]
        } else {
            let watched = timed(&mut intercepted)?;
            [timed(&mut untouched)?, watched]
        };
        let ratio = watched.as_secs_f64() / plain.as_secs_f64();
        println!(
            "round {}: untouched {:.2} s, intercepted {:.2} s, ratio {ratio:.3}",
            round + 1,
            plain.as_secs_f64(),
            watched.as_secs_f64()
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let middle = ratios.get(rounds / 2).ok_or("Ask for at least one round.")?;
    println!("step with maps / step of the untouched graph: {middle:.3} (median of {rounds} rounds)");
    Ok(())
}

fn timed(step: &mut impl FnMut() -> tauscope_core::Result<()>) -> tauscope_core::Result<Duration> {
    let started = Instant::now();
    step()?;
    Ok(started.elapsed())
}
