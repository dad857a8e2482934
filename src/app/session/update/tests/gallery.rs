//! What was painted: kept, shown again, and taken off the disk.

use super::*;

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
