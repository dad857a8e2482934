//! Jobs in the state: asked for, waiting, running, kept. Part of [`super::update()`].

use std::{collections::HashSet, sync::Arc};

use super::{
    backend::Errand,
    command::Effect,
    looks,
    reading::Reading,
    state::{Job, Kept, LIVE_RUN_SECONDS, Run, State, Steering, milliseconds_per_step},
    view::LayerFilter,
};
use tauscope_core::{
    diffusion::Settings,
    prompt::{Groups, Prompt},
};
use tauscope_studio::{
    history::EntryId,
    painting::{Branch, JobId, ModelInfo, Painting, from_the_seed},
    worker::Request,
};

/// How many finished paintings stay in memory, and what they may take. What is shown or compared stays in any case.
const KEPT_PAINTINGS: usize = 24;
const KEPT_BYTES: usize = 1 << 30;

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
    // What was said of the last picture has been read, and takes room from the next.
    state.notices.retain(|notice| notice.is_error);
    let (_, mut effects) = ask(state, state.draft.clone(), None);
    effects.push(Effect::Remember);
    effects
}

/// A model is there: gives its size and what else suits it to the draft, and to the jobs that waited for it, as far as a
/// person has not chosen otherwise.
pub(super) fn settle_size(state: &mut State, model: &ModelInfo) -> Vec<Effect> {
    let size = model.first_size();
    let before = std::mem::replace(&mut state.defaults, model.defaults);
    model.defaults.replace(&before, &mut state.draft);
    let chosen = state.size_is_chosen.then_some((state.draft.width, state.draft.height));
    (state.draft.width, state.draft.height) = chosen.map_or(size, |size| model.fixed_size.applied_to(size));
    state.size_is_chosen = true;
    let unsent = state.waiting.iter_mut().filter(|job| !job.is_sent);
    let requests = unsent.map(|job| {
        model.defaults.replace(&before, &mut job.settings);
        (job.settings.width, job.settings.height) = size;
        job.is_sent = true;
        let (settings, branch) = (job.settings.clone(), job.branch.clone());
        // Nobody has read it for this model yet.
        Effect::Request(Request::Generate { id: job.id, settings, prompt: None, branch })
    });
    requests.collect()
}

/// Stops the running job; what waits goes on.
pub(super) fn stop(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.running.as_mut().filter(|run| !run.stopping) else { return Vec::new() };
    run.stopping = true;
    vec![Effect::Cancel(run.job.id)]
}

/// A steering control moved. A picture that is being painted goes on with it from its next step; a finished one is
/// repainted at once if runs are short. While that goes on nothing is asked for: its end asks for what is wanted then.
pub(super) fn steer(state: &mut State) -> Vec<Effect> {
    // One that was asked for in a comparison keeps the control that its column names.
    let is_watched = |run: &&Run| {
        run.job.steering.is_none_or(|steering| !steering.in_place)
            && state.shown == Some(run.job.id)
            && !is_compared(state, run.job.id)
    };
    if let Some(run) = state.running.as_ref().filter(is_watched) {
        let (control, groups) = (Box::new(state.draft.control.clone()), groups_for(state, &run.job.settings));
        return vec![Effect::Steer(run.job.id, control, groups)];
    }
    let Some(settings) = steered(state) else { return Vec::new() };
    if state.running.is_some() || !state.waiting.is_empty() || !runs_are_short(state) {
        return Vec::new();
    }
    let steering = Steering { drag: state.counters.drags, in_place: true };
    ask(state, settings, Some(steering)).1
}

/// A steering control was let go: the last wish is painted, however long it takes.
pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    // A field that was only visited asks for nothing.
    if !std::mem::take(&mut state.control_moved) {
        return Vec::new();
    }
    let steering = Steering { drag: state.counters.drags, in_place: runs_are_short(state) };
    state.counters.drags += 1;
    let is_busy = state.running.is_some() || !state.waiting.is_empty();
    match steered(state) {
        // If a repaint of this drag runs, its end asks for the rest.
        Some(settings) if !is_busy => ask(state, settings, Some(steering)).1,
        _ => Vec::new(),
    }
}

fn is_compared(state: &State, job: JobId) -> bool {
    let rows = state.comparison.iter().flat_map(|comparison| &comparison.rows);
    rows.flatten().any(|one| one.job == job)
}

/// Entities were changed by hand, which a control may act on.
pub(super) fn regrouped(state: &mut State) -> Vec<Effect> {
    if !state.draft.control.needs_groups() {
        return Vec::new();
    }
    state.control_moved = true;
    let mut effects = steer(state);
    effects.extend(settle(state));
    effects
}

