//! Paints one picture of a study and writes its file.

use std::{path::Path, time::Instant};

use image::RgbImage;

use super::{Shot, ShotLine, files::PICTURES, map_measures::MapMeasures, recover};
use crate::study::{Arm, Common, Plan};
use tauscope_core::{
    CancelToken, caught,
    diffusion::{Progress, Settings},
    error::{Error, Result},
    prompt::Entities,
};
use tauscope_studio::{
    export::{to_image, write_image},
    painting::{ModelInfo, Recipe},
    worker::{Commission, LoadedModel},
};

/// A picture to be painted.
pub(super) struct Task<'a> {
    /// Its number in the study.
    pub(super) number: usize,
    pub(super) shot: Shot,
    /// Its file's name.
    pub(super) file_name: String,
    pub(super) prompt: &'a str,
    pub(super) arm: &'a Arm,
    pub(super) common: &'a Common,
    /// The prompt's entities, or why they were not found, a sentence.
    pub(super) entities: Result<Entities, String>,
}

/// A picture that was painted, its file written, or that failed.
pub(super) struct Painted {
    pub(super) number: usize,
    pub(super) line: ShotLine,
    /// `None` if it failed.
    pub(super) image: Option<RgbImage>,
}

/// What suits `model`, with what all arms of a study share.
pub(super) fn usual_settings(model: &ModelInfo, common: &Common) -> Settings {
    common.settings(&model.usual_settings())
}

/// Checks that `model` can paint every arm: else each picture would fail with the same sentence.
///
/// # Errors
/// [`Error::Input`] with what cannot be painted.
pub(super) fn check_settings(model: &ModelInfo, plan: &Plan) -> Result<()> {
    let usual = usual_settings(model, &plan.common);
    let size = (usual.width, usual.height);
    if !model.fixed_size.takes(size) {
        return Err(Error::input(
            format!(
                "{} paints {} only, and the study asks for {} x {}.",
                model.name, model.fixed_size, size.0, size.1
            ),
            "Leave the size out of the study, or choose another model.",
        ));
    }
    plan.arms.iter().try_for_each(|arm| arm.settings(&usual).validate())
}

/// Paints a picture and writes its file, with its line in it, into the run's folder `root`. A picture that cannot be
/// painted is no error. The second value says whether the model may be used again: not after a panic.
///
/// # Errors
/// [`Error::Cancelled`], and [`Error::File`] if the file cannot be written.
pub(super) fn paint(
    model: &mut LoadedModel,
    task: &Task<'_>,
    root: &Path,
    cancel: &CancelToken,
) -> Result<(Painted, bool)> {
    let started = Instant::now();
    let mut line = ShotLine { shot: task.shot.clone(), ..ShotLine::default() };
    let attempt = caught("painting", || attempt(model, task, &mut line, cancel));
    line.seconds = started.elapsed().as_secs_f64();
    let is_sound = attempt.is_ok();
    let image = match attempt.flatten() {
        // Only the token decides whether it was cancelled.
        Err(_) if cancel.is_cancelled() => return Err(Error::Cancelled),
        Err(cause) => {
            line.error = Some(cause.to_string());
            None
        }
        Ok(image) => {
            line.picture = Some(format!("{PICTURES}/{}", task.file_name));
            let path = root.join(PICTURES).join(&task.file_name);
            write_image(&path, &image, &recover::metadata(&line))?;
            Some(image)
        }
    };
    Ok((Painted { number: task.number, line, image }, is_sound))
}

/// Paints, and notes in the line what was painted and measured.
fn attempt(
    model: &mut LoadedModel,
    task: &Task<'_>,
    line: &mut ShotLine,
    cancel: &CancelToken,
) -> Result<RgbImage> {
    let entities =
        task.entities.clone().map_err(|why| Error::input(why, "The other prompts are painted."))?;
    let usual = Settings {
        prompt: task.prompt.to_owned(),
        entities,
        seed: task.shot.seed(),
        ..usual_settings(&model.info, task.common)
    };
    let settings = task.arm.settings(&usual);
    line.recipe = Some(Box::new(Recipe::new(&settings, &model.info, false)));
    let prompt = model.reader.read(&settings.prompt)?;
    let mut measures = MapMeasures::new(&prompt.words.list, &settings.entities, settings.steps);
    let mut measured = Ok(());
    let commission = Commission { prompt: Some(prompt.clone()), ..Commission::new(settings) };
    let outcome = model.painter.paint(&commission, cancel, &mut |progress| {
        if let Progress::Step(report) = progress
            && measured.is_ok()
        {
            measured = measures.step(&report);
        }
    })?;
    measured?;
    (line.focus, line.overlap, line.leak) = (measures.focus(), measures.largest_overlap(), measures.leak());
    Ok(to_image(outcome.image.view()))
}
