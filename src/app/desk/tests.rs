//! The desk's thread, over real files.

use std::{path::Path, time::Duration};

use ndarray::Array3;

use super::{
    super::{
        backend::{AsShown, Saving},
        duty::duty,
        layer_filter::LayerFilter,
        session::{PreferencesCommand, Session, update},
    },
    *,
};
use tauscope_core::{
    attention::{StepMaps, StepScores},
    diffusion::Settings,
};
use tauscope_studio::{
    export::{Scale, Style},
    painting::{KeptMaps, ModelSource, PaintedStep, PaintingStage},
};
use tauscope_testing::fake::model_info;

/// Longer than anything takes: a broken desk fails the test instead of hanging it.
const FOREVER: Duration = Duration::from_secs(60);

/// A desk that keeps its data in `folder`, and has listed what it has at the start.
fn desk(folder: &Path) -> Desk {
    let (duty, _duties) = duty();
    let desk = Desk::start(Some(folder.to_owned()), duty, || ()).unwrap();
    told(&desk, |message| matches!(message, Message::Welcome { .. }).then_some(()));
    desk
}

/// What `find` finds in the next message that it finds something in.
fn told<T>(desk: &Desk, mut find: impl FnMut(Message) -> Option<T>) -> T {
    loop {
        let message = desk.messages.recv_timeout(FOREVER).expect("a message of the desk");
        if let Some(found) = find(message) {
            return found;
        }
    }
}

fn failure(desk: &Desk) -> (Attempt, String) {
    told(desk, |message| match message {
        Message::Failed { attempt, error } => Some((attempt, error.to_string())),
        _ => None,
    })
}

fn send(desk: &Desk, errand: Errand) {
    desk.send(Order { errand, model: Some(Arc::new(model_info(&ModelSource::Embedded))) });
}

/// A finished painting whose picture has so many channels; other than three panic when it is written.
fn painting(id: u64, channels: usize) -> Arc<Painting> {
    let settings = Settings { width: 32, height: 32, steps: 1, ..Settings::default() };
    let step = PaintedStep {
        index: 0,
        timestep: 0.0,
        preview: Array3::zeros((3, 4, 4)),
        maps: KeptMaps::from(StepMaps(Vec::new())),
        neutral: None,
        scores: StepScores::default(),
        steer: Arc::default(),
        checkpoint: None,
        elapsed: Duration::ZERO,
    };
    Arc::new(Painting {
        stage: PaintingStage::Done,
        steps: vec![Arc::new(step)],
        image: Some(Array3::zeros((channels, 32, 32))),
        ..Painting::new(JobId(id), "Fake", settings)
    })
}

fn save(painting: Arc<Painting>) -> Errand {
    let shown = AsShown {
        layers: LayerFilter::All,
        scale: Scale::Own,
        style: Style::default(),
        with_settings: false,
    };
    Errand::Save { what: Saving::Picture, shown, painting }
}

/// A panic ended the thread: nothing more was saved, and nobody was told.
#[test]
fn a_panic_in_an_errand_is_told_and_the_next_errand_is_done() {
    fn check(errand: Errand, expected: (Attempt, &str)) {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path());
        send(&desk, errand);
        let (attempt, sentence) = failure(&desk);
        assert_eq!(attempt, expected.0);
        assert!(sentence.contains(expected.1) && sentence.contains("a panic while"), "{sentence}");
        send(&desk, Errand::Keep(painting(2, 3)));
        let kept = told(&desk, |message| match message {
            Message::Kept(job, entry) => Some((job, entry)),
            _ => None,
        });
        assert_eq!(kept.0, JobId(2));
    }
    check(save(painting(1, 1)), (Attempt::Save, "saving"));
    check(Errand::Keep(painting(1, 1)), (Attempt::Keep(JobId(1)), "adding a picture to the history"));
}

/// It was given up for the whole session.
#[test]
fn a_history_that_could_not_be_opened_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("history");
    fs::write(&place, "not a folder").unwrap();
    let desk = desk(folder.path());
    send(&desk, Errand::Keep(painting(1, 3)));
    assert_eq!(failure(&desk).0, Attempt::Keep(JobId(1)));
    fs::remove_file(&place).unwrap();
    send(&desk, Errand::Keep(painting(2, 3)));
    let listed = told(&desk, |message| match message {
        Message::History(entries) if !entries.is_empty() => Some(entries.len()),
        _ => None,
    });
    assert_eq!(listed, 1);
}

#[test]
fn what_the_window_remembers_is_on_disk_when_the_duty_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let (duty, duties) = duty();
    let desk = Desk::start(Some(folder.path().to_owned()), duty, || ()).unwrap();
    let mut session = Session::default();
    update(&mut session, PreferencesCommand::ToggleTheme);
    send(&desk, Errand::Remember(Box::new(session.remembered())));
    drop(desk);
    duties.finish();
    assert_eq!(memory_file::read(&memory_file::within(folder.path())), session.remembered());
}

#[test]
fn settings_that_cannot_be_written_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(folder.path());
    fs::create_dir(memory_file::within(folder.path())).unwrap();
    for _ in 0..2 {
        send(&desk, Errand::Remember(Box::default()));
    }
    send(&desk, Errand::ReadSettings(folder.path().join("none.png")));
    assert_eq!([failure(&desk).0, failure(&desk).0], [Attempt::Remember, Attempt::ReadSettings]);
}

/// A picture that could not be saved while the window was closing was lost without a word.
#[test]
fn what_fails_without_a_window_is_said() {
    fn check(message: Message, expected: Option<&str>) {
        assert_eq!(complaint(&message).as_deref(), expected, "{message:?}");
    }
    let failed = |error| Message::Failed { attempt: Attempt::Save, error };
    check(
        failed(Error::input("The disk is full.", "Free some space.")),
        Some("The disk is full. Free some space."),
    );
    check(failed(Error::Cancelled), Some("Stopped saving: it took too long after the window was closed."));
    check(Message::Saved("Saved cat.png.".to_owned()), None);
}
