//! What is looked at: steps, words and places.

use super::*;

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
