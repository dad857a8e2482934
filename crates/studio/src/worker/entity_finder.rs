//! Finds entities while a person types, on a thread of its own that loads the language data when first asked.
//!
//! Loading takes half a second and 140 MB, a prompt a few milliseconds: too much for the window's thread, too little for
//! the worker's queue. The command line calls [`find_entities`] instead.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use tauscope_core::{
    caught,
    error::{Error, Result},
    prompt::Entities,
};
use tauscope_language::{Language, LanguageData};

/// What finds entities: [`Language`], or a test's fake.
trait Grammar {
    fn entities(&self, prompt: &str) -> Entities;
}

impl Grammar for Language {
    fn entities(&self, prompt: &str) -> Entities {
        Language::entities(self, prompt)
    }
}

/// The entities of a prompt, or why there are none.
#[derive(Debug)]
pub struct Answer {
    /// As it was asked for.
    pub prompt: String,
    /// An error if the language's data is broken, or after a panic. It is repeated for each question, so that a
    /// repaired file works without a restart; show it only once.
    pub entities: Result<Entities>,
}

/// A handle to the thread. No call waits for it; it ends after the handle is dropped.
pub struct EntityFinder {
    questions: Sender<String>,
    answer: Arc<Mutex<Option<Answer>>>,
}

impl EntityFinder {
    /// Starts the thread. `data_folder` is Tauscope's, which may hold the user's own language data. `wake` is called
    /// after each new answer, on that thread.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system cannot start a thread.
    pub fn start(data_folder: Option<PathBuf>, wake: impl Fn() + Send + 'static) -> Result<Self> {
        Self::with(move || load(data_folder.as_deref()), wake)
    }

    /// Asks for the entities of a prompt. A newer question replaces those that wait.
    pub fn ask(&self, prompt: String) {
        // The thread ends only with this handle.
        let _ = self.questions.send(prompt);
    }

    /// Takes the newest answer, unless it was taken before.
    pub fn answer(&self) -> Option<Answer> {
        slot(&self.answer).take()
    }

    fn with<G: Grammar>(
        load: impl FnMut() -> Result<G> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let (questions, asked) = channel();
        let answer = Arc::default();
        let theirs = Arc::clone(&answer);
        thread::Builder::new()
            .name("entities".to_owned())
            .spawn(move || {
                work(&asked, load, |answer| {
                    slot(&theirs).replace(answer);
                    wake();
                })
            })
            .map_err(|error| {
                Error::Internal(format!("the thread for entities could not be started ({error})."))
            })?;
        Ok(Self { questions, answer })
    }
}

/// The entities of a prompt, found on the caller's thread.
///
/// # Errors
/// If the language's data is broken, or after a panic.
pub fn find_entities(data_folder: Option<&Path>, prompt: &str) -> Result<Entities> {
    let find = || load(data_folder).map(|language| language.entities(prompt));
    caught("finding entities", find).flatten()
}

fn work<G: Grammar>(asked: &Receiver<String>, mut load: impl FnMut() -> Result<G>, publish: impl Fn(Answer)) {
    let mut grammar = None;
    while let Ok(question) = asked.recv() {
        let prompt = asked.try_iter().last().unwrap_or(question);
        let entities = caught("finding entities", || {
            let grammar = match &mut grammar {
                Some(grammar) => grammar,
                None => grammar.insert(load()?),
            };
            Ok(grammar.entities(&prompt))
        });
        publish(Answer { prompt, entities: entities.flatten() });
    }
}

fn load(data_folder: Option<&Path>) -> Result<Language> {
    let data = LanguageData::open(data_folder)?;
    Language::from_reader(&data.name.clone(), data)
}

fn slot(answer: &Mutex<Option<Answer>>) -> impl std::ops::DerefMut<Target = Option<Answer>> {
    // Nothing that holds the lock can panic.
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits for a signal at every question, and panics at "panic".
    struct Fake(Receiver<()>);

    impl Grammar for Fake {
        fn entities(&self, prompt: &str) -> Entities {
            self.0.recv().unwrap();
            assert_ne!(prompt, "panic");
            Entities::by_hand(prompt, prompt).unwrap()
        }
    }

    /// A finder with a fake that loads after some failures, the sender of its signals, the receiver of its wakes.
    fn finder(mut failures: usize) -> (EntityFinder, Sender<()>, Receiver<()>) {
        let (go, gone) = channel();
        let (woken, wakes) = channel();
        let mut gone = Some(gone);
        let load = move || match failures {
            0 => Ok(Fake(gone.take().unwrap())),
            _ => {
                failures -= 1;
                Err(Error::input("Broken.", "Mend it."))
            }
        };
        let finder = EntityFinder::with(load, move || woken.send(()).unwrap_or_default()).unwrap();
        (finder, go, wakes)
    }

    #[test]
    fn the_newest_question_is_answered_without_anybody_waiting() {
        let (finder, go, wakes) = finder(0);
        for prompt in ["a", "a cat", "a cat and", "a cat and a dog"] {
            finder.ask(prompt.into());
        }
        assert!(finder.answer().is_none());
        // The thread took the first question or, if it was slow, a later one; then it takes the last.
        let mut prompts = Vec::new();
        while prompts.last().is_none_or(|prompt| prompt != "a cat and a dog") {
            go.send(()).unwrap();
            wakes.recv().unwrap();
            let answer = finder.answer().unwrap();
            assert_eq!(answer.entities.unwrap(), Entities::by_hand(&answer.prompt, &answer.prompt).unwrap());
            prompts.push(answer.prompt);
        }
        assert!(prompts.len() <= 2, "{prompts:?}");
        assert!(finder.answer().is_none(), "it was taken");
    }

    #[test]
    fn a_panic_is_an_answer_and_the_next_question_works() {
        let (finder, go, wakes) = finder(0);
        let answer = |prompt: &str| {
            finder.ask(prompt.into());
            go.send(()).unwrap();
            wakes.recv().unwrap();
            finder.answer().unwrap().entities
        };
        assert!(answer("panic").unwrap_err().to_string().contains("panic"));
        assert_eq!(answer("a cat").unwrap().list.len(), 1);
    }

    #[test]
    fn broken_data_is_reported_and_repaired_without_a_restart() {
        let (finder, go, wakes) = finder(1);
        let answer = || {
            finder.ask("a cat".into());
            wakes.recv().unwrap();
            finder.answer().unwrap().entities
        };
        assert!(answer().unwrap_err().to_string().contains("Mend it."));
        go.send(()).unwrap();
        assert_eq!(answer().unwrap().list.len(), 1);
    }

    #[test]
    fn the_real_language_answers() {
        let folder = tempfile::tempdir().unwrap();
        let prompt = "a boy with a (red:1.2) hat";
        let entities = find_entities(Some(folder.path()), prompt).unwrap();
        assert_eq!((entities.to_text(prompt).as_str(), entities.by_hand), ("a boy|a red hat", false));
        let file = folder.path().join("nlprule/en_tokenizer.bin");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "no tagger").unwrap();
        let message = find_entities(Some(folder.path()), prompt).unwrap_err().to_string();
        assert!(message.contains(&file.display().to_string()) && message.contains("remove it"), "{message}");
    }
}
