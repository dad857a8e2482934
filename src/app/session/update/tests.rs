//! Scripts of commands and events, without egui.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ndarray::{Array2, Array3, Array4};

use super::{
    super::{
        super::{
            backend::{Attempt, Errand},
            reading::{Part, PromptReader, Reading},
        },
        DraftCommand, Mode, ModelStatus, QueueCommand, Remembered, ViewCommand,
    },
    *,
};
use tauscope_core::{
    Error,
    attention::{Control, Grid, Layer, Place, StepMaps, StepScores},
    diffusion::{Checkpoint, Defaults, Settings, Steer, scheduler::Sampler},
    model::{Fingerprint, FixedSize},
    prompt::{Entities, PromptWords, Word},
};
use tauscope_studio::{
    history::EntryId,
    painting::{JobId, KeptMaps, ModelInfo, PaintedStep, Painting, PaintingStage, Recipe, SavedSettings},
    worker::{Event, Request},
};

/// One token a word, all of them content.
struct Spaces;

impl PromptReader for Spaces {
    fn read(&self, prompt: &str) -> Reading {
        Reading::from(words(prompt))
    }
}

fn words(prompt: &str) -> Arc<PromptWords> {
    let words = prompt.split_whitespace().enumerate().map(|(index, text)| Word {
        text: text.to_owned(),
        source: 0..0,
        tokens: vec![index + 1],
        pieces: vec![text.to_owned()],
        content: true,
        weight: 1.0,
    });
    Arc::new(PromptWords { list: words.collect(), start: vec![0], ..PromptWords::default() })
}

fn worker(session: &mut Session, event: Event) -> Vec<Effect> {
    update(session, Input::Message(Message::Worker(event)))
}

fn loaded() -> Event {
    Event::Loaded(Arc::new(model()))
}

fn model() -> ModelInfo {
    ModelInfo {
        name: "Scenes".to_owned(),
        fingerprint: Fingerprint::of_text("Scenes"),
        source: ModelSource::Embedded,
        native_size: 256,
        fixed_size: FixedSize::default(),
        defaults: Defaults::default(),
        device: "CPU, 2 threads".to_owned(),
        remark: None,
        runtime_version: "1".to_owned(),
        simd: "AVX2".to_owned(),
        layers: Vec::new(),
    }
}

/// A window with a model and a prompt.
fn ready(prompt: &str) -> Session {
    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    worker(&mut session, loaded());
    update(&mut session, Input::Reader(Arc::new(Spaces)));
    update(&mut session, DraftCommand::Prompt(prompt.to_owned()));
    session
}

/// The jobs that the effects ask the worker for.
fn asked(effects: &[Effect]) -> Vec<(JobId, Settings)> {
    let jobs = effects.iter().filter_map(|effect| match effect {
        Effect::Request(Request::Generate { id, settings, .. }) => Some((*id, settings.clone())),
        _ => None,
    });
    jobs.collect()
}

fn painting(id: JobId, settings: &Settings, steps: usize, each: Duration) -> Arc<Painting> {
    let step = |index| PaintedStep {
        index,
        timestep: 0.0,
        preview: Array3::zeros((3, 1, 1)),
        maps: KeptMaps::from(StepMaps(vec![Array2::zeros((1, 77))])),
        neutral: None,
        scores: StepScores::default(),
        steer: Arc::default(),
        checkpoint: None,
        elapsed: each,
    };
    Arc::new(Painting {
        id,
        model: "Scenes".to_owned(),
        model_fingerprint: Some(Fingerprint::of_text("Scenes")),
        settings: settings.clone(),
        prompt: None,
        words: words(&settings.prompt),
        stage: PaintingStage::Painting,
        layers: vec![Layer::new("mid_block", Grid::new(1, 1))],
        branch: None,
        steps: (0..steps).map(|index| Arc::new(step(index))).collect(),
        image: None,
    })
}

