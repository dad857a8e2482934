//! Comparing the draft: the comparison says which controls, and pictures that are not there yet are asked for.

use super::{
    super::{
        Session,
        compare::{Contestant, Named, columns, sweep},
        effect::Effect,
        gallery::Kept,
        view::Page,
    },
    asking::ask,
};
use tauscope_core::diffusion::Settings;
use tauscope_studio::painting::JobId;

/// Compares the draft with the same seed left alone.
pub(in super::super) fn start(session: &mut Session) -> Vec<Effect> {
    let base = base(session);
    let row = columns(!base.entities.list.is_empty(), &base.control);
    begin(session, base, vec![row])
}

/// Goes through values of τ and of the mask's strength.
pub(in super::super) fn start_sweep(session: &mut Session) -> Vec<Effect> {
    let base = base(session);
    let rows = sweep(base.entities.list.len(), &base.control);
    begin(session, base, rows)
}

/// Adds the draft's control to the row.
pub(in super::super) fn add(session: &mut Session) -> Vec<Effect> {
    let Some(comparison) = session.compare.comparison() else { return start(session) };
    let control = session.draft.settings().control.clone();
    let settings = Settings { control: control.clone(), ..comparison.base.clone() };
    let (job, effects) = painted(session, settings);
    session.compare.add(control, job);
    effects
}

fn begin(session: &mut Session, base: Settings, rows: Vec<Vec<Named>>) -> Vec<Effect> {
    session.view.page = Page::Compare;
    let mut effects = Vec::new();
    let mut contestant = |(name, control): Named| {
        let (job, asked) = painted(session, Settings { control: control.clone(), ..base.clone() });
        effects.extend(asked);
        Contestant { name, control, job }
    };
    let rows = rows.into_iter().map(|row| row.into_iter().map(&mut contestant).collect()).collect();
    session.compare.begin(base, rows);
    effects
}

/// What all have in common: the draft, with the seed of the shown picture if that is the same prompt.
fn base(session: &Session) -> Settings {
    let mut base = Settings { changes: Vec::new(), ..session.draft.settings().clone() };
    if let Some(shown) = session.shown()
        && shown.painting.settings.prompt == base.prompt
    {
        base.seed = shown.painting.settings.seed;
    }
    base
}

/// The job that paints these settings: a picture that is there already, a job that waits, or a new one.
fn painted(session: &mut Session, settings: Settings) -> (JobId, Vec<Effect>) {
    let is_same = |kept: &&Kept| {
        let painting = &kept.painting;
        painting.image.is_some()
            && session.models.is_of_loaded(painting)
            && painting.branch.is_none()
            && painting.settings == settings
    };
    if let Some(kept) = session.gallery.history().iter().find(is_same) {
        return (kept.painting.id, Vec::new());
    }
    let waiting = session.queue.waiting();
    let waits = waiting.iter().find(|job| job.branch.is_none() && job.settings == settings);
    match waits.map(|job| job.id) {
        Some(id) => (id, Vec::new()),
        None => ask(session, settings, None),
    }
}
