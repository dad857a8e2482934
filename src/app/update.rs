//! The one place where the state changes. Pure: no egui, no clock, no files; what has to happen outside comes back as
//! [`Effect`]s.

use std::{path::PathBuf, sync::Arc};

use super::{
    backend::{Errand, Message},
    command::{Command, Effect, Input},
    jobs,
    reading::{Part, Reading},
    remembered::{ThemeChoice, remember_folder},
    state::{Kept, Model, State},
    view::{Mode, View},
};
use crate::worker::{Event, ModelSource, Request};

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
            state.complain(&error);
            Vec::new()
        }
        Input::Message(Message::History(entries)) => {
            state.archive = entries;
            Vec::new()
        }
        Input::Message(Message::Kept(job, entry)) => {
            jobs::kept(state, job, entry);
            Vec::new()
        }
        Input::Message(Message::Opened { entry, painting, reading }) => {
            let id = painting.id;
            jobs::put(state, Kept { painting, reading, steering: None, entry: Some(entry) });
            jobs::reopen(state, id);
            Vec::new()
        }
        Input::Message(Message::Welcome { entry, painting, reading }) => {
            jobs::welcome(state, Kept { painting, reading, steering: None, entry });
            Vec::new()
        }
        Input::Live(painting) => {
            jobs::advanced(state, painting);
            Vec::new()
        }
        Input::Reader(reader) => {
            state.reading = Arc::new(reader.read(&state.draft.prompt));
            state.reader = Some(reader);
            Vec::new()
        }
        Input::FolderChosen(None) => Vec::new(),
        Input::FolderChosen(Some(folder)) => obey(state, Command::Open(ModelSource::Folder(folder))),
    }
}

fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Prompt(text) => {
            state.reading = Arc::new(state.reader.as_ref().map_or_else(Reading::default, |r| r.read(&text)));
            state.draft.prompt = text;
        }
        Command::NegativePrompt(text) => state.draft.negative_prompt = (!text.is_empty()).then_some(text),
        Command::Size(width, height) => (state.draft.width, state.draft.height) = (width, height),
        Command::Steps(steps) => state.draft.steps = steps,
        Command::Guidance(scale) => state.draft.guidance_scale = scale,
        Command::Seed(seed) => (state.draft.seed, state.seed_is_fixed) = (seed, true),
        Command::SeedIsFixed(fixed) => state.seed_is_fixed = fixed,
        Command::ReuseSeed => {
            if let Some(seed) = state.shown().map(|shown| shown.painting.settings.seed) {
                (state.draft.seed, state.seed_is_fixed) = (seed, true);
            }
        }
        Command::Sampler(sampler) => state.draft.sampler = sampler,
        Command::Tau(tau) => {
            state.draft.control.tau = tau;
            return jobs::steer(state);
        }
        Command::TauSpan(span) => {
            state.draft.control.tau_span = span;
            return jobs::steer(state);
        }
        Command::SteeringSettled => return jobs::settle(state),
        Command::Generate => return jobs::generate(state),
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
        Command::Reopen(id) => jobs::reopen(state, id),
        Command::OpenEntry(entry) => return jobs::open_entry(state, entry),
        Command::Save(what) => {
            return state.shown().map_or_else(Vec::new, |shown| {
                let (painting, reading) = (shown.painting.clone(), shown.reading.clone());
                vec![Effect::Run(Errand::Save { what, painting, reading })]
            });
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
        command => look(state, command),
    }
    Vec::new()
}