/// Lets the oldest waiting job run to its end, each step taking `each`.
fn paint(session: &mut Session, each: Duration) -> Vec<Effect> {
    let job = session.queue.waiting()[0].clone();
    worker(session, Event::Started(job.id));
    update(session, Input::Live(painting(job.id, &job.settings, 1, each)));
    let whole = painting(job.id, &job.settings, job.settings.steps, each);
    worker(session, Event::Finished(job.id, whole))
}

/// Nothing but a temperature.
fn tau(tau: f32) -> Command {
    Command::Steer(Box::new(Control { tau, ..Control::default() }))
}

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(2);

#[test]
fn the_first_model_sets_the_size() {
    let session = ready("a cat");
    assert_eq!((session.draft.settings().width, session.draft.settings().height), (256, 256));
}

#[test]
fn a_model_brings_what_suits_it_unless_a_person_chose() {
    fn check(chosen: &[DraftCommand], expected: (Sampler, usize, f32)) {
        let mut session = ready("a cat");
        for command in chosen {
            update(&mut session, command.clone());
        }
        let turbo = Defaults { sampler: Sampler::EulerAncestral, steps: 4, guidance_scale: 0.0 };
        let Event::Loaded(scenes) = loaded() else { panic!("a loaded model") };
        let before = session.draft.settings().clone();
        worker(&mut session, Event::Loaded(Arc::new(ModelInfo { defaults: turbo, ..(*scenes).clone() })));
        let draft = session.draft.settings();
        assert_eq!((draft.sampler, draft.steps, draft.guidance_scale), expected);
        // Back again, also after a restart.
        let mut session = Session::new(session.remembered(), 1);
        worker(&mut session, Event::Loaded(scenes));
        assert_eq!(session.draft.settings(), &before);
    }
    check(&[], (Sampler::EulerAncestral, 4, 0.0));
    check(&[DraftCommand::Steps(8), DraftCommand::Guidance(1.5)], (Sampler::EulerAncestral, 8, 1.5));
}

#[test]
fn a_model_of_one_size_sets_it_again() {
    let mut session = ready("a cat");
    update(&mut session, DraftCommand::Size(320, 192));
    let Event::Loaded(scenes) = loaded() else { panic!("a loaded model") };
    let fixed =
        ModelInfo { fixed_size: FixedSize { width: Some(512), height: Some(384) }, ..(*scenes).clone() };
    worker(&mut session, Event::Loaded(Arc::new(fixed)));
    assert_eq!((session.draft.settings().width, session.draft.settings().height), (512, 384));

    update(&mut session, DraftCommand::Size(320, 192));
    let wide = ModelInfo { fixed_size: FixedSize { width: Some(256), height: None }, ..(*scenes).clone() };
    worker(&mut session, Event::Loaded(Arc::new(wide)));
    assert_eq!((session.draft.settings().width, session.draft.settings().height), (256, 192));
    assert!(
        !session.models.sizes().is_empty() && session.models.sizes().iter().all(|&(width, ..)| width == 256)
    );
}

/// A first picture asked for while the model loaded came out at 1024 px.
#[test]
fn a_job_asked_for_before_the_model_is_there_gets_its_size() {
    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    assert!(asked(&update(&mut session, Command::Generate)).is_empty());
    assert_eq!(session.queue.waiting().len(), 1);
    let jobs = asked(&worker(&mut session, loaded()));
    assert_eq!((jobs.len(), jobs[0].1.width, jobs[0].1.height), (1, 256, 256));

    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    update(&mut session, DraftCommand::Size(320, 192));
    assert_eq!(asked(&update(&mut session, Command::Generate))[0].1.width, 320);
    assert!(asked(&worker(&mut session, loaded())).is_empty());

    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    update(&mut session, Command::Generate);
    worker(&mut session, Event::LoadFailed(tauscope_core::Error::Cancelled));
    assert!(session.queue.waiting().is_empty());
}

#[test]
fn seeds_are_new_each_time_until_one_is_fixed() {
    let mut session = ready("a cat");
    let mut seed = || asked(&update(&mut session, Command::Generate))[0].1.seed;
    assert_ne!(seed(), seed());
    update(&mut session, DraftCommand::Seed(7));
    let mut seed = || asked(&update(&mut session, Command::Generate))[0].1.seed;
    assert_eq!([seed(), seed()], [7, 7]);
}

