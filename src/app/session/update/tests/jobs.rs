//! Jobs: asked for, repainted, steered and branched.

use super::*;

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
