//! `tauscope generate`: one picture and its maps, without a window.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use ndarray::Array4;
use npyz::NpyFile;
use serde::Serialize;

use super::{
    args::{Generate, MapForm},
    output,
    report::Report,
};
use crate::{
    diffusion::{CancelToken, Outcome, Start},
    error::{Error, Result},
    export::{
        ColorMap, Metadata, RunArrays, Scale, Smoothing, Style, WordMaps, contact_sheet, free_stem, maximum,
        to_image, word_overlays, write_gif, write_image, write_npz, write_picture, write_sequence,
    },
    prompt::Prompt,
    runtime::SessionOptions,
    worker::{Commission, Engine, EngineOptions, Painter, Recipe},
};

/// How long an animation shows a step.
const FRAME_MS: u16 = 120;
/// Side of a tile of the contact sheet's and of the sequence's heatmaps, in pixels of the longer side.
const TILE_PIXELS: u32 = 128;
/// How much of the picture the hottest place hides.
const OVERLAY_OPACITY: f32 = 0.85;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    files: &'a [PathBuf],
    seconds: f64,
    seconds_per_step: f64,
    tokens: usize,
    #[serde(flatten)]
    recipe: &'a Recipe,
}

/// Paints and writes what was asked for.
pub(super) fn run(arguments: &Generate, cancel: &CancelToken) -> Result<()> {
    let latents = arguments.latents.as_deref().map(read_latents).transpose()?;
    fs::create_dir_all(&arguments.out).map_err(Error::writing(&arguments.out))?;
    let mut report = Report::new(arguments.quiet);
    let options = EngineOptions { library: arguments.library.options(), session: SessionOptions::default() };
    let mut engine = Engine::load(
        &arguments.model.source(),
        &options,
        &mut |stage, share| report.stage(stage, share),
        cancel,
    )?;
    let settings = arguments.settings(engine.info().native_size, random_seed);
    settings.validate()?;
    let prompt = engine.read_prompt(&settings.prompt)?;
    for remark in remarks(&engine, &prompt) {
        report.remark(&remark);
    }

    let given_noise = latents.is_some();
    let start = latents.map_or(Start::Seed, |latents| Start::Noise(Arc::new(latents)));
    let commission = Commission { start, ..Commission::new(settings.clone()) };
    report.begin(settings.steps);
    let started = Instant::now();
    let outcome = engine.paint(&commission, cancel, &mut |progress| report.progress(&progress))?;
    let seconds = started.elapsed().as_secs_f64();

    report.stage("Writing", None);
    let recipe = Recipe::new(&settings, engine.info(), given_noise);
    let stem = free_stem(&arguments.out, settings.seed, &settings.prompt);
    let metadata = if arguments.no_metadata { Metadata::default() } else { recipe.metadata() };
    let picture = arguments.out.join(format!("{stem}.png"));
    write_picture(&picture, outcome.image.view(), &metadata)?;
    let mut files = vec![picture];
    files.extend(write_maps(&arguments.maps, &arguments.out.join(&stem), &outcome, &prompt, cancel)?);
    report.end();

    let summary = Summary {
        files: &files,
        seconds,
        seconds_per_step: seconds / settings.steps as f64,
        tokens: prompt.token_count,
        recipe: &recipe,
    };
    if arguments.json {
        let json = serde_json::to_string_pretty(&summary)
            .map_err(|error| Error::Internal(format!("the summary is no JSON ({error}).")))?;
        output::line(&json)?;
    } else if !arguments.quiet {
        for file in &files {
            output::line(&file.display().to_string())?;
        }
    }
    Ok(())
}