/// Commands that change how a painting is looked at, and nothing else.
fn look(state: &mut State, command: Command) {
    let tiles = state.shown().map_or_else(Vec::new, |shown| shown.reading.parts(state.view.others));
    let (current, last) = state.shown().map_or((0, 0), |shown| {
        (shown.step(&state.view).unwrap_or(0), shown.painting.steps.len().saturating_sub(1))
    });
    let view = &mut state.view;
    match command {
        Command::Mode(mode) => view.mode = mode,
        Command::ColorMap(colors) => view.color_map = colors,
        Command::Layers(layers) => view.layers = layers,
        Command::Time(time) => view.time = time,
        Command::Patches(patches) => view.patches = patches,
        Command::SameScale(same) => view.same_scale = same,
        Command::TileSize(size) => view.tile_size = size,
        Command::Others(others) => view.others = others,
        Command::Select { part, add } => select(view, part, add),
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
            state.model = Model::Loading { source, stage: now, fraction: share };
        }
        Event::Loaded(model) => {
            if !state.draft_is_remembered {
                (state.draft.width, state.draft.height) = (model.native_size, model.native_size);
                state.draft_is_remembered = true;
            }
            if let ModelSource::Folder(folder) = &model.source {
                remember_folder(&mut state.recent, folder);
            }
            state.model = Model::Ready(model);
            return vec![Effect::Remember];
        }
        Event::LoadFailed(error) => {
            if let Model::Loading { source, .. } = &state.model {
                state.model = Model::Failed(source.clone());
            }
            if !matches!(error, crate::Error::Cancelled) {
                state.complain(&error);
            }
        }
        Event::Unloaded => state.model = Model::None,
        Event::Started(id) => jobs::started(state, id),
        Event::Advanced(_) => {}
        Event::Finished(id, painting) => return jobs::finished(state, id, painting),
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
pub(super) fn typed_folder(text: &str, home: Option<&std::path::Path>) -> Option<PathBuf> {
    let text = text.trim();
    match (text.strip_prefix("~/"), home) {
        _ if text.is_empty() => None,
        (Some(rest), Some(home)) => Some(home.join(rest)),
        _ => Some(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ndarray::{Array2, Array3};

    use super::{
        super::{
            reading::{PromptReader, Word},
            remembered::Remembered,
        },
        *,
    };
    use crate::{
        Error,
        attention::{Grid, Layer, StepMaps},
        diffusion::Settings,
        worker::{JobId, ModelInfo, PaintedStep, Painting, Stage},
    };

    /// One token a word, all of them content.
    struct Spaces;

    impl PromptReader for Spaces {
        fn read(&self, prompt: &str) -> Reading {
            let words = prompt.split_whitespace().enumerate().map(|(index, text)| Word {
                text: text.to_owned(),
                source: 0..0,
                tokens: vec![index + 1],
                is_content: true,
                is_known: true,
            });
            Reading { words: words.collect(), start: vec![0], ..Reading::default() }
        }
    }

    fn worker(state: &mut State, event: Event) -> Vec<Effect> {
        update(state, Input::Message(Message::Worker(event)))
    }

    /// A window with a model and a prompt.
    fn ready(prompt: &str) -> State {
        let mut state = State::new(Remembered::default(), 1);
        update(&mut state, Command::Open(ModelSource::Embedded));
        let info = ModelInfo {
            name: "Scenes".to_owned(),
            source: ModelSource::Embedded,
            native_size: 256,
            device: "CPU, 2 threads".to_owned(),
            runtime_version: "1".to_owned(),
            simd: "AVX2".to_owned(),
            layers: Vec::new(),
        };
        worker(&mut state, Event::Loaded(Arc::new(info)));
        update(&mut state, Input::Reader(Arc::new(Spaces)));
        update(&mut state, Command::Prompt(prompt.to_owned()));
        state
    }

    /// The jobs that the effects ask the worker for.
    fn asked(effects: &[Effect]) -> Vec<(JobId, Settings)> {
        let jobs = effects.iter().filter_map(|effect| match effect {
            Effect::Request(Request::Generate { id, settings }) => Some((*id, settings.clone())),
            _ => None,
        });
        jobs.collect()
    }

    fn painting(id: JobId, settings: &Settings, steps: usize, each: Duration) -> Arc<Painting> {
        let step = |index| PaintedStep {
            index,
            timestep: 0.0,
            preview: Array3::zeros((3, 1, 1)),
            maps: StepMaps(vec![Array2::zeros((1, 77))]),
            elapsed: each,
        };
        Arc::new(Painting {
            id,
            settings: settings.clone(),
            stage: Stage::Painting,
            layers: vec![Layer { name: "mid_block".to_owned(), grid: Grid::new(1, 1), count: 1 }],
            steps: (0..steps).map(|index| Arc::new(step(index))).collect(),
            image: None,
        })
    }

    /// Lets the oldest waiting job run to its end, each step taking `each`.
    fn paint(state: &mut State, each: Duration) -> Vec<Effect> {
        let job = state.waiting[0].clone();
        worker(state, Event::Started(job.id));
        update(state, Input::Live(painting(job.id, &job.settings, 1, each)));
        let whole = painting(job.id, &job.settings, job.settings.steps, each);
        worker(state, Event::Finished(job.id, whole))
    }

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(2);

    #[test]
    fn the_first_model_sets_the_size() {
        let state = ready("a cat");
        assert_eq!((state.draft.width, state.draft.height), (256, 256));
    }

    #[test]
    fn seeds_are_new_each_time_until_one_is_fixed() {
        let mut state = ready("a cat");
        let mut seed = || asked(&update(&mut state, Command::Generate))[0].1.seed;
        assert_ne!(seed(), seed());
        update(&mut state, Command::Seed(7));
        let mut seed = || asked(&update(&mut state, Command::Generate))[0].1.seed;
        assert_eq!([seed(), seed()], [7, 7]);
    }

    #[test]
    fn jobs_queue_and_the_queue_can_be_emptied() {
        let mut state = ready("a cat");
        for _ in 0..3 {
            update(&mut state, Command::Generate);
        }
        worker(&mut state, Event::Started(JobId(1)));
        assert_eq!(state.waiting.len(), 2);
        let effects = update(&mut state, Command::ClearQueue);
        assert!(matches!(effects[..], [Effect::Cancel(JobId(2)), Effect::Cancel(JobId(3))]));
        assert!(state.waiting.is_empty() && state.running.is_some());
    }

    #[test]
    fn stop_asks_once() {
        let mut state = ready("a cat");
        update(&mut state, Command::Generate);
        worker(&mut state, Event::Started(JobId(1)));
        assert!(matches!(update(&mut state, Command::Stop)[..], [Effect::Cancel(JobId(1))]));
        assert!(update(&mut state, Command::Stop).is_empty());
        worker(&mut state, Event::Cancelled(JobId(1)));
        assert!(state.running.is_none() && state.shown().is_none());
    }

    #[test]
    fn events_of_jobs_that_are_gone_change_nothing() {
        let mut state = ready("a cat");
        worker(&mut state, Event::Started(JobId(9)));
        update(&mut state, Input::Live(painting(JobId(9), &Settings::default(), 1, SHORT)));
        worker(&mut state, Event::Finished(JobId(9), painting(JobId(9), &Settings::default(), 1, SHORT)));
        assert!(state.running.is_none() && state.history.is_empty());
    }

    #[test]
    fn a_short_run_is_repainted_while_tau_moves_and_never_queues_up() {
        let mut state = ready("a cat");
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        let first = asked(&update(&mut state, Command::Tau(0.9)));
        assert_eq!(first[0].1.seed, state.history[0].painting.settings.seed);
        assert!(update(&mut state, Command::Tau(0.8)).is_empty());
        assert!(update(&mut state, Command::Tau(0.7)).is_empty());
        update(&mut state, Command::SteeringSettled);
        let next = asked(&paint(&mut state, SHORT));
        assert_eq!(next[0].1.control.tau, 0.7);
        assert!(paint(&mut state, SHORT).is_empty());
        let kept: Vec<_> = state.history.iter().map(|kept| kept.painting.settings.control.tau).collect();
        assert_eq!(kept, [0.7, 1.0]);
    }

    #[test]
    fn a_long_run_is_repainted_when_tau_is_let_go() {
        let mut state = ready("a cat");
        update(&mut state, Command::Generate);
        paint(&mut state, LONG);
        assert!(update(&mut state, Command::Tau(0.9)).is_empty());
        assert_eq!(asked(&update(&mut state, Command::SteeringSettled))[0].1.control.tau, 0.9);
    }

    #[test]
    fn two_drags_keep_two_pictures() {
        let mut state = ready("a cat");
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        for tau in [0.9, 0.5] {
            update(&mut state, Command::Tau(tau));
            update(&mut state, Command::SteeringSettled);
            paint(&mut state, SHORT);
        }
        assert_eq!(state.history.len(), 3);
    }

    #[test]
    fn a_chosen_word_stays_chosen_in_the_next_picture() {
        let mut state = ready("red cat");
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        update(&mut state, Command::Select { part: Part::Word(1), add: false });
        update(&mut state, Command::Prompt("cat".to_owned()));
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        assert_eq!(state.view.selected, [Part::Word(0)]);
    }

    #[test]
    fn reopening_brings_the_settings_back() {
        let mut state = ready("red cat");
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        let seed = state.draft.seed;
        update(&mut state, Command::Prompt("dog".to_owned()));
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        update(&mut state, Command::Reopen(JobId(1)));
        assert_eq!((state.draft.prompt.as_str(), state.draft.seed), ("red cat", seed));
        assert_eq!(state.reading.words.len(), 2);
        assert!(state.seed_is_fixed);
    }

    #[test]
    fn playing_ends_at_the_last_step() {
        let mut state = ready("a cat");
        update(&mut state, Command::Steps(3));
        update(&mut state, Command::Generate);
        paint(&mut state, SHORT);
        update(&mut state, Command::Play(true));
        let mut seen = vec![state.view.step];
        while state.view.playing {
            update(&mut state, Command::PlayTick);
            seen.push(state.view.step);
        }
        assert_eq!(seen, [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_failed_load_is_told_and_generate_waits_for_another_model() {
        let mut state = ready("a cat");
        update(&mut state, Command::Open(ModelSource::Folder("sdxl".into())));
        worker(&mut state, Event::LoadFailed(Error::model("sdxl", "It is empty.", "Choose another.")));
        assert!(state.notices[0].text.contains("It is empty."));
        assert!(asked(&update(&mut state, Command::Generate)).is_empty());
    }

    #[test]
    fn sizes_are_around_the_native_one() {
        assert_eq!(size_presets(1024)[0], (1024, 1024, "square"));
        assert!(size_presets(1024).contains(&(1216, 832, "landscape 3:2")));
        for native in [256, 512, 1024] {
            assert!(size_presets(native).iter().all(|(w, h, _)| w % 32 == 0 && h % 32 == 0));
        }
    }

    #[test]
    fn typed_paths_may_begin_at_home() {
        fn check(text: &str, expected: Option<&str>) {
            let home = std::path::Path::new("/home/a");
            assert_eq!(typed_folder(text, Some(home)), expected.map(PathBuf::from));
        }
        check(" ~/sdxl ", Some("/home/a/sdxl"));
        check("/sdxl", Some("/sdxl"));
        check("  ", None);
    }
}
