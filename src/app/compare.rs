//! The same seed under several controls, side by side: which, and what they differ in. Part of [`super::update()`].

use super::{
    command::Effect,
    jobs,
    state::{Kept, State},
};
use tauscope_core::{
    attention::{Control, MASK_STRENGTH, TAU},
    diffusion::Settings,
};
use tauscope_studio::painting::JobId;

/// What is compared: rows of columns, of which a plain comparison has one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What all have in common.
    pub base: Settings,
    /// From top to bottom.
    pub rows: Vec<Vec<Contestant>>,
    /// Where the wipe between the first and the last is, 0..1 from the left, while it is used.
    pub wipe: Option<f32>,
}

/// One of those that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// "Original", "τ 0.70".
    pub name: String,
    /// How it is steered.
    pub control: Control,
    /// Who paints it.
    pub job: JobId,
}

/// Values of τ and of the mask's strength that a sweep goes through.
const SWEEP_TAU: [f32; 3] = [1.0, 0.8, 0.6];
const SWEEP_MASK: [f32; 3] = [0.0, 0.5, 1.0];

/// Compares the draft with the same seed left alone and, if there are entities, with Structured Diffusion. A draft that
/// steers nothing is compared as our reading of the paper would steer it.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    let base = base(state);
    let control = &state.draft.control;
    let (name, ours) = if *control == Control::neutral() {
        ("Our reading of the paper", Control::our_reading())
    } else {
        ("With your controls", control.clone())
    };
    let mut row = vec![("Original".to_owned(), Control::neutral())];
    if !base.groups.list.is_empty() && !ours.structured {
        row.push(("Structured Diffusion".to_owned(), Control { structured: true, ..Control::neutral() }));
    }
    row.push((name.to_owned(), ours));
    begin(state, base, vec![row])
}

/// Goes through values of τ (down) and of the mask's strength (across), everything else as in the draft.
pub(super) fn sweep(state: &mut State) -> Vec<Effect> {
    let base = base(state);
    let masks: &[f32] = if base.groups.list.len() < 2 { &SWEEP_MASK[..1] } else { &SWEEP_MASK };
    let cell = |tau: f32, strength: f32| {
        let control = MASK_STRENGTH.with(&TAU.with(&state.draft.control, tau), strength);
        (format!("{} {tau:.2} · {} {strength:.2}", TAU.label, MASK_STRENGTH.label), control)
    };
    let rows = SWEEP_TAU.iter().map(|&tau| masks.iter().map(|&mask| cell(tau, mask)).collect()).collect();
    begin(state, base, rows)
}

/// Adds the draft's control to the row.
pub(super) fn add(state: &mut State) -> Vec<Effect> {
    let Some(comparison) = state.comparison.clone() else { return compare(state) };
    let control = state.draft.control.clone();
    let (job, effects) = painted(state, &Settings { control: control.clone(), ..comparison.base });
    if let Some(row) = state.comparison.as_mut().and_then(|comparison| comparison.rows.first_mut()) {
        // The same once more says nothing new.
        if row.iter().all(|one| one.job != job) {
            row.push(Contestant { name: format!("Yours, {}", row.len() + 1), control, job });
        }
    }
    effects
}

/// Takes a column out; what was painted stays in the history.
pub(super) fn remove(state: &mut State, job: JobId) {
    if let Some(comparison) = &mut state.comparison {
        comparison.rows.iter_mut().for_each(|row| row.retain(|one| one.job != job));
        comparison.rows.retain(|row| !row.is_empty());
    }
    state.comparison.take_if(|comparison| comparison.rows.is_empty());
}

fn begin(state: &mut State, base: Settings, rows: Vec<Vec<(String, Control)>>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut contest = |(name, control): (String, Control)| {
        let (job, asked) = painted(state, &Settings { control: control.clone(), ..base.clone() });
        effects.extend(asked);
        Contestant { name, control, job }
    };
    let rows = rows.into_iter().map(|row| row.into_iter().map(&mut contest).collect()).collect();
    state.comparison = Some(Comparison { base, rows, wipe: None });
    effects
}

/// What all have in common: the draft, with the seed of the shown picture if that is the same prompt.
fn base(state: &State) -> Settings {
    let mut base = Settings { changes: Vec::new(), ..state.draft.clone() };
    if let Some(shown) = state.shown()
        && shown.painting.settings.prompt == base.prompt
    {
        base.seed = shown.painting.settings.seed;
    }
    base
}

/// Who paints these settings: a picture that is there already, or a new job.
fn painted(state: &mut State, settings: &Settings) -> (JobId, Vec<Effect>) {
    let is_same = |kept: &&Kept| {
        let painting = &kept.painting;
        painting.image.is_some()
            && state.is_of_loaded(painting)
            && painting.branch.is_none()
            && painting.settings == *settings
    };
    if let Some(kept) = state.history.iter().find(is_same) {
        return (kept.painting.id, Vec::new());
    }
    let waits = state.waiting.iter().find(|job| job.branch.is_none() && job.settings == *settings);
    match waits.map(|job| job.id) {
        Some(id) => (id, Vec::new()),
        None => jobs::ask(state, settings.clone(), None),
    }
}
