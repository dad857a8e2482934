//! Jobs in the state: asked for, waiting, running, kept. Part of [`super::update()`].

use std::sync::Arc;

use super::{
    backend::Errand,
    command::Effect,
    reading::Reading,
    state::{Job, Kept, LIVE_RUN_SECONDS, Run, State, Steering, milliseconds_per_step},
    view::LayerFilter,
};
use crate::{
    diffusion::Settings,
    history::EntryId,
    worker::{JobId, Painting, Request},
};

/// How many finished paintings stay in memory.
const KEPT_PAINTINGS: usize = 24;

/// Asks for the draft, behind what waits already.
pub(super) fn generate(state: &mut State) -> Vec<Effect> {
    if !state.can_generate() {
        if let Err(error) = state.draft.validate() {
            state.complain(&error);
        }
        return Vec::new();
    }
    if !state.seed_is_fixed {
        state.draft.seed = state.counters.new_seed();
    }
    state.draft_is_remembered = true;
    let mut effects = ask(state, state.draft.clone(), None);
    effects.push(Effect::Remember);
    effects
}

/// Stops the running job; what waits goes on.
pub(super) fn stop(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.running.as_mut().filter(|run| !run.stopping) else { return Vec::new() };
    run.stopping = true;
    vec![Effect::Cancel(run.job.id)]
}

/// A steering control moved: repaints at once if runs are short. While one runs nothing is asked for: its end asks
/// for what is wanted then.
pub(super) fn steer(state: &mut State) -> Vec<Effect> {
    let Some(settings) = steered(state) else { return Vec::new() };
    if state.running.is_some() || !state.waiting.is_empty() || !runs_are_short(state) {
        return Vec::new();
    }
    let steering = Steering { drag: state.counters.drags, in_place: true };
    ask(state, settings, Some(steering))
}

/// A steering control was let go: the last wish is painted, however long it takes.
pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    let steering = Steering { drag: state.counters.drags, in_place: runs_are_short(state) };
    state.counters.drags += 1;
    let is_busy = state.running.is_some() || !state.waiting.is_empty();
    match steered(state) {
        // If a repaint of this drag runs, its end asks for the rest.
        Some(settings) if !is_busy => ask(state, settings, Some(steering)),
        _ => Vec::new(),
    }
}

/// The job left the queue.
pub(super) fn started(state: &mut State, id: JobId) {
    let Some(at) = state.waiting.iter().position(|job| job.id == id) else { return };
    let job = state.waiting.remove(at);
    let reading = state
        .reader
        .as_ref()
        .map_or_else(|| Arc::new(Reading::default()), |reader| Arc::new(reader.read(&job.settings.prompt)));
    state.running = Some(Run { job, reading, painting: None, stopping: false });
}

/// The running job has come this far. Its first step takes the place of what was shown.
pub(super) fn advanced(state: &mut State, painting: Arc<Painting>) {
    let Some(run) = state.running.as_mut().filter(|run| run.job.id == painting.id) else { return };
    let is_first = run.painting.is_none();
    if painting.steps.is_empty() {
        return;
    }
    run.painting = Some(painting);
    let in_place = run.job.steering.is_some_and(|steering| steering.in_place);
    if is_first && !in_place {
        let id = run.job.id;
        show(state, id);
        state.view.step = None;
    }
}

/// The picture is done: it is kept, and shown if the run was watched.
pub(super) fn finished(state: &mut State, id: JobId, painting: Arc<Painting>) -> Vec<Effect> {
    let Some(run) = state.running.take_if(|run| run.job.id == id) else { return Vec::new() };
    let steering = run.job.steering;
    let mut replaced = None;
    if let (Some(new), Some(newest)) = (steering, state.history.first())
        && newest.steering.is_some_and(|old| old.drag == new.drag)
    {
        replaced = Some((newest.painting.id, newest.entry));
    }
    let keep = Errand::Keep(painting.clone());
    put(state, Kept { painting, reading: run.reading, steering, entry: None });
    if steering.is_some() || state.shown.is_none() {
        show(state, id);
    }
    let mut effects = go_on_steering(state, steering);
    if effects.is_empty() {
        // Of a drag only where it came to rest is worth the disk.
        effects.push(Effect::Run(keep));
    }
    if let Some((replaced, entry)) = replaced {
        state.history.retain(|kept| kept.painting.id != replaced);
        effects.extend(entry.map(|entry| Effect::Run(Errand::Forget(entry))));
    }
    effects
}

