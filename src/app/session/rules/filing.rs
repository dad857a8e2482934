//! The gallery and the disk: what the desk answers, and what it is asked to bring back.

use std::sync::Arc;

use super::{
    super::{super::backend::Attempt, Session, effect::Effect, gallery::Kept},
    showing,
};
use tauscope_core::{diffusion::Change, error::Error};
use tauscope_studio::{
    history::EntryId,
    painting::{PictureSettings, SavedSettings},
};

/// Asks for a painting of an earlier session, unless it is on its way.
pub(in super::super) fn open_entry(session: &mut Session, entry: EntryId) -> Vec<Effect> {
    if session.gallery.is_opening(entry) {
        return Vec::new();
    }
    let id = session.queue.new_id();
    session.gallery.open(entry, id)
}

/// A painting of an earlier session is back.
pub(in super::super) fn opened(session: &mut Session, entry: EntryId, kept: Kept) -> Vec<Effect> {
    let id = match session.gallery.end_opening(entry) {
        Some(known) => known,
        None => {
            let id = kept.painting.id;
            showing::keep(session, kept);
            id
        }
    };
    showing::reopen(session, id)
}

/// Something to look at while nothing was painted. The draft stays the person's.
pub(in super::super) fn welcome(session: &mut Session, kept: Kept) {
    let id = kept.painting.id;
    showing::keep(session, kept);
    if session.gallery.shown().is_none() {
        showing::show(session, id);
    }
}

/// A picture gave its settings.
pub(in super::super) fn take_settings(session: &mut Session, saved: &SavedSettings) -> Vec<Effect> {
    let model = session.models.ready().map(Arc::as_ref);
    let PictureSettings { settings, notices } = saved.settings(session.draft.settings(), model);
    session.draft.take(settings, None);
    session.notices.notify("The picture's settings are loaded. Generate paints with them.".to_owned());
    if !notices.is_empty() {
        let sentences: Vec<_> = notices.iter().map(ToString::to_string).collect();
        session.notices.notify(sentences.join("\n"));
    }
    // Other entities would paint another picture.
    let acts = |change: &Change| change.steer.control.needs_entities();
    let keeps_entities =
        matches!(saved, SavedSettings::Ours(_)) && session.draft.settings().controls().iter().any(acts);
    let found = if keeps_entities { Vec::new() } else { session.draft.find_entities() };
    found.into_iter().chain([Effect::Remember]).collect()
}

/// Something could not be done: it may be asked for again.
pub(in super::super) fn failed(session: &mut Session, attempt: Attempt, error: &Error) {
    match attempt {
        Attempt::Keep(id) => {
            session.gallery.take_replaced(id);
        }
        Attempt::Open(entry) => {
            session.gallery.end_opening(entry);
        }
        Attempt::Save
        | Attempt::Forget(_)
        | Attempt::ReadSettings
        | Attempt::ReadHistory
        | Attempt::ListModels
        | Attempt::ReadMaps
        | Attempt::Remember
        | Attempt::Steer(_) => {}
    }
    session.notices.complain(error);
}
