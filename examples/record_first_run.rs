//! Records the run that the window shows at the first start (`tauscope_studio::history::first_run`):
//! `cargo run --release --example record_first_run`. Run it again when the embedded model changes.

use std::{error::Error, fs, path::Path, sync::Arc};

use tauscope_core::{
    CancelToken,
    diffusion::{Progress, Settings},
};
use tauscope_runtime::{LibraryOptions, SessionOptions};
use tauscope_studio::{
    history::History,
    painting::{JobId, ModelSource, PaintedStep, Painting, PaintingStage, Recipe},
    worker::{Commission, Engine, EngineOptions, Painter, find_entities},
};

const PROMPT: &str = "a boy with a red hat and a girl with a blue umbrella on the beach";
/// Chosen by eye among 36: everything that the prompt names is in the picture.
const SEED: u64 = 18;

fn main() -> Result<(), Box<dyn Error>> {
    let painted = tempfile::tempdir()?;
    let mut history = History::open(painted.path(), u64::MAX)?;
    let (painting, recipe) = paint()?;
    let entry = history.add(&painting, &recipe)?;

    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui-assets/first-run");
    fs::create_dir_all(&target)?;
    let made = painted.path().join(entry.id.to_string());
    for file in ["entry.json", "picture.png", "maps.npz"] {
        fs::copy(made.join(file), target.join(file))?;
    }
    Ok(())
}

fn paint() -> tauscope_core::Result<(Painting, Recipe)> {
    let cancel = CancelToken::new();
    let options =
        EngineOptions { library: LibraryOptions::from_environment(), session: SessionOptions::default() };
    let mut engine = Engine::load(&ModelSource::Embedded, &options, &mut |_, _| (), &cancel)?;
    let native_size = engine.info().native_size;
    let settings = Settings {
        entities: find_entities(None, PROMPT)?,
        prompt: PROMPT.to_owned(),
        width: native_size,
        height: native_size,
        seed: SEED,
        ..Settings::default()
    };
    let recipe = Recipe::new(&settings, engine.info(), false);
    let prompt = engine.read_prompt(PROMPT)?;
    let preview = engine.preview().clone();
    let commission = Commission { prompt: Some(Arc::clone(&prompt)), ..Commission::new(settings.clone()) };
    let (mut layers, mut steps) = (Vec::new(), Vec::new());
    let outcome = engine.paint(&commission, &cancel, &mut |progress| {
        if let Progress::Step(report) = progress {
            layers = report.layers.to_vec();
            // Latents would make the program larger, and a person who wants to branch can paint the run again.
            let step = PaintedStep { checkpoint: None, ..PaintedStep::new(*report, &preview) };
            steps.push(Arc::new(step));
        }
    })?;
    let painting = Painting {
        model_fingerprint: recipe.model_fingerprint,
        words: Arc::clone(&prompt.words),
        prompt: Some(prompt),
        stage: PaintingStage::Done,
        layers,
        steps,
        image: Some(outcome.image),
        ..Painting::new(JobId(0), &recipe.model, settings)
    };
    Ok((painting, recipe))
}