#[test]
fn jobs_queue_and_the_queue_can_be_emptied() {
    let mut session = ready("a cat");
    for _ in 0..3 {
        update(&mut session, Command::Generate);
    }
    worker(&mut session, Event::Started(JobId(1)));
    assert_eq!(session.queue.waiting().len(), 2);
    let effects = update(&mut session, QueueCommand::Clear);
    assert!(matches!(effects[..], [Effect::Cancel(JobId(2)), Effect::Cancel(JobId(3))]));
    assert!(session.queue.waiting().is_empty() && session.queue.running().is_some());
}

#[test]
fn stop_asks_once() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    worker(&mut session, Event::Started(JobId(1)));
    assert!(matches!(update(&mut session, QueueCommand::Stop)[..], [Effect::Cancel(JobId(1))]));
    assert!(update(&mut session, QueueCommand::Stop).is_empty());
    worker(&mut session, Event::Cancelled(JobId(1)));
    assert!(session.queue.running().is_none() && session.shown().is_none());
}

#[test]
fn events_of_jobs_that_are_gone_change_nothing() {
    let mut session = ready("a cat");
    worker(&mut session, Event::Started(JobId(9)));
    update(&mut session, Input::Live(painting(JobId(9), &Settings::default(), 1, SHORT)));
    worker(&mut session, Event::Finished(JobId(9), painting(JobId(9), &Settings::default(), 1, SHORT)));
    assert!(session.queue.running().is_none() && session.gallery.history().is_empty());
}

#[test]
fn a_short_run_is_repainted_while_tau_moves_and_never_queues_up() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    let first = asked(&update(&mut session, tau(0.9)));
    assert_eq!(first[0].1.seed, session.gallery.history()[0].painting.settings.seed);
    assert!(update(&mut session, tau(0.8)).is_empty());
    assert!(update(&mut session, tau(0.7)).is_empty());
    update(&mut session, Command::SteeringSettled);
    let next = asked(&paint(&mut session, SHORT));
    assert_eq!(next[0].1.control.tau, 0.7);
    assert!(asked(&paint(&mut session, SHORT)).is_empty());
    let kept: Vec<_> =
        session.gallery.history().iter().map(|kept| kept.painting.settings.control.tau).collect();
    assert_eq!(kept, [0.7, 1.0]);
}

#[test]
fn a_long_run_is_repainted_when_tau_is_let_go() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, LONG);
    assert!(update(&mut session, tau(0.9)).is_empty());
    assert_eq!(asked(&update(&mut session, Command::SteeringSettled))[0].1.control.tau, 0.9);
}

#[test]
fn two_drags_keep_two_pictures() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    for value in [0.9, 0.5] {
        update(&mut session, tau(value));
        update(&mut session, Command::SteeringSettled);
        paint(&mut session, SHORT);
    }
    assert_eq!(session.gallery.history().len(), 3);
}

/// The paintings that the effects ask the desk to keep.
fn to_keep(effects: &[Effect]) -> Vec<JobId> {
    let jobs = effects.iter().filter_map(|effect| match effect {
        Effect::Run(Errand::Keep(painting)) => Some(painting.id),
        _ => None,
    });
    jobs.collect()
}

fn entry(name: &str) -> EntryId {
    name.parse().expect("15 digits")
}

#[test]
fn finished_pictures_are_kept_and_of_a_drag_only_where_it_rests() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    assert_eq!(to_keep(&paint(&mut session, SHORT)), [JobId(1)]);
    update(&mut session, tau(0.9));
    update(&mut session, tau(0.8));
    assert!(to_keep(&paint(&mut session, SHORT)).is_empty(), "the drag goes on");
    assert_eq!(to_keep(&paint(&mut session, SHORT)), [JobId(3)]);

    // The drag moves on after all: what was written of it goes, also if it was still being written.
    let name = entry("000000000000003");
    update(&mut session, Input::Message(Message::Kept(JobId(3), name)));
    update(&mut session, tau(0.7));
    let effects = paint(&mut session, SHORT);
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Run(Errand::Forget(gone)) if *gone == name))
    );
    update(&mut session, tau(0.6));
    paint(&mut session, SHORT);
    let name = entry("000000000000004");
    let late = update(&mut session, Input::Message(Message::Kept(JobId(4), name)));
    assert!(matches!(late[..], [Effect::Run(Errand::Forget(gone))] if gone == name));
}