/// The job left the queue.
pub(super) fn started(state: &mut State, id: JobId) {
    let Some(at) = state.waiting.iter().position(|job| job.id == id) else { return };
    let job = state.waiting.remove(at);
    state.running = Some(Run { job, painting: None, stopping: false });
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
    let was_seen = run.painting.is_some();
    let mut replaced = None;
    if let (Some(new), Some(newest)) = (steering, state.history.first())
        && newest.steering.is_some_and(|old| old.drag == new.drag)
    {
        replaced = Some((newest.painting.id, newest.entry));
    }
    let keep = Errand::Keep(painting.clone());
    put(state, Kept { painting, steering, entry: None });
    // A run that was over before its first step was seen was never shown.
    if steering.is_some() || state.shown.is_none() || !was_seen {
        show(state, id);
    }
    let mut effects = go_on_steering(state, steering);
    if effects.is_empty() {
        // Of a drag only where it came to rest is worth the disk.
        effects.push(Effect::Run(keep));
    }
    if let Some((replaced, entry)) = replaced {
        state.history.retain(|kept| kept.painting.id != replaced);
        match entry {
            Some(entry) => effects.push(Effect::Run(Errand::Forget(entry))),
            // It may be on its way there.
            None => state.replaced.push(replaced),
        }
    }
    effects
}

/// A painting lies on disk. One that a drag has replaced meanwhile has no business there.
pub(super) fn kept(state: &mut State, id: JobId, entry: EntryId) -> Vec<Effect> {
    if let Some(kept) = state.history.iter_mut().find(|kept| kept.painting.id == id) {
        kept.entry = Some(entry);
    }
    match state.replaced.iter().position(|&replaced| replaced == id) {
        Some(at) => {
            state.replaced.swap_remove(at);
            vec![Effect::Run(Errand::Forget(entry))]
        }
        None => Vec::new(),
    }
}

/// Takes a painting into memory; the oldest go, and come back from disk when they are asked for.
pub(super) fn put(state: &mut State, kept: Kept) {
    let new = kept.painting.id;
    // What comes back from disk goes where it was.
    let is_older = |other: &Kept| kept.entry.is_none_or(|new| other.entry.is_some_and(|other| other < new));
    let at = state.history.iter().position(is_older).unwrap_or(state.history.len());
    state.history.insert(at, kept);
    let spared: Vec<JobId> = state
        .history
        .iter()
        .map(|kept| kept.painting.id)
        .filter(|&id| id == new || state.shown == Some(id) || is_compared(state, id))
        .collect();
    let (mut bytes, mut place) = (0, 0);
    state.history.retain(|kept| {
        bytes += kept.painting.bytes();
        place += 1;
        let fits = place <= KEPT_PAINTINGS && bytes <= KEPT_BYTES;
        fits || spared.contains(&kept.painting.id)
    });
}

