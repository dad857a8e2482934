//! Looking at a place of a past step: the worker runs that step again when the view shows another place or another
//! step. Part of [`super::update()`].

use super::{command::Effect, state::State, view::Mode};
use crate::worker::{Look, Request};

/// Asks where the chosen place looks at the step that is shown, unless that is known or was asked for.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.view.patch.filter(|_| state.view.mode == Mode::Patch) else { return Vec::new() };
    let wanted = state.shown().and_then(|shown| {
        let step = shown.step(&state.view)?;
        // A picture in the making looks on by itself; its steps are run again once it is done.
        let is_done = state.running.as_ref().is_none_or(|run| run.job.id != shown.painting.id);
        // Without the latents before it a step cannot be run again.
        let before = step.checked_sub(1).and_then(|before| shown.painting.steps.get(before));
        let is_kept = before.is_none_or(|before| before.checkpoint.is_some());
        (is_done && is_kept).then(|| (shown.painting.clone(), step))
    });
    let Some((painting, step)) = wanted else { return Vec::new() };
    let known = state.looked.as_ref().map(|looked| (looked.job, looked.step, looked.place));
    if known == Some((painting.id, step, place)) || state.asked == Some((painting.id, step, place)) {
        return Vec::new();
    }
    state.asked = Some((painting.id, step, place));
    vec![Effect::Request(Request::Look(Look { painting, step, place }))]
}