fn failed(attempt: Attempt) -> Input {
    Input::Message(Message::Failed { attempt, error: Error::input("It is broken.", "Mend it.") })
}

/// They took room from every picture that came after.
#[test]
fn good_news_go_with_the_next_picture_and_errors_stay() {
    let mut session = ready("a cat");
    update(&mut session, Input::Message(Message::Saved("Saved.".to_owned())));
    update(&mut session, failed(Attempt::ReadSettings));
    update(&mut session, Command::Generate);
    assert_eq!(session.notices.list().iter().map(|notice| notice.is_error).collect::<Vec<_>>(), [true]);
}

/// It was taken for one that a drag had replaced, and went from the disk as well.
#[test]
fn a_painting_that_left_the_memory_stays_on_disk() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    for _ in 0..24 {
        update(&mut session, Command::Generate);
        paint(&mut session, SHORT);
    }
    assert!(session.gallery.kept(JobId(1)).is_none());
    let late = update(&mut session, Input::Message(Message::Kept(JobId(1), entry("000000000000003"))));
    assert!(late.is_empty(), "{late:?}");
}

#[test]
fn the_welcome_picture_is_shown_until_something_is_painted() {
    let mut session = ready("a cat");
    let draft = session.draft.settings().clone();
    let welcome = |prompt: &str| {
        let settings = Settings { prompt: prompt.to_owned(), ..Settings::default() };
        Message::Welcome { entry: None, painting: painting(JobId(0), &settings, 2, SHORT) }
    };
    update(&mut session, Input::Message(welcome("a dog")));
    assert_eq!((session.gallery.shown(), session.draft.settings()), (Some(JobId(0)), &draft));
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    assert_eq!(session.gallery.shown(), Some(JobId(1)));
    assert_eq!(session.gallery.history().len(), 2);
}

/// The end of the first load was taken for that of the second, and what waited was lost.
#[test]
fn a_model_that_is_given_up_for_another_says_nothing() {
    let mut session = Session::new(Remembered::default(), 1);
    update(&mut session, Command::Open(ModelSource::Embedded));
    update(&mut session, Input::Reader(Arc::new(Spaces)));
    update(&mut session, DraftCommand::Prompt("a cat".to_owned()));
    update(&mut session, Command::Generate);
    let other = ModelSource::Folder("other".into());
    update(&mut session, Command::Open(other.clone()));
    worker(&mut session, Event::LoadFailed(Error::Cancelled));
    assert!(matches!(session.models.status(), ModelStatus::Loading { source, .. } if *source == other));
    assert_eq!(session.queue.waiting().len(), 1);
    let effects = worker(&mut session, loaded());
    assert!(
        matches!(effects[..], [Effect::Request(Request::Generate { .. }), Effect::Remember]),
        "{effects:?}"
    );
}

/// It was painted once more, because its settings began otherwise.
#[test]
fn a_slow_repaint_that_was_steered_on_its_way_is_not_painted_again() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, LONG);
    let tau = |tau| Command::Steer(Box::new(Control { tau, ..Control::neutral() }));
    update(&mut session, tau(0.7));
    update(&mut session, Command::SteeringSettled);
    let id = session.queue.waiting()[0].id;
    worker(&mut session, Event::Started(id));
    let settings = session.queue.running().unwrap().job.settings.clone();
    update(&mut session, Input::Live(painting(id, &settings, 1, LONG)));
    let effects = update(&mut session, tau(0.6));
    assert!(matches!(effects[..], [Effect::Steer(..)]), "{effects:?}");
    let mut done = (*painting(id, &settings, 2, LONG)).clone();
    let mut last = (*done.steps[1]).clone();
    last.steer = Arc::new(Steer { control: session.draft.settings().control.clone(), ..Steer::default() });
    done.steps[1] = Arc::new(last);
    let effects = worker(&mut session, Event::Finished(id, Arc::new(done)));
    assert!(matches!(effects[..], [Effect::Run(Errand::Keep(_))]), "{effects:?}");
}

