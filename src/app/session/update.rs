//! The one place where the session changes. Pure: no egui, no clock, no files; what has to happen outside comes back as
//! [`Effect`]s.

use super::{
    super::backend::Message,
    Session,
    command::{Command, Input},
    effect::Effect,
    gallery::Kept,
    rules::{asking, comparing, filing, painting, showing, steering},
};
use tauscope_studio::painting::ModelSource;

/// Applies `input` and returns what has to be done outside.
pub fn update(session: &mut Session, input: impl Into<Input>) -> Vec<Effect> {
    match input.into() {
        Input::Command(command) => on_command(session, command),
        Input::Message(message) => on_message(session, message),
        Input::Live(live) => {
            painting::advanced(session, live);
            Vec::new()
        }
        Input::Reader(reader) => session.draft.read_with(reader),
        Input::FolderChosen(Some(folder)) => asking::open_model(session, ModelSource::Folder(folder)),
        Input::FolderChosen(None) => Vec::new(),
    }
}

fn on_command(session: &mut Session, command: Command) -> Vec<Effect> {
    match command {
        Command::Draft(command) => session.draft.update(command),
        Command::Queue(command) => session.queue.update(command),
        Command::Compare(command) => session.compare.update(command),
        Command::Model(command) => session.models.update(command),
        Command::View(command) => showing::look(session, command),
        Command::Preferences(command) => session.preferences.update(command),
        Command::Dismiss(index) => {
            session.notices.dismiss(index);
            Vec::new()
        }
        Command::Open(source) => asking::open_model(session, source),
        Command::Generate => asking::generate(session),
        Command::Branch(step) => asking::branch(session, step),
        Command::ReuseSeed => {
            showing::reuse_seed(session);
            Vec::new()
        }
        Command::Steer(control) => steering::steer(session, *control),
        Command::SteeringSettled => steering::settle(session),
        Command::KeepPreset => steering::keep_preset(session),
        Command::AssignPicked(owner) => steering::assign_picked(session, owner),
        Command::StartComparison => comparing::start(session),
        Command::StartSweep => comparing::start_sweep(session),
        Command::CompareMore => comparing::add(session),
        Command::Reopen(id) => showing::reopen(session, id),
        Command::OpenEntry(entry) => filing::open_entry(session, entry),
        Command::Save(what) => showing::save(session, what),
    }
}

fn on_message(session: &mut Session, message: Message) -> Vec<Effect> {
    match message {
        Message::Worker(event) => return painting::on_event(session, event),
        Message::Entities { prompt, found } => return steering::entities_found(session, &prompt, found),
        Message::Saved(text) => session.notices.notify(text),
        Message::History(entries) => session.gallery.set_archive(entries),
        Message::CachedModels(models) => session.models.set_cached(models),
        Message::Kept(job, entry) => return session.gallery.on_kept(job, entry),
        Message::Opened { entry, painting } => {
            return filing::opened(session, entry, Kept { painting, steering: None, entry: Some(entry) });
        }
        Message::Welcome { entry, painting } => {
            filing::welcome(session, Kept { painting, steering: None, entry });
        }
        Message::Settings(saved) => return filing::take_settings(session, &saved),
        Message::Failed { attempt, error } => filing::failed(session, attempt, &error),
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
