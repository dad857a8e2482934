//! The draft: its prompt, its entities, and settings from pictures.

use super::*;

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