/// It went on as its parent had begun.
#[test]
fn a_branch_of_a_branch_goes_on_as_the_one_it_comes_from() {
    let mut session = ready("a cat");
    let steered = Steer { control: Control { tau: 0.7, ..Control::neutral() }, ..Steer::default() };
    let later = Steer { control: Control { tau: 0.5, ..Control::neutral() }, ..Steer::default() };
    let change = |step, steer: &Steer| tauscope_core::diffusion::Change { step, steer: steer.clone() };
    let settings = Settings {
        prompt: "a cat".to_owned(),
        changes: vec![change(3, &steered), change(8, &later)],
        ..Settings::default()
    };
    let shown = painting(JobId(1), &settings, 10, SHORT);
    update(&mut session, Input::Message(Message::Welcome { entry: None, painting: shown }));
    update(&mut session, Command::Reopen(JobId(1)));
    update(&mut session, Command::Branch(5));
    let branch = &session.queue.waiting().last().unwrap().settings;
    assert_eq!((&branch.control, &branch.changes), (&steered.control, &vec![change(8, &later)]));
}

#[test]
fn an_entry_of_an_earlier_session_comes_back_with_its_settings() {
    let mut session = ready("a cat");
    let name = entry("000000000000007");
    let effects = update(&mut session, Command::OpenEntry(name));
    let [Effect::Run(Errand::Open(asked, job))] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(asked, name);
    let settings = Settings { prompt: "a dog".to_owned(), seed: 5, ..Settings::default() };
    let painting = painting(job, &settings, 2, SHORT);
    update(&mut session, Input::Message(Message::Opened { entry: name, painting }));
    assert_eq!(
        (session.gallery.shown(), session.draft.settings().seed, session.draft.settings().prompt.as_str()),
        (Some(job), 5, "a dog")
    );
    assert_eq!(session.gallery.history()[0].entry, Some(name));
}

/// It was opened twice, and came to stand above what was painted after it.
#[test]
fn an_entry_is_opened_once_and_stays_in_its_place() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    let (newer, older) = (entry("000000000000009"), entry("000000000000007"));
    update(&mut session, Input::Message(Message::Kept(JobId(1), newer)));
    let effects = update(&mut session, Command::OpenEntry(older));
    let [Effect::Run(Errand::Open(_, job))] = effects[..] else { panic!("{effects:?}") };
    assert!(update(&mut session, Command::OpenEntry(older)).is_empty());
    let painting = painting(job, &Settings::default(), 2, SHORT);
    update(&mut session, Input::Message(Message::Opened { entry: older, painting }));
    let kept: Vec<_> = session.gallery.history().iter().map(|kept| kept.entry).collect();
    assert_eq!(kept, [Some(newer), Some(older)]);
}

/// Any failure, of whatever, let each entry that was on its way be opened a second time.
#[test]
fn an_entry_that_cannot_be_opened_can_be_asked_for_again() {
    fn check(attempt: Attempt, expected: usize) {
        let mut session = ready("a cat");
        update(&mut session, Command::OpenEntry(entry("000000000000005")));
        update(&mut session, failed(attempt));
        assert_eq!(session.notices.list().len(), 1);
        let again = update(&mut session, Command::OpenEntry(entry("000000000000005")));
        assert_eq!(again.len(), expected, "{attempt:?}");
    }
    check(Attempt::Open(entry("000000000000005")), 1);
    check(Attempt::Open(entry("000000000000006")), 0);
    check(Attempt::Save, 0);
}