/// A painting lies on disk. One that a drag has replaced meanwhile has no business there.
pub(super) fn kept(state: &mut State, id: JobId, entry: EntryId) -> Vec<Effect> {
    match state.history.iter_mut().find(|kept| kept.painting.id == id) {
        Some(kept) => {
            kept.entry = Some(entry);
            Vec::new()
        }
        None => vec![Effect::Run(Errand::Forget(entry))],
    }
}

/// Takes a painting into memory; the oldest go, and come back from disk when they are asked for.
pub(super) fn put(state: &mut State, kept: Kept) {
    state.history.insert(0, kept);
    state.history.truncate(KEPT_PAINTINGS);
}

/// Asks for a painting of an earlier session.
pub(super) fn open_entry(state: &mut State, entry: EntryId) -> Vec<Effect> {
    state.counters.jobs += 1;
    vec![Effect::Run(Errand::Open(entry, JobId(state.counters.jobs)))]
}

/// Something to look at while nothing was painted. The draft stays the person's.
pub(super) fn welcome(state: &mut State, kept: Kept) {
    let id = kept.painting.id;
    put(state, kept);
    if state.shown.is_none() {
        show(state, id);
    }
}

/// The job ended without a picture. What was shown of it goes; the newest kept painting takes its place.
pub(super) fn ended(state: &mut State, id: JobId) -> Vec<Effect> {
    state.waiting.retain(|job| job.id != id);
    let Some(run) = state.running.take_if(|run| run.job.id == id) else { return Vec::new() };
    if let Some(painting) = run.painting.filter(|_| state.shown == Some(id)) {
        // A stopped run can still be looked at and scrubbed.
        put(state, Kept { painting, reading: run.reading, steering: run.job.steering, entry: None });
    }
    Vec::new()
}

/// Shows a kept painting with the settings that made it.
pub(super) fn reopen(state: &mut State, id: JobId) {
    let Some(kept) = state.history.iter().find(|kept| kept.painting.id == id) else { return };
    state.draft = kept.painting.settings.clone();
    state.reading = state
        .reader
        .as_ref()
        .map_or_else(|| kept.reading.clone(), |reader| Arc::new(reader.read(&state.draft.prompt)));
    state.seed_is_fixed = true;
    show(state, id);
    state.view.step = None;
    state.view.playing = false;
}

fn ask(state: &mut State, settings: Settings, steering: Option<Steering>) -> Vec<Effect> {
    state.counters.jobs += 1;
    let id = JobId(state.counters.jobs);
    state.waiting.push(Job { id, settings: settings.clone(), steering });
    vec![Effect::Request(Request::Generate { id, settings, branch: None })]
}

/// Switches to a painting and keeps the chosen words, as far as it has them.
fn show(state: &mut State, id: JobId) {
    let before = state.shown().map(|shown| shown.reading.clone());
    state.shown = Some(id);
    let Some(now) = state.shown().map(|shown| shown.reading.clone()) else { return };
    let mut selected = Vec::new();
    if let Some(before) = before {
        selected = state.view.selected.iter().filter_map(|&part| now.counterpart(part, &before)).collect();
    }
    if selected.is_empty() {
        selected = now.parts(true).into_iter().take(1).collect();
    }
    state.view.selected = selected;
    state.view.hovered = None;
    state.view.pinned = None;
    let layers = state.shown().map_or(&[][..], |shown| &shown.painting.layers);
    if !layers.iter().any(|layer| state.view.layers.holds(layer)) {
        state.view.layers = LayerFilter::All;
    }
}

/// The shown painting's settings under the draft's control, if that differs and the painting is done.
fn steered(state: &State) -> Option<Settings> {
    let painting = state.shown()?.painting;
    let wanted = &state.draft.control;
    let is_done = state.history.iter().any(|kept| kept.painting.id == painting.id);
    (is_done && painting.settings.control != *wanted && state.can_generate()).then(|| Settings {
        control: wanted.clone(),
        changes: Vec::new(),
        ..painting.settings.clone()
    })
}

fn runs_are_short(state: &State) -> bool {
    state.shown().is_some_and(|shown| {
        let steps = shown.painting.settings.steps as f32;
        milliseconds_per_step(shown.painting).is_some_and(|each| each * steps < LIVE_RUN_SECONDS * 1000.0)
    })
}

/// After a repaint: paints what the control says by now, if it moved on.
fn go_on_steering(state: &mut State, steering: Option<Steering>) -> Vec<Effect> {
    let Some(steering) = steering.filter(|_| state.waiting.is_empty()) else { return Vec::new() };
    match steered(state) {
        Some(settings) => ask(state, settings, Some(steering)),
        None => Vec::new(),
    }
}
