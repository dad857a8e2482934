//! Models: which is loaded, what suits it, and what waits for it.

use super::*;

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

#[test]
fn a_failed_load_is_told_and_generate_waits_for_another_model() {
    let mut session = ready("a cat");
    update(&mut session, Command::Open(ModelSource::Folder("sdxl".into())));
    worker(&mut session, Event::LoadFailed(Error::model("sdxl", "It is empty.", "Choose another.")));
    assert!(session.notices.list()[0].text.contains("It is empty."));
    assert!(asked(&update(&mut session, Command::Generate)).is_empty());
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
