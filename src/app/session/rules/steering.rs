//! Steering: a control that moves, or entities that change, reach the run that is watched or repaint the picture that is
//! shown.

use super::{
    super::{
        Session,
        effect::Effect,
        queue::{Run, Steering, milliseconds_per_step},
    },
    asking::ask,
};
use tauscope_core::{
    attention::Control,
    diffusion::Settings,
    error::Result,
    prompt::{Entities, Owner},
};

/// A run at most this long is repainted while a steering control moves; a longer one when it is let go.
pub const LIVE_RUN_SECONDS: f32 = 3.0;

/// A steering control moved.
pub(in super::super) fn steer(session: &mut Session, control: Control) -> Vec<Effect> {
    session.draft.steer(control);
    follow_control(session)
}

/// A steering control was let go: the last wish is painted, however long it takes.
pub(in super::super) fn settle(session: &mut Session) -> Vec<Effect> {
    // A field that was only visited asks for nothing.
    let Some(drag) = session.draft.end_drag() else { return Vec::new() };
    let steering = Steering { drag, in_place: runs_are_short(session) };
    match steered(session) {
        // If a repaint of this drag runs, its end asks for the rest.
        Some(settings) if session.queue.is_idle() => ask(session, settings, Some(steering)).1,
        Some(_) | None => Vec::new(),
    }
}

/// The draft's control becomes the person's own preset.
pub(in super::super) fn keep_preset(session: &mut Session) -> Vec<Effect> {
    session.preferences.own_preset = Some(session.draft.settings().control.clone());
    vec![Effect::Remember]
}

/// Entities were changed by hand, which a control may act on.
pub(in super::super) fn assign_picked(session: &mut Session, owner: Owner) -> Vec<Effect> {
    session.draft.assign_picked(owner);
    let mut effects = Vec::new();
    if session.draft.settings().control.needs_entities() {
        session.draft.touch_control();
        effects.extend(follow_control(session));
        effects.extend(settle(session));
    }
    effects.push(Effect::Remember);
    effects
}

/// Entities were found, perhaps of a prompt that has been typed on since. A job that was asked for before gets them too,
/// and keeps the control that it is steered by meanwhile.
pub(in super::super) fn entities_found(
    session: &mut Session,
    prompt: &str,
    found: Result<Entities>,
) -> Vec<Effect> {
    match found {
        Ok(entities) => {
            session.draft.set_entities(prompt, &entities);
            let late = session.queue.set_entities(prompt, &entities).into_iter();
            late.map(|job| Effect::SetEntities(job, entities.clone())).collect()
        }
        Err(error) => {
            if session.draft.is_first_language_failure() {
                session.notices.complain(&error);
            }
            Vec::new()
        }
    }
}

/// After a repaint: paints what the control says by now, if it moved on.
pub(super) fn go_on(session: &mut Session, steering: Option<Steering>) -> Vec<Effect> {
    let Some(steering) = steering.filter(|_| session.queue.waiting().is_empty()) else { return Vec::new() };
    // It may have been steered there while it was painted.
    let last = session.shown().and_then(|shown| shown.painting.steps.last());
    let control = &session.draft.settings().control;
    if !steering.in_place && last.is_some_and(|last| last.steer.control == *control) {
        return Vec::new();
    }
    match steered(session) {
        Some(settings) => ask(session, settings, Some(steering)).1,
        None => Vec::new(),
    }
}

/// A picture that is being painted goes on with the draft's control from its next step; a finished one is repainted at
/// once if runs are short. While that goes on nothing is asked for: its end asks for what is wanted then.
fn follow_control(session: &mut Session) -> Vec<Effect> {
    if let Some(run) = session.queue.running().filter(|run| is_watched(session, run)) {
        let control = Box::new(session.draft.settings().control.clone());
        return vec![Effect::Steer(run.job.id, control, entities_for(session, &run.job.settings))];
    }
    match steered(session) {
        Some(settings) if session.queue.is_idle() && runs_are_short(session) => {
            let steering = Steering { drag: session.draft.drag(), in_place: true };
            ask(session, settings, Some(steering)).1
        }
        Some(_) | None => Vec::new(),
    }
}

/// Whether a run is steered by the draft's control. One that was asked for in a comparison keeps the control that its
/// column names.
fn is_watched(session: &Session, run: &Run) -> bool {
    let id = run.job.id;
    !run.is_in_place() && session.gallery.shown() == Some(id) && !session.compare.holds(id)
}

/// The shown painting's settings under the draft's control, if that differs and the painting is done.
fn steered(session: &Session) -> Option<Settings> {
    let painting = session.shown()?.painting;
    let is_done = session.gallery.kept(painting.id).is_some();
    let wanted = Settings {
        control: session.draft.settings().control.clone(),
        entities: entities_for(session, &painting.settings),
        changes: Vec::new(),
        ..painting.settings.clone()
    };
    let is_new = painting.settings.control != wanted.control
        || (painting.settings.entities != wanted.entities && wanted.control.needs_entities());
    let can_repaint = session.can_generate() && session.models.is_of_loaded(painting);
    (is_done && is_new && can_repaint).then_some(wanted)
}

/// The entities for a repaint: the draft's if it is the same prompt.
fn entities_for(session: &Session, settings: &Settings) -> Entities {
    let draft = session.draft.settings();
    if draft.prompt == settings.prompt { draft.entities.clone() } else { settings.entities.clone() }
}

fn runs_are_short(session: &Session) -> bool {
    session.shown().is_some_and(|shown| {
        let steps = shown.painting.settings.steps as f32;
        milliseconds_per_step(shown.painting).is_some_and(|each| each * steps < LIVE_RUN_SECONDS * 1000.0)
    })
}
