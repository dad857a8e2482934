//! What the worker is asked about the step that is shown, unless it is known or was asked for: where the chosen place
//! looks, and the step's picture by the VAE. Part of [`super::update()`].

use std::sync::Arc;

use super::{
    command::Effect,
    state::{Model, Shown, State},
    view::Mode,
};
use tauscope_studio::{
    painting::{JobId, Painting},
    worker::{Decode, Decoded, Look, Request},
};

/// How many decoded steps stay in memory.
const KEPT_DECODED: usize = 8;

/// Asks for what the view shows.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    look(state).into_iter().chain(decode(state)).map(Effect::Request).collect()
}

/// Where the chosen place looks.
fn look(state: &mut State) -> Option<Request> {
    let place = state.view.patch.filter(|_| state.view.mode == Mode::Patch)?;
    let (shown, step) = state.of_the_past()?;
    // Without the latents before it a step cannot be run again.
    let before = step.checked_sub(1).and_then(|before| shown.painting.steps.get(before));
    if before.is_some_and(|before| before.checkpoint.is_none()) {
        return None;
    }
    let painting = shown.painting.clone();
    let wanted = (painting.id, step, place);
    let known = state.looked.as_ref().map(|looked| (looked.job, looked.step, looked.place));
    if known == Some(wanted) || state.asked_look == Some(wanted) {
        return None;
    }
    state.asked_look = Some(wanted);
    Some(Request::Look(Look { painting, step, place }))
}

/// The picture of a step before the last, which has one already.
fn decode(state: &mut State) -> Option<Request> {
    let (shown, step) = state.of_the_past().filter(|_| state.view.decodes)?;
    let is_kept = shown.painting.steps.get(step).is_some_and(|step| step.checkpoint.is_some());
    if shown.is_finished_at(step) || !is_kept {
        return None;
    }
    let painting = shown.painting.clone();
    let wanted = (painting.id, step);
    if state.decoded(painting.id, step).is_some() || state.asked_decode == Some(wanted) {
        return None;
    }
    state.asked_decode = Some(wanted);
    Some(Request::Decode(Decode { painting, step }))
}

impl State {
    /// The painting that is shown and its step, if its own model is there to be asked about it.
    fn of_the_past(&self) -> Option<(Shown<'_>, usize)> {
        let shown = self.shown()?;
        // A picture in the making looks on by itself; it can be asked about once it is done.
        let is_done = self.running.as_ref().is_none_or(|run| run.job.id != shown.painting.id);
        (is_done && self.is_of_loaded(shown.painting)).then_some((shown, shown.step(&self.view)?))
    }

    /// Whether the loaded model painted this, so that it can do more with it.
    pub fn is_of_loaded(&self, painting: &Painting) -> bool {
        matches!(&self.model, Model::Ready(model) if painting.is_of(model))
    }

    /// The VAE's picture of a step, if it was asked for.
    pub(super) fn decoded(&self, job: JobId, step: usize) -> Option<&Arc<Decoded>> {
        self.decoded.iter().find(|decoded| (decoded.job, decoded.step) == (job, step))
    }

    /// Keeps the VAE's picture of a step; the oldest go.
    pub(super) fn keep_decoded(&mut self, decoded: Arc<Decoded>) {
        self.decoded.push(decoded);
        let surplus = self.decoded.len().saturating_sub(KEPT_DECODED);
        self.decoded.drain(..surplus);
    }
}
