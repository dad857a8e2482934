//! `tauscope generate`: one picture and its maps, without a window; with `--compare`, the same seed uncontrolled too.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use serde::Serialize;

use super::{
    args::{Generate, MapArgument},
    latents, output,
    report::Report,
    settings::Asked,
};
use tauscope_core::{
    CancelToken,
    attention::Control,
    diffusion::{Change, Outcome, Progress, Settings, Start},
    error::{Error, Result},
    prompt::Prompt,
};
use tauscope_runtime::{MemoryPlan, peak_resident_bytes};
use tauscope_studio::{
    export::{
        Difference, MapFiles, Metadata, RunArrays, Scale, Style, free_stem, named, side_by_side, write_image,
        write_picture,
    },
    painting::{RUN_BYTES, Recipe, Recording},
    worker::{Commission, Engine, Painter},
};

/// Longer side of a heatmap, pixels.
const HEATMAP_PIXELS: u32 = 128;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    files: &'a [PathBuf],
    seconds: f64,
    seconds_per_step: f64,
    tokens: usize,
    /// What a person should know about the run, in sentences.
    notices: &'a [String],
    memory: &'a MemoryPlan,
    /// The most memory that was resident at once, mapped weights included; null where the system does not say.
    peak_memory_bytes: Option<u64>,
    /// In the form that `--entities` takes.
    #[serde(rename = "groups")]
    entities: String,
    /// What was in force, and from which step on.
    controls: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
    #[serde(flatten)]
    recipe: &'a Recipe,
}

/// The same seed without control.
#[derive(Serialize)]
struct Comparison {
    neutral_seconds: f64,
    difference: Difference,
}

/// A picture with its maps.
struct Painted {
    settings: Settings,
    /// `None` if no maps are written.
    recording: Option<Recording>,
    outcome: Outcome,
    seconds: f64,
}

/// Paints and writes what was asked for.
///
/// # Errors
/// Options that cannot be used, what loading and painting report, [`Error::Cancelled`], and files that cannot be
/// written.
pub(super) fn run(arguments: &Generate, cancel: &CancelToken) -> Result<()> {
    let asked = Asked::of(arguments)?;
    let noise = arguments.latents.as_deref().map(latents::read).transpose()?;
    fs::create_dir_all(&arguments.out).map_err(Error::writing(&arguments.out))?;
    let mut report = Report::new(arguments.quiet);
    let options = arguments.sessions.engine(&arguments.library);
    let mut engine = Engine::load(
        &arguments.model.source(),
        &options,
        &mut |stage, share| report.stage(stage, share),
        cancel,
    )?;
    let settings = asked.settings(engine.info(), &mut |notice| report.remark(notice));
    settings.validate()?;
    let prompt = engine.read_prompt(&settings.prompt)?;
    let given_noise = noise.is_some();
    let start = noise.map_or(Start::Seed, |noise| Start::Noise(Arc::new(noise)));
    let neutral = Settings { control: Control::neutral(), changes: Vec::new(), ..settings.clone() };
    // Maps that nobody asked for take no room.
    let recording = || (!arguments.maps.is_empty()).then(|| Recording::new(RUN_BYTES));
    let painted = paint(&mut engine, settings, &prompt, &start, recording(), &mut report, cancel)?;
    let neutral = arguments
        .compare
        .then(|| paint(&mut engine, neutral, &prompt, &start, recording(), &mut report, cancel))
        .transpose()?;

    report.stage("Writing", None);
    let stem = free_stem(&arguments.out, painted.settings.seed, &painted.settings.prompt);
    let stem = arguments.out.join(stem);
    let recipe = |painted: &Painted| Recipe::new(&painted.settings, engine.info(), given_noise);
    let mut written = vec![(stem.clone(), &painted)];
    written.extend(neutral.as_ref().map(|neutral| (named(&stem, "-neutral"), neutral)));
    let mut files = Vec::new();
    // Every picture before any maps: a disk that is too full for maps may have room for pictures.
    for (stem, painted) in &written {
        let metadata = if arguments.no_metadata { Metadata::default() } else { recipe(painted).metadata() };
        let file = named(stem, ".png");
        write_picture(&file, painted.outcome.image.view(), &metadata)?;
        files.push(file);
    }
    let comparison =
        neutral.as_ref().map(|neutral| compare(neutral, &painted, &stem, &mut files)).transpose()?;
    for (stem, painted) in &written {
        files.extend(write_maps(painted, arguments, &prompt, stem, cancel)?);
    }
    let notices = report.remarks().to_vec();
    report.end();

    let Painted { settings, seconds, .. } = &painted;
    let summary = Summary {
        files: &files,
        seconds: *seconds,
        seconds_per_step: seconds / settings.steps as f64,
        tokens: prompt.token_count,
        notices: &notices,
        memory: engine.memory_plan(),
        peak_memory_bytes: peak_resident_bytes(),
        entities: settings.entities.to_text(&settings.prompt),
        controls: settings.controls(),
        comparison,
        recipe: &recipe(&painted),
    };
    if arguments.json {
        let json = serde_json::to_string_pretty(&summary)
            .map_err(|error| Error::Internal(format!("the summary cannot be written as JSON ({error}).")))?;
        output::line(&json)?;
    } else if !arguments.quiet {
        for file in &files {
            output::line(&file.display().to_string())?;
        }
    }
    Ok(())
}

