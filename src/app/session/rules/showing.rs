//! Which painting is shown: the gallery says which, the view how, and the worker is asked about its steps.

use std::sync::Arc;

use super::super::{
    super::backend::{AsShown, Errand, Saving},
    Session,
    effect::Effect,
    gallery::Kept,
    shown::Shown,
    view::{Mode, Subject, ViewCommand},
};
use tauscope_studio::{
    export::{Scale, Smoothing, Style},
    painting::{JobId, from_the_seed},
    worker::{Decode, Look, Request},
};

/// Switches to a painting and keeps the chosen words, as far as it has them.
pub(super) fn show(session: &mut Session, id: JobId) {
    let before = session.shown().map(|shown| shown.words.clone());
    session.gallery.show(id);
    let Some(Shown { painting, words }) = session.shown() else { return };
    let (painting, words) = (Arc::clone(painting), Arc::clone(words));
    session.view.turn_to(&words, &painting.layers, before.as_deref());
}

/// Takes a painting into memory.
pub(super) fn keep(session: &mut Session, kept: Kept) {
    session.gallery.put(kept, |id| session.compare.holds(id));
}

/// Shows a kept painting with the settings that made it.
pub(in super::super) fn reopen(session: &mut Session, id: JobId) -> Vec<Effect> {
    if let Some(Kept { painting, .. }) = session.gallery.kept(id) {
        let whole = from_the_seed(&painting.settings, painting.branch.as_deref());
        let settings = whole.unwrap_or_else(|| painting.settings.clone());
        session.draft.take(settings, Some(Arc::clone(&painting.words)));
        show(session, id);
        session.view.follow();
    }
    inspect(session)
}

/// Takes the shown painting's seed and keeps it.
pub(in super::super) fn reuse_seed(session: &mut Session) {
    if let Some(seed) = session.shown().map(|shown| shown.painting.settings.seed) {
        session.draft.fix_seed(seed);
    }
}

/// Changes how the shown painting is looked at.
pub(in super::super) fn look(session: &mut Session, command: ViewCommand) -> Vec<Effect> {
    let shown = session.shown().map(|shown| (Arc::clone(shown.words), shown.painting.steps.len()));
    let subject = shown.as_ref().map_or_else(Subject::default, |(words, steps)| Subject {
        words: Some(words.as_ref()),
        steps: *steps,
    });
    if command.asks_about_a_step() {
        session.inspection.ask_anew();
    }
    session.view.update(command, subject);
    inspect(session)
}

/// Saves the shown painting as it is shown.
pub(in super::super) fn save(session: &Session, what: Saving) -> Vec<Effect> {
    let Some(Shown { painting, .. }) = session.shown() else { return Vec::new() };
    let view = &session.view;
    let shown = AsShown {
        layers: view.layers.clone(),
        scale: if view.same_scale { Scale::Common } else { Scale::Own },
        style: Style {
            colors: view.color_map,
            smoothing: if view.patches { Smoothing::Patches } else { Smoothing::Bilinear },
        },
        with_settings: !session.preferences.saves_without_settings,
    };
    vec![Effect::Run(Errand::Save { what, shown, painting: Arc::clone(painting) })]
}

/// Asks the worker for what the view shows of the step, unless that is known or was asked for.
pub(super) fn inspect(session: &mut Session) -> Vec<Effect> {
    look_from(session).into_iter().chain(decode(session)).map(Effect::Request).collect()
}

/// Where the chosen place looks.
fn look_from(session: &mut Session) -> Option<Request> {
    let place = session.view.patch.filter(|_| session.view.mode == Mode::Patch)?;
    let (shown, step) = past_step(session)?;
    // Without the latents before it a step cannot be run again.
    let before = step.checked_sub(1).and_then(|before| shown.painting.steps.get(before));
    if before.is_some_and(|before| before.checkpoint.is_none()) {
        return None;
    }
    let painting = Arc::clone(shown.painting);
    let is_asked = session.inspection.asks_look(painting.id, step, place);
    is_asked.then_some(Request::Look(Look { painting, step, place }))
}

/// The picture of a step before the last, which has one already.
fn decode(session: &mut Session) -> Option<Request> {
    let (shown, step) = past_step(session).filter(|_| session.view.decodes)?;
    let is_kept = shown.painting.steps.get(step).is_some_and(|step| step.checkpoint.is_some());
    if shown.is_finished_at(step) || !is_kept {
        return None;
    }
    let painting = Arc::clone(shown.painting);
    let is_asked = session.inspection.asks_decode(painting.id, step);
    is_asked.then_some(Request::Decode(Decode { painting, step }))
}

/// The painting that is shown and its step, if it is over and its own model is there to be asked about it.
fn past_step(session: &Session) -> Option<(Shown<'_>, usize)> {
    let shown = session.shown()?;
    // The worker paints a running job's steps already; it can be asked about them once the job is done.
    let is_over = !session.queue.is_running(shown.painting.id);
    let is_of_loaded = session.models.is_of_loaded(shown.painting);
    (is_over && is_of_loaded).then_some((shown, shown.step(&session.view)?))
}