/// Asks for a painting of an earlier session.
pub(super) fn open_entry(state: &mut State, entry: EntryId) -> Vec<Effect> {
    // It is on its way.
    if state.opening.contains(&entry) {
        return Vec::new();
    }
    state.opening.push(entry);
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

/// The job ended without a picture. What was shown of it can still be looked at.
pub(super) fn ended(state: &mut State, id: JobId) -> Vec<Effect> {
    state.waiting.retain(|job| job.id != id);
    let Some(run) = state.running.take_if(|run| run.job.id == id) else { return Vec::new() };
    if let Some(painting) = run.painting.filter(|_| state.shown == Some(id)) {
        // A stopped run can still be looked at and scrubbed.
        put(state, Kept { painting, steering: run.job.steering, entry: None });
    }
    looks::ask(state)
}

/// Shows a kept painting with the settings that made it.
pub(super) fn reopen(state: &mut State, id: JobId) {
    let Some(kept) = state.history.iter().find(|kept| kept.painting.id == id) else { return };
    let painting = kept.painting.clone();
    let whole = from_the_seed(&painting.settings, painting.branch.as_deref());
    let settings = whole.unwrap_or_else(|| painting.settings.clone());
    take_settings(state, settings);
    if state.reader.is_none() {
        state.reading = Arc::new(Reading::from(painting.words.clone()));
    }
    show(state, id);
    state.view.step = None;
    state.view.playing = false;
}

/// Makes `settings` the draft.
pub(super) fn take_settings(state: &mut State, settings: Settings) {
    let reading = state.reader.as_ref().map(|reader| reader.read(&settings.prompt));
    state.reading = Arc::new(reading.unwrap_or_default());
    if settings.groups.by_hand {
        state.corrections.keep(&settings.prompt, &settings.groups);
    }
    state.draft = settings;
    state.picked = None;
    (state.size_is_chosen, state.seed_is_fixed) = (true, true);
}

/// Asks for a picture; gives the job's name.
pub(super) fn ask(state: &mut State, settings: Settings, steering: Option<Steering>) -> (JobId, Vec<Effect>) {
    commission(state, settings, steering, None)
}

/// Goes on from the step with this index of the shown painting, with the draft's settings as far as a run can change
/// them.
pub(super) fn branch(state: &mut State, step: usize) -> Vec<Effect> {
    let Some(parent) = state.shown().map(|shown| shown.painting.clone()) else { return Vec::new() };
    let (from, draft) = (&parent.settings, &state.draft);
    // A branch keeps its parent's words; others that are typed by now are for the next picture.
    let text = if draft.prompt == from.prompt { draft } else { from };
    let settings = Settings {
        prompt: text.prompt.clone(),
        control: draft.steer_at(step).control,
        groups: text.steer_at(step).groups,
        width: from.width,
        height: from.height,
        steps: from.steps,
        sampler: from.sampler,
        seed: from.seed,
        changes: draft.changes.iter().filter(|change| change.step > step).cloned().collect(),
        ..draft.clone()
    };
    commission(state, settings, None, Some(Branch { parent, step })).1
}

fn commission(
    state: &mut State,
    settings: Settings,
    steering: Option<Steering>,
    branch: Option<Branch>,
) -> (JobId, Vec<Effect>) {
    state.counters.jobs += 1;
    let id = JobId(state.counters.jobs);
    let is_sent = state.size_is_chosen;
    let prompt = known_prompt(state, &settings.prompt);
    let request = Request::Generate { id, settings: settings.clone(), prompt, branch: branch.clone() };
    state.waiting.push(Job { id, settings, steering, branch, is_sent });
    let request = is_sent.then_some(Effect::Request(request));
    (id, request.into_iter().collect())
}

/// This text as the draft or the shown painting has it read; the worker reads any other.
fn known_prompt(state: &State, text: &str) -> Option<Arc<Prompt>> {
    let shown = state.shown().and_then(|shown| shown.painting.prompt.as_ref());
    let mut known = state.reading.prompt.as_ref().into_iter().chain(shown);
    known.find(|prompt| prompt.source == text).cloned()
}

/// Switches to a painting and keeps the chosen words, as far as it has them.
fn show(state: &mut State, id: JobId) {
    let before = state.shown().map(|shown| shown.reading.clone());
    state.shown = Some(id);
    let Some(now) = state.shown().map(|shown| shown.reading.clone()) else { return };
    let view = &mut state.view;
    for parts in [&mut view.selected, &mut view.pinned_words] {
        let known = before.iter().flat_map(|before| parts.iter().map(|&part| now.counterpart(part, before)));
        // Two words can have the same counterpart.
        let mut seen = HashSet::new();
        *parts = known.flatten().filter(|&part| seen.insert(part)).collect();
    }
    if view.selected.is_empty() {
        view.selected = now.parts(true, false).into_iter().take(1).collect();
    }
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
    let is_done = state.history.iter().any(|kept| kept.painting.id == painting.id);
    let wanted = Settings {
        control: state.draft.control.clone(),
        groups: groups_for(state, &painting.settings),
        changes: Vec::new(),
        ..painting.settings.clone()
    };
    let is_new = painting.settings.control != wanted.control
        || (painting.settings.groups != wanted.groups && wanted.control.needs_groups());
    (is_done && is_new && state.can_generate() && state.is_of_loaded(painting)).then_some(wanted)
}

/// The groups for a repaint: the draft's if it is the same prompt.
fn groups_for(state: &State, settings: &Settings) -> Groups {
    let draft = &state.draft;
    if draft.prompt == settings.prompt { draft.groups.clone() } else { settings.groups.clone() }
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
    // It may have been steered there while it was painted.
    let last = state.shown().and_then(|shown| shown.painting.steps.last().map(|step| step.steer.clone()));
    if !steering.in_place && last.is_some_and(|last| last.control == state.draft.control) {
        return Vec::new();
    }
    match steered(state) {
        Some(settings) => ask(state, settings, Some(steering)).1,
        None => Vec::new(),
    }
}