fn paint(
    engine: &mut Engine,
    settings: Settings,
    prompt: &Arc<Prompt>,
    start: &Start,
    mut recording: Option<Recording>,
    report: &mut Report,
    cancel: &CancelToken,
) -> Result<Painted> {
    report.begin(settings.steps);
    let (prompt, start) = (Some(Arc::clone(prompt)), start.clone());
    let commission = Commission { prompt, start, ..Commission::new(settings) };
    let started = Instant::now();
    let mut notices = Vec::new();
    let mut outcome = engine.paint(&commission, cancel, &mut |progress| {
        report.progress(&progress);
        if let (Progress::Step(step), Some(recording)) = (progress, &mut recording)
            && let Some(notice) = recording.push(*step)
        {
            report.progress(&Progress::Noticed(notice.clone()));
            notices.push(notice);
        }
    })?;
    outcome.notices.extend(notices);
    Ok(Painted {
        settings: commission.settings,
        recording,
        outcome,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Writes the maps in each form that was asked for.
fn write_maps(
    painted: &Painted,
    arguments: &Generate,
    prompt: &Prompt,
    stem: &Path,
    cancel: &CancelToken,
) -> Result<Vec<PathBuf>> {
    let Painted { settings, recording: Some(run), outcome, .. } = painted else { return Ok(Vec::new()) };
    let maps = MapFiles {
        run,
        arrays: RunArrays {
            timesteps: Some(&outcome.timesteps),
            sigmas: Some(&outcome.sigmas),
            latents: Some(outcome.latents.view()),
        },
        words: &prompt.words.list,
        entities: &settings.entities,
        picture: outcome.image.view(),
        layers: &|_| true,
        scale: if arguments.same_scale { Scale::Common } else { Scale::Own },
        style: Style::default(),
        heatmap_pixels: HEATMAP_PIXELS,
    };
    let mut files = Vec::new();
    for &MapArgument(form) in &arguments.maps {
        cancel.check()?;
        files.extend(maps.write(form, stem, cancel)?);
    }
    Ok(files)
}

/// Writes both pictures side by side with their difference.
fn compare(
    neutral: &Painted,
    steered: &Painted,
    stem: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Comparison> {
    let (a, b) = (neutral.outcome.image.view(), steered.outcome.image.view());
    let file = named(stem, "-compare.png");
    write_image(&file, &side_by_side(a, b, Style::default()), &Metadata::default())?;
    files.push(file);
    Ok(Comparison { neutral_seconds: neutral.seconds, difference: Difference::between(a, b) })
}
