//! What the worker tells: a model comes or goes, a job begins, goes on and ends.

use std::sync::Arc;

use super::{
    super::{super::backend::Errand, Session, effect::Effect, gallery::Kept},
    showing, steering,
};
use tauscope_core::error::Error;
use tauscope_studio::{
    painting::{JobId, ModelInfo, Painting},
    worker::Event,
};

/// The worker tells something.
pub(in super::super) fn on_event(session: &mut Session, event: Event) -> Vec<Effect> {
    match event {
        Event::Loading { stage, fraction } => session.models.progress(stage, fraction),
        Event::Loaded(model) => return loaded(session, model),
        Event::LoadFailed(error) => load_failed(session, &error),
        Event::Unloaded => session.models.unloaded(),
        Event::Looked(Ok(looked)) => session.inspection.keep_looked(*looked),
        Event::Decoded(Ok(decoded)) => session.inspection.keep_decoded(decoded),
        Event::Looked(Err(error)) | Event::Decoded(Err(error)) => {
            session.inspection.fail();
            session.notices.complain(&error);
        }
        Event::Started(id) => session.queue.start(id),
        // How far it has come is not in the event: see `advanced`.
        Event::Advanced(_) => {}
        Event::Noticed(_, notice) if notice.stands_in_the_window() => {}
        Event::Noticed(_, notice) => session.notices.notify(notice.to_string()),
        Event::Finished(id, painting) => return finished(session, id, painting),
        Event::Cancelled(id) => return ended(session, id),
        Event::Failed(id, error) => {
            session.notices.complain(&error);
            return ended(session, id);
        }
    }
    Vec::new()
}

/// The running job has come this far. Its first step takes the place of what was shown.
pub(in super::super) fn advanced(session: &mut Session, painting: Arc<Painting>) {
    let first = session.queue.advance(painting).filter(|run| !run.is_in_place());
    if let Some(id) = first.map(|run| run.job.id) {
        showing::show(session, id);
        session.view.follow();
    }
}

/// A model is there: the draft and the jobs that waited for it take what suits it.
fn loaded(session: &mut Session, model: Arc<ModelInfo>) -> Vec<Effect> {
    if !session.models.end_load() {
        return Vec::new();
    }
    let before = session.draft.suit(&model);
    let mut effects = session.queue.send_with_size(&model, &before);
    session.models.loaded(model);
    effects.extend(showing::inspect(session));
    effects.push(Effect::Remember);
    effects
}

fn load_failed(session: &mut Session, error: &Error) {
    if !session.models.end_load() {
        return;
    }
    session.queue.drop_unsent();
    session.models.failed();
    if !matches!(error, Error::Cancelled) {
        session.notices.complain(error);
    }
}

/// The picture is done: it is kept, and shown if the run was watched.
fn finished(session: &mut Session, id: JobId, painting: Arc<Painting>) -> Vec<Effect> {
    let Some(run) = session.queue.end(id) else { return Vec::new() };
    let steering = run.job.steering;
    let replaced = session.gallery.newest_of_drag(steering);
    let errand = Errand::Keep(Arc::clone(&painting));
    showing::keep(session, Kept { painting, steering, entry: None });
    // A run that was over before its first step was seen was never shown.
    if steering.is_some() || session.gallery.shown().is_none() || run.painting.is_none() {
        showing::show(session, id);
    }
    let mut effects = steering::go_on(session, steering);
    if effects.is_empty() {
        // Of a drag only where it came to rest is worth the disk.
        effects.push(Effect::Run(errand));
    }
    effects.extend(replaced.and_then(|replaced| session.gallery.replace(replaced)));
    effects.extend(showing::inspect(session));
    effects
}

/// The job ended without a picture. What was shown of it can still be looked at and scrubbed.
fn ended(session: &mut Session, id: JobId) -> Vec<Effect> {
    let Some(run) = session.queue.end(id) else { return Vec::new() };
    if let Some(painting) = run.painting.filter(|_| session.gallery.shown() == Some(id)) {
        showing::keep(session, Kept { painting, steering: run.job.steering, entry: None });
    }
    showing::inspect(session)
}
