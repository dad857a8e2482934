//! What a large model costs: time and memory to open it, to paint, to cancel, and what remains once it is closed. On
//! Linux: `cargo run --release --example full_size -- FOLDER [auto|on|off] [SIDE]`, where `tests/full_size/make.py`
//! writes such a folder.

use std::{
    env,
    error::Error,
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tauscope_core::{
    CancelToken,
    diffusion::{Progress, Settings},
};
use tauscope_runtime::{LibraryOptions, LowMemory, SessionOptions};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Commission, Engine, EngineOptions, Painter},
};

/// How far into a step the run is cancelled.
const CANCEL_AT: f64 = 0.4;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("Name the model's folder.")?;
    let low_memory = match arguments.next().as_deref() {
        Some("on") => LowMemory::On,
        Some("off") => LowMemory::Off,
        _ => LowMemory::Auto,
    };
    let side: usize = arguments.next().map_or(Ok(512), |side| side.parse())?;
    let memory = Watch::start()?;
    memory.print("before");

    let options = EngineOptions {
        library: LibraryOptions::from_environment(),
        session: SessionOptions { low_memory, ..SessionOptions::default() },
    };
    let source = ModelSource::Folder(folder.into());
    let started = Instant::now();
    let mut stage_started = (String::new(), started);
    let mut report = |stage: &str, _: Option<f32>| {
        if stage_started.0 != stage {
            memory.print(&format!(
                "{} took {:.1} s",
                stage_started.0,
                stage_started.1.elapsed().as_secs_f64()
            ));
            stage_started = (stage.to_owned(), Instant::now());
        }
    };
    let mut engine = Engine::load(&source, &options, &mut report, &CancelToken::new())?;
    memory.print(&format!("loaded in {:.1} s", started.elapsed().as_secs_f64()));
    println!("{}; {}", engine.info().device, engine.memory_plan());

    let settings = Settings {
        prompt: "a red cat".to_owned(),
        width: side,
        height: side,
        steps: 2,
        ..Settings::default()
    };
    let commission = Commission::new(settings);
    let mut step = Duration::ZERO;
    let mut decoding = Instant::now();
    engine.paint(&commission, &CancelToken::new(), &mut |progress| match progress {
        Progress::Step(report) => {
            step = report.elapsed;
            memory.print(&format!("step {} took {:.1} s", report.index + 1, step.as_secs_f64()));
            decoding = Instant::now();
        }
        Progress::Noticed(notice) => println!("{notice}"),
        Progress::Encoding | Progress::Decoding { .. } => {}
    })?;
    memory.print(&format!("decoded in {:.1} s", decoding.elapsed().as_secs_f64()));

    let cancel = CancelToken::new();
    let other = cancel.clone();
    let canceller = thread::Builder::new().name("canceller".to_owned()).spawn(move || {
        thread::sleep(step.mul_f64(CANCEL_AT));
        other.cancel();
        Instant::now()
    })?;
    let result = engine.paint(&commission, &cancel, &mut |_| ());
    let returned = Instant::now();
    let asked = canceller.join().map_err(|_panic| "the canceller panicked")?;
    let how =
        if matches!(result, Err(tauscope_core::Error::Cancelled)) { "cancelled" } else { "NOT cancelled" };
    memory.print(&format!("{how} in {:.2} s", (returned - asked).as_secs_f64()));

    drop(engine);
    memory.print("closed");
    Ok(())
}

/// Samples this process's memory.
struct Watch {
    peak_bytes: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Watch {
    fn start() -> io::Result<Self> {
        let (peak_bytes, ended) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let watch = Self { peak_bytes: Arc::clone(&peak_bytes), ended: Arc::clone(&ended) };
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                peak_bytes.fetch_max(resident("RssAnon:"), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            }
        })?;
        Ok(watch)
    }

    /// Prints the memory that the process holds, and its peak since the last call.
    fn print(&self, what: &str) {
        let (own, mapped) = (resident("RssAnon:"), resident("RssFile:"));
        let peak = self.peak_bytes.swap(0, Ordering::Relaxed).max(own);
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        println!(
            "{what:45} own memory {:6.2} GB (peak {:6.2}), mapped files {:6.2} GB",
            gigabytes(own),
            gigabytes(peak),
            gigabytes(mapped)
        );
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// A line of the process's status, in bytes.
fn resident(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or_default();
    kilobytes << 10
}
