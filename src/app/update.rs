//! The one place where the state changes. Pure: no egui, no clock, no files; what has to happen outside comes back as
//! [`Effect`]s.

use std::{path::PathBuf, sync::Arc};

use super::{
    backend::{Errand, Message},
    command::{Command, Effect, Input},
    compare, entities, jobs, looks,
    reading::{Part, Reading},
    remembered::{ThemeChoice, remember_folder},
    state::{Kept, Model, State},
    view::{Mode, Page, View},
};
use tauscope_studio::{
    painting::{Borrowed, ModelSource},
    worker::{Event, Request},
};

/// Applies `input` and returns what has to be done outside.
pub fn update(state: &mut State, input: impl Into<Input>) -> Vec<Effect> {
    match input.into() {
        Input::Command(command) => obey(state, command),
        Input::Message(Message::Worker(event)) => hear(state, event),
        Input::Message(Message::Saved(text)) => {
            state.notify(text, false);
            Vec::new()
        }
        Input::Message(Message::Failed(error)) => {
            // Which errand it was is not told.
            state.opening.clear();
            state.complain(&error);
            Vec::new()
        }
        Input::Message(Message::Groups { prompt, found }) => entities::found(state, &prompt, found),
        Input::Message(Message::Settings(borrowed)) => {
            let Borrowed { settings, is_whole } = *borrowed;
            jobs::take_settings(state, settings);
            let then = match is_whole {
                true => "Generate paints with them.",
                false => "It went on from a picture with other settings, so Generate paints another one.",
            };
            state.notify(format!("The picture's settings are in. {then}"), false);
            entities::look(state).into_iter().chain([Effect::Remember]).collect()
        }
        Input::Message(Message::History(entries)) => {
            state.archive = entries;
            Vec::new()
        }
        Input::Message(Message::CachedModels(models)) => {
            state.cached_models = models;
            Vec::new()
        }
        Input::Message(Message::Kept(job, entry)) => jobs::kept(state, job, entry),
        Input::Message(Message::Opened { entry, painting }) => {
            state.opening.retain(|&other| other != entry);
            let known = state.history.iter().find(|kept| kept.entry == Some(entry));
            let id = known.map_or(painting.id, |kept| kept.painting.id);
            if known.is_none() {
                jobs::put(state, Kept { painting, steering: None, entry: Some(entry) });
            }
            jobs::reopen(state, id);
            looks::ask(state)
        }
        Input::Message(Message::Welcome { entry, painting }) => {
            jobs::welcome(state, Kept { painting, steering: None, entry });
            Vec::new()
        }
        Input::Live(painting) => {
            jobs::advanced(state, painting);
            Vec::new()
        }
        Input::Reader(reader) => {
            state.reading = Arc::new(reader.read(&state.draft.prompt));
            state.reader = Some(reader);
            entities::look(state)
        }
        Input::FolderChosen(None) => Vec::new(),
        Input::FolderChosen(Some(folder)) => obey(state, Command::Open(ModelSource::Folder(folder))),
    }
}

fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Prompt(text) => {
            state.reading = Arc::new(state.reader.as_ref().map_or_else(Reading::default, |r| r.read(&text)));
            return entities::typed(state, text);
        }
        Command::EditEntities(editing) => state.picked = editing.then(Vec::new),
        Command::PickWord(word) => entities::pick(state, word),
        Command::AssignPicked(owner) => {
            entities::assign(state, owner);
            return jobs::regrouped(state).into_iter().chain([Effect::Remember]).collect();
        }
        Command::AutomaticEntities => {
            return entities::automatic(state).into_iter().chain([Effect::Remember]).collect();
        }
        Command::NegativePrompt(text) => state.draft.negative_prompt = (!text.is_empty()).then_some(text),
        Command::Size(width, height) => {
            (state.draft.width, state.draft.height) = (width, height);
            state.size_is_chosen = true;
        }
        Command::Steps(steps) => {
            state.draft.steps = steps;
            state.draft.changes.clear();
        }
        Command::Guidance(scale) => state.draft.guidance_scale = scale,
        Command::Seed(seed) => (state.draft.seed, state.seed_is_fixed) = (seed, true),
        Command::SeedIsFixed(fixed) => state.seed_is_fixed = fixed,
        Command::ReuseSeed => {
            if let Some(seed) = state.shown().map(|shown| shown.painting.settings.seed) {
                (state.draft.seed, state.seed_is_fixed) = (seed, true);
            }
        }
        Command::Sampler(sampler) => state.draft.sampler = sampler,
        Command::Control(control) => {
            state.draft.control = *control;
            state.control_moved = true;
            // Whatever was changed while an earlier picture was painted, this one is steered so from the start.
            state.draft.changes.clear();
            return jobs::steer(state);
        }
        Command::KeepPreset => {
            state.own_preset = Some(state.draft.control.clone());
            return vec![Effect::Remember];
        }
        Command::SteeringSettled => return jobs::settle(state),
        Command::Generate => return jobs::generate(state),
        Command::Branch(step) => return jobs::branch(state, step),
        Command::Compare => {
            state.view.page = Page::Compare;
            return compare::compare(state);
        }
        Command::Sweep => {
            state.view.page = Page::Compare;
            return compare::sweep(state);
        }
        Command::CompareMore => return compare::add(state),
        Command::CompareRemove(job) => compare::remove(state, job),
        Command::Wipe(at) => {
            if let Some(comparison) = &mut state.comparison {
                comparison.wipe = at;
            }
        }
        Command::Stop => return jobs::stop(state),
        Command::ClearQueue => {
            return state.waiting.drain(..).map(|job| Effect::Cancel(job.id)).collect();
        }
        Command::Unqueue(id) => {
            state.waiting.retain(|job| job.id != id);
            return vec![Effect::Cancel(id)];
        }
        Command::Open(source) => return open(state, source),
        Command::CancelLoading => return vec![Effect::CancelLoading],
        Command::BrowseFolder => return vec![Effect::BrowseFolder],
        Command::FolderPath(path) => state.folder_path = path,
        Command::LookAt(place) => {
            state.view.patch = Some(place);
            return looks::ask(state);
        }
        Command::TakeSettings(path) => return vec![Effect::Run(Errand::ReadSettings(path))],
        Command::Reopen(id) => {
            jobs::reopen(state, id);
            return looks::ask(state);
        }
        Command::OpenEntry(entry) => return jobs::open_entry(state, entry),
        Command::Save(what) => {
            return state.shown().map_or_else(Vec::new, |shown| {
                let (painting, shown) = (shown.painting.clone(), state.as_shown());
                vec![Effect::Run(Errand::Save { what, shown, painting })]
            });
        }
        Command::SaveSettings(with) => {
            state.saves_without_settings = !with;
            return vec![Effect::Remember];
        }
        Command::ToggleTheme => {
            state.theme = match state.theme {
                ThemeChoice::Dark => ThemeChoice::Light,
                ThemeChoice::Light => ThemeChoice::Dark,
            };
            return vec![Effect::Remember];
        }
        Command::Help(open) => state.help = open,
        Command::Dismiss(index) => {
            if index < state.notices.len() {
                state.notices.remove(index);
            }
        }
        command => {
            look(state, command);
            return looks::ask(state);
        }
    }
    Vec::new()
}

/// Commands that change how a painting is looked at, and nothing else.
fn look(state: &mut State, command: Command) {
    let tiles = state.shown().map_or_else(Vec::new, |shown| state.view.tiles(shown.reading));
    let (current, last) = state.shown().map_or((0, 0), |shown| {
        (shown.step(&state.view).unwrap_or(0), shown.painting.steps.len().saturating_sub(1))
    });
    let view = &mut state.view;
    match command {
        Command::Page(page) => view.page = page,
        Command::WithoutTau(without) => view.without_tau = without,
        Command::Mode(mode) => view.mode = mode,
        Command::ColorMap(colors) => view.color_map = colors,
        Command::Layers(layers) => view.layers = layers,
        Command::Time(time) => view.time = time,
        Command::Patches(patches) => view.patches = patches,
        Command::SameScale(same) => view.same_scale = same,
        Command::TileSize(size) => view.tile_size = size,
        Command::Others(others) => view.others = others,
        Command::Pieces(pieces) => view.pieces = pieces,
        Command::Decodes(decodes) => view.decodes = decodes,
        Command::PinWord(part) => match view.pinned_words.iter().position(|&other| other == part) {
            Some(at) => drop(view.pinned_words.remove(at)),
            None => view.pinned_words.push(part),
        },
        Command::Select { part, add } => select(view, part, add),
        Command::Choose(part) => view.selected = vec![part],
        Command::SelectNth(index) => {
            if let Some(&part) = tiles.get(index) {
                select(view, part, false);
            }
        }
        Command::Hover(part) => view.hovered = part,
        Command::Pin(place) => view.pinned = place,
        Command::Frame(framing) => view.framing = framing,
        Command::Peek(peeking) => view.peeking = peeking,
        Command::Step(step) => (view.step, view.playing) = (Some(step.min(last)), false),
        Command::StepBy(by) => {
            (view.step, view.playing) = (Some(current.saturating_add_signed(by).min(last)), false);
        }
        Command::Follow => (view.step, view.playing) = (None, false),
        Command::Play(true) if last > 0 => {
            // From the end, playing begins anew.
            view.step = Some(if current == last { 0 } else { current });
            view.playing = true;
        }
        Command::Play(_) => view.playing = false,
        Command::PlayTick if view.playing => {
            view.step = Some((current + 1).min(last));
            view.playing = current + 1 < last;
        }
        _ => {}
    }
}