/// A question that had failed was never asked again.
#[test]
fn what_a_step_shows_can_be_asked_for_again_after_a_failure() {
    fn check(command: ViewCommand, fail: fn(Error) -> Event, is_asked: fn(&Effect) -> bool) {
        let mut session = ready("a cat");
        update(&mut session, Command::Generate);
        paint_with_latents(&mut session);
        update(&mut session, ViewCommand::Step(1));
        update(&mut session, ViewCommand::Mode(Mode::Patch));
        let asks = |effects: Vec<Effect>| effects.iter().filter(|effect| is_asked(effect)).count();
        assert_eq!(asks(update(&mut session, command.clone())), 1);
        assert_eq!(asks(update(&mut session, command.clone())), 0, "it is on its way");
        worker(&mut session, fail(Error::input("It is broken.", "Mend it.")));
        assert!(session.notices.list().iter().any(|notice| notice.is_error));
        assert_eq!(asks(update(&mut session, ViewCommand::Hover(None))), 0, "nobody asked");
        assert_eq!(asks(update(&mut session, command)), 1);
    }
    check(
        ViewCommand::Decodes(true),
        |error| Event::Decoded(Err(error)),
        |effect| matches!(effect, Effect::Request(Request::Decode(_))),
    );
    check(
        ViewCommand::LookAt(Place { y: 0.5, x: 0.5 }),
        |error| Event::Looked(Err(error)),
        |effect| matches!(effect, Effect::Request(Request::Look(_))),
    );
}

/// As [`paint`], with steps that can be gone on from.
fn paint_with_latents(session: &mut Session) {
    let job = session.queue.waiting()[0].clone();
    worker(session, Event::Started(job.id));
    let mut whole = (*painting(job.id, &job.settings, job.settings.steps, SHORT)).clone();
    for step in &mut whole.steps {
        let latents = Array4::zeros((1, 4, 1, 1));
        let state = Checkpoint {
            step: step.index + 1,
            tokens: 77,
            latents: latents.clone(),
            denoised: latents,
            memory: Vec::new(),
        };
        Arc::make_mut(step).checkpoint = Some(Arc::new(state));
    }
    worker(session, Event::Finished(job.id, Arc::new(whole)));
}