/// What a person should know about the prompt before it is painted.
fn remarks(engine: &Engine, prompt: &Prompt) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(cut) = &prompt.cut {
        remarks
            .push(format!("This model takes 75 tokens; cut off: \"{}\".", prompt.source[cut.clone()].trim()));
    }
    let words = prompt.words.iter().filter(|word| word.content && engine.reader().is_unseen(&word.text));
    let unseen: Vec<_> = words.map(|word| word.text.as_str()).collect();
    if !unseen.is_empty() {
        remarks.push(format!("{} has never seen: {}.", engine.info().name, unseen.join(", ")));
    }
    remarks
}

/// Writes the maps in every form asked for and gives the files.
fn write_maps(
    forms: &[MapForm],
    stem: &Path,
    outcome: &Outcome,
    prompt: &Prompt,
    cancel: &CancelToken,
) -> Result<Vec<PathBuf>> {
    let named = |ending: &str| {
        let mut name = stem.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let words: Vec<_> =
        prompt.words.iter().filter(|word| word.content).map(|w| (w.text.clone(), w.tokens.clone())).collect();
    let words = WordMaps::of_record(&outcome.record, &words, |_| true);
    let style = Style { colors: ColorMap::default(), smoothing: Smoothing::default() };
    let mut files = Vec::new();
    if forms.contains(&MapForm::Npz) {
        let path = named(".npz");
        let run = RunArrays {
            timesteps: Some(&outcome.timesteps),
            sigmas: Some(&outcome.sigmas),
            latents: Some(outcome.latents.view()),
        };
        write_npz(&path, &outcome.record, &words, run)?;
        files.push(path);
    }
    cancel.check()?;
    if forms.contains(&MapForm::Png) && !words.is_empty() {
        let tile = tile(outcome);
        files.extend(write_sequence(&named("-maps"), &words, Scale::Own, tile, style)?);
        let sheet = named("-sheet.png");
        write_image(&sheet, &contact_sheet(&words, Scale::Own, tile, style), &Metadata::default())?;
        files.push(sheet);
    }
    if forms.contains(&MapForm::Gif) {
        let picture = to_image(outcome.image.view());
        for word in &words {
            cancel.check()?;
            let frames = word_overlays(word, &picture, maximum([word.maps.view()]), style, OVERLAY_OPACITY);
            let name = named(&format!("-{:03}.gif", word.index));
            write_gif(&name, &frames, FRAME_MS)?;
            files.push(name);
        }
    }
    Ok(files)
}

/// A heatmap's size in the picture's aspect.
fn tile(outcome: &Outcome) -> (u32, u32) {
    let (_, height, width) = outcome.image.dim();
    let scale = f64::from(TILE_PIXELS) / height.max(width) as f64;
    ((width as f64 * scale).round() as u32, (height as f64 * scale).round() as u32)
}

/// Reads `--latents`.
fn read_latents(path: &Path) -> Result<Array4<f32>> {
    let refused = |problem: String| {
        Error::input(
            format!("{} cannot be used as initial latents: {problem}.", path.display()),
            "Give a .npy file of 32-bit floats [1, 4, height/8, width/8], unit normal.",
        )
    };
    let file = fs::File::open(path).map_err(Error::reading(path))?;
    let array = NpyFile::new(std::io::BufReader::new(file)).map_err(|error| refused(error.to_string()))?;
    let shape: Vec<usize> = array.shape().iter().map(|&length| length as usize).collect();
    let [1, 4, height, width] = shape[..] else { return Err(refused(format!("its shape is {shape:?}"))) };
    if array.order() != npyz::Order::C {
        return Err(refused("it is stored in Fortran order".into()));
    }
    let values: Vec<f32> = array
        .try_data::<f32>()
        .map_err(|array| refused(format!("its values are {}", array.dtype().descr())))?
        .collect::<Result<_, _>>()
        .map_err(Error::reading(path))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(refused("it holds values that are not finite".into()));
    }
    Array4::from_shape_vec((1, 4, height, width), values).map_err(|error| refused(error.to_string()))
}

/// A seed that nobody has to remember: short enough to read out.
fn random_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() as u64 % u64::from(u32::MAX)
}