/// A click on a word shows its heat; a click on the only one chosen shows the bare picture again.
fn select(view: &mut View, part: Part, add: bool) {
    if add {
        match view.selected.iter().position(|&other| other == part) {
            Some(at) if view.selected.len() > 1 => {
                view.selected.remove(at);
            }
            Some(_) => {}
            None => view.selected.push(part),
        }
        view.mode = Mode::Overlay;
    } else if view.selected == [part] && view.mode == Mode::Overlay {
        view.mode = Mode::Picture;
    } else {
        view.selected = vec![part];
        view.mode = Mode::Overlay;
    }
}

fn open(state: &mut State, source: ModelSource) -> Vec<Effect> {
    (state.asked_look, state.asked_decode) = (None, None);
    state.loads += 1;
    state.model =
        Model::Loading { source: source.clone(), stage: "Opening the model".to_owned(), fraction: None };
    vec![Effect::Request(Request::Load(source))]
}

fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Loading { stage: now, fraction: share } => {
            // After a panic the worker loads the model anew, unasked.
            let source = match &state.model {
                Model::Loading { source, .. } | Model::Failed(source) => source.clone(),
                Model::Ready(model) => model.source.clone(),
                Model::None => return Vec::new(),
            };
            // One that nobody asked for counts too: another may be wanted before it ends.
            state.loads = state.loads.max(1);
            state.model = Model::Loading { source, stage: now, fraction: share };
        }
        Event::Loaded(_) | Event::LoadFailed(_) if state.loads > 1 => state.loads -= 1,
        Event::Loaded(model) => {
            state.loads = 0;
            let requests = jobs::settle_size(state, &model);
            if let ModelSource::Folder(folder) = &model.source {
                remember_folder(&mut state.recent, folder);
            }
            state.model = Model::Ready(model);
            let asked = looks::ask(state);
            return requests.into_iter().chain(asked).chain([Effect::Remember]).collect();
        }
        Event::LoadFailed(error) => {
            state.loads = 0;
            state.waiting.retain(|job| job.is_sent);
            if let Model::Loading { source, .. } = &state.model {
                state.model = Model::Failed(source.clone());
            }
            if !matches!(error, tauscope_core::Error::Cancelled) {
                state.complain(&error);
            }
        }
        Event::Looked(Ok(looked)) => state.looked = Some(*looked),
        Event::Looked(Err(error)) | Event::Decoded(Err(error)) => state.complain(&error),
        Event::Decoded(Ok(decoded)) => state.keep_decoded(decoded),
        Event::Unloaded => state.model = Model::None,
        Event::Started(id) => jobs::started(state, id),
        Event::Advanced(_) => {}
        Event::Noticed(_, notice) => state.notify(notice.to_string(), false),
        Event::Finished(id, painting) => {
            let mut effects = jobs::finished(state, id, painting);
            effects.extend(looks::ask(state));
            return effects;
        }
        Event::Cancelled(id) => return jobs::ended(state, id),
        Event::Failed(id, error) => {
            state.complain(&error);
            return jobs::ended(state, id);
        }
    }
    Vec::new()
}

/// The sizes offered for a model of this native size: square, then ever wider and higher, all of about the same
/// area and in multiples of 32. Pixels, with the aspect in words.
pub(super) fn size_presets(native: usize) -> Vec<(usize, usize, &'static str)> {
    let side = |share: f32| ((native as f32 * share / 32.0).round() as usize).max(1) * 32;
    // SDXL's own buckets are 1152 x 896, 1216 x 832, 1344 x 768 and 1536 x 640 around 1024.
    let mut presets = vec![(side(1.0), side(1.0), "square")];
    for (long, short, wide, high) in [
        (1.125, 0.875, "landscape 5:4", "portrait 4:5"),
        (1.1875, 0.8125, "landscape 3:2", "portrait 2:3"),
        (1.3125, 0.75, "landscape 16:9", "portrait 9:16"),
        (1.5, 0.625, "wide 12:5", "tall 5:12"),
    ] {
        let (long, short) = (side(long), side(short));
        if !presets.iter().any(|&(width, height, _)| (width, height) == (long, short)) {
            presets.push((long, short, wide));
            presets.push((short, long, high));
        }
    }
    presets
}

/// What is known of a path typed into the window: trimmed, and `~` is the home folder.
pub(super) fn typed_path(text: &str, home: Option<&std::path::Path>) -> Option<PathBuf> {
    let text = text.trim();
    match (text.strip_prefix("~/"), home) {
        _ if text.is_empty() => None,
        (Some(rest), Some(home)) => Some(home.join(rest)),
        _ => Some(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests;