#[test]
fn a_chosen_word_stays_chosen_in_the_next_picture() {
    let mut session = ready("red cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    update(&mut session, ViewCommand::Select { part: Part::Word(1), add: false });
    update(&mut session, DraftCommand::Prompt("cat".to_owned()));
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    assert_eq!(session.view.selected, [Part::Word(0)]);
}

#[test]
fn reopening_brings_the_settings_back() {
    let mut session = ready("red cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    let seed = session.draft.settings().seed;
    update(&mut session, DraftCommand::Prompt("dog".to_owned()));
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    update(&mut session, Command::Reopen(JobId(1)));
    assert_eq!((session.draft.settings().prompt.as_str(), session.draft.settings().seed), ("red cat", seed));
    assert_eq!(session.draft.reading().words.list.len(), 2);
    assert!(session.draft.seed_is_fixed());
}

#[test]
fn playing_ends_at_the_last_step() {
    let mut session = ready("a cat");
    update(&mut session, DraftCommand::Steps(3));
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    update(&mut session, ViewCommand::Play(true));
    let mut seen = vec![session.view.step];
    while session.view.playing {
        update(&mut session, ViewCommand::PlayTick);
        seen.push(session.view.step);
    }
    assert_eq!(seen, [Some(0), Some(1), Some(2)]);
}

/// Playing went on into the first step of the next picture, and stayed there while that was painted.
#[test]
fn a_picture_that_begins_is_followed() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    update(&mut session, ViewCommand::Play(true));
    update(&mut session, Command::Generate);
    let job = session.queue.waiting()[0].clone();
    worker(&mut session, Event::Started(job.id));
    update(&mut session, Input::Live(painting(job.id, &job.settings, 1, SHORT)));
    update(&mut session, ViewCommand::PlayTick);
    assert_eq!((session.view.step, session.view.playing), (None, false));
}

#[test]
fn a_failed_load_is_told_and_generate_waits_for_another_model() {
    let mut session = ready("a cat");
    update(&mut session, Command::Open(ModelSource::Folder("sdxl".into())));
    worker(&mut session, Event::LoadFailed(Error::model("sdxl", "It is empty.", "Choose another.")));
    assert!(session.notices.list()[0].text.contains("It is empty."));
    assert!(asked(&update(&mut session, Command::Generate)).is_empty());
}

#[test]
fn a_picture_gives_its_settings() {
    let mut session = ready("a cat");
    let effects = update(&mut session, Command::of_path("/pictures/0001.PNG".into()));
    assert!(matches!(&effects[..], [Effect::Run(Errand::ReadSettings(path))] if path.ends_with("0001.PNG")));
    let settings =
        Settings { prompt: "a dog".to_owned(), seed: 5, width: 320, height: 192, ..Settings::default() };
    let saved =
        |recipe: Recipe| Input::Message(Message::Settings(Box::new(SavedSettings::Ours(Box::new(recipe)))));
    let recipe = Recipe::new(&settings, &model(), false);
    update(&mut session, saved(recipe.clone()));
    assert_eq!(session.notices.list().len(), 1);
    assert_eq!((session.draft.settings(), session.draft.seed_is_fixed()), (&settings, true));
    assert_eq!(session.draft.reading().words.list[1].text, "dog");
    let of_another = Recipe { model: "SDXL".to_owned(), model_fingerprint: None, ..recipe };
    update(&mut session, saved(of_another));
    let told = &session.notices.list().last().unwrap().text;
    assert!(told.contains("painted with SDXL"), "{told}");
    assert!(matches!(Command::of_path("/models/sdxl".into()), Command::Open(ModelSource::Folder(_))));
}

/// A first Ctrl+Enter painted without entities, which take a moment to be found.
#[test]
fn entities_that_are_found_late_reach_the_job() {
    let mut session = ready("a cat and a dog");
    let job = asked(&update(&mut session, Command::Generate))[0].0;
    let found = Entities::by_hand("a cat and a dog", "a cat;a dog").unwrap();
    let found = Entities { by_hand: false, ..found };
    let message = Message::Entities { prompt: "a cat and a dog".to_owned(), found: Ok(found.clone()) };
    let effects = update(&mut session, Input::Message(message));
    assert!(matches!(&effects[..], [Effect::SetEntities(id, entities)] if *id == job && *entities == found));
    assert_eq!(session.draft.settings().entities, found);

    // A control that moves later takes them along, also when another prompt is being typed.
    worker(&mut session, Event::Started(job));
    let settings = session.queue.running().unwrap().job.settings.clone();
    update(&mut session, Input::Live(painting(job, &settings, 1, LONG)));
    update(&mut session, DraftCommand::Prompt("a bird".to_owned()));
    let effects = update(&mut session, tau(0.5));
    assert!(matches!(&effects[..], [Effect::Steer(id, _, entities)] if *id == job && *entities == found));
}

/// A control that moved while a comparison was painted steered its columns.
#[test]
fn what_is_compared_keeps_its_control() {
    let mut session = ready("a cat");
    update(&mut session, Command::StartComparison);
    let job = session.queue.waiting()[0].clone();
    worker(&mut session, Event::Started(job.id));
    update(&mut session, Input::Live(painting(job.id, &job.settings, 1, LONG)));
    assert_eq!(session.gallery.shown(), Some(job.id));
    assert!(update(&mut session, tau(0.5)).is_empty());
}

#[test]
fn a_run_that_is_watched_is_steered_while_it_runs() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    let job = session.queue.waiting()[0].clone();
    worker(&mut session, Event::Started(job.id));
    update(&mut session, Input::Live(painting(job.id, &job.settings, 1, LONG)));
    let effects = update(&mut session, tau(0.5));
    assert!(matches!(&effects[..], [Effect::Steer(id, control, _)] if *id == job.id && control.tau == 0.5));
}

