//! Where a place in the picture looked at a finished step, with the temperature of that step and without.

use std::sync::Arc;

use super::{Commission, LoadedModel};
use crate::painting::{JobId, Painting};
use tauscope_core::{
    CancelToken,
    attention::{Control, PatchRows, Place},
    diffusion::{Settings, Start},
    error::{Error, Result},
};

/// A place in the picture at a step of a painting.
#[derive(Clone, Debug)]
pub struct Look {
    /// The painting.
    pub painting: Arc<Painting>,
    /// The step, 0-based.
    pub step: usize,
    /// Where in the picture.
    pub place: Place,
}

/// Where that place looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// The painting's job.
    pub job: JobId,
    /// The step, 0-based.
    pub step: usize,
    /// Where in the picture.
    pub place: Place,
    /// With the control of that step.
    pub steered: PatchRows,
    /// From the same latents, with a temperature of 1.
    pub neutral: PatchRows,
}

impl Look {
    /// Runs the step again with `model`, twice if a temperature was in force.
    ///
    /// # Errors
    /// [`Error::Input`] if the step's latents are not kept, [`Error::Cancelled`], and whatever the model reports.
    pub(super) fn run(&self, model: &mut LoadedModel, cancel: &CancelToken) -> Result<Looked> {
        let Self { painting, step, place } = self;
        let start = match step.checked_sub(1) {
            None => Some(Start::Seed),
            Some(before) => {
                let kept = painting.steps.get(before).and_then(|before| before.checkpoint.clone());
                kept.map(Start::Checkpoint)
            }
        };
        let start = start.ok_or_else(|| {
            Error::input(
                format!("Step {} cannot be looked at again: its latents are not kept.", step + 1),
                "Paint this picture again, then look.",
            )
        })?;
        let prompt = model.reader.reuse_or_read(painting.prompt.as_ref(), &painting.settings.prompt)?;
        let mut look = |settings: Settings| {
            let (prompt, start) = (Some(Arc::clone(&prompt)), start.clone());
            let commission = Commission { prompt, start, ..Commission::new(settings) };
            model.painter.look(&commission, *place, cancel)
        };
        // What steered the step itself: a branch's first steps are its parent's.
        let steer = painting
            .steps
            .get(*step)
            .map_or_else(|| painting.settings.steer_at(*step), |painted| (*painted.steer).clone());
        let with = |control: Control| Settings {
            control,
            entities: steer.entities.clone(),
            changes: Vec::new(),
            ..painting.settings.clone()
        };
        let steered = look(with(steer.control.clone()))?;
        let neutral = if steer.control.tau == 1.0 {
            steered.clone()
        } else {
            look(with(Control { tau: 1.0, ..steer.control.clone() }))?
        };
        Ok(Looked { job: painting.id, step: *step, place: *place, steered, neutral })
    }
}