/// A run that was over within a frame was never shown.
#[test]
fn a_run_that_is_over_at_once_is_shown() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    update(&mut session, Command::Generate);
    let job = session.queue.waiting()[0].clone();
    worker(&mut session, Event::Started(job.id));
    worker(&mut session, Event::Finished(job.id, painting(job.id, &job.settings, 4, SHORT)));
    assert_eq!(session.gallery.shown(), Some(job.id));
}

/// Tiles and leaks of a first picture knew no entities, since those were found while it was painted.
#[test]
fn entities_are_those_of_the_step_that_is_shown() {
    let mut session = ready("a cat and a dog");
    update(&mut session, Command::Generate);
    let job = session.queue.waiting()[0].clone();
    worker(&mut session, Event::Started(job.id));
    let mut late = (*painting(job.id, &job.settings, 2, SHORT)).clone();
    let found = Entities::by_hand("a cat and a dog", "a cat;a dog").unwrap();
    let mut step = (*late.steps[1]).clone();
    step.steer = Arc::new(Steer { entities: found.clone(), ..Steer::default() });
    late.steps[1] = Arc::new(step);
    worker(&mut session, Event::Finished(job.id, Arc::new(late)));
    let shown = session.shown().unwrap();
    assert_eq!((shown.entities(0), shown.entities(1)), (&Entities::default(), &found));
}

/// Each keystroke read the prompt once, but so did the start of each job, its end, and the history.
#[test]
fn a_prompt_is_read_once_at_each_edit() {
    struct Counting(AtomicUsize);

    impl PromptReader for Counting {
        fn read(&self, prompt: &str) -> Reading {
            self.0.fetch_add(1, Ordering::Relaxed);
            Spaces.read(prompt)
        }
    }

    let mut session = ready("");
    let reader = Arc::new(Counting(AtomicUsize::new(0)));
    update(&mut session, Input::Reader(reader.clone()));
    let mut read_by = |input: Input| {
        let before = reader.0.load(Ordering::Relaxed);
        update(&mut session, input);
        reader.0.load(Ordering::Relaxed) - before
    };
    let long = "a red cat and a blue dog, ".repeat(400);
    assert_eq!(read_by(DraftCommand::Prompt(long.clone()).into()), 1);
    assert_eq!(read_by(DraftCommand::Prompt(long.clone() + "x").into()), 1);
    let found = Entities::by_hand(&long, "a red cat").map(|found| Entities { by_hand: false, ..found });
    assert_eq!(read_by(Input::Message(Message::Entities { prompt: long.clone() + "x", found })), 0);
    assert_eq!(read_by(Command::Generate.into()), 0);
    let settings = Settings { prompt: long + "x", ..Settings::default() };
    let job = JobId(1);
    let whole = painting(job, &settings, 2, SHORT);
    assert_eq!(read_by(Input::Message(Message::Worker(Event::Started(job)))), 0);
    assert_eq!(read_by(Input::Live(painting(job, &settings, 1, SHORT))), 0);
    assert_eq!(read_by(Input::Message(Message::Worker(Event::Finished(job, whole)))), 0);
}

/// A folder of the same name took over what another model had painted.
#[test]
fn another_model_of_the_same_name_is_another_model() {
    let mut session = ready("a cat");
    update(&mut session, Command::Generate);
    paint(&mut session, SHORT);
    let painting = session.shown().unwrap().painting.clone();
    assert!(session.models.is_of_loaded(&painting));
    let Event::Loaded(model) = loaded() else { panic!("a model") };
    let other = ModelInfo { fingerprint: Fingerprint::of_text("another"), ..(*model).clone() };
    update(&mut session, Command::Open(ModelSource::Folder("other/Scenes".into())));
    worker(&mut session, Event::Loaded(Arc::new(other)));
    assert!(!session.models.is_of_loaded(&painting));
    assert_eq!(
        painting.model_beside("Scenes"),
        format!("Scenes ({})", Fingerprint::of_text("Scenes").short())
    );
    let older = Painting { model_fingerprint: None, ..(*painting).clone() };
    assert!(session.models.is_of_loaded(&older), "all that is known of it is the name");
}
