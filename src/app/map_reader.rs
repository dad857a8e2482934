//! Reads maps that lie in a temporary file or are too many to be reduced at once, on a thread of its own: a disk can be
//! slow, and the window never waits for it.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::{
    maps::PartsKey,
    part_maps::{PartMaps, part_maps},
};
use tauscope_core::{
    caught,
    error::{Error, Result},
};
use tauscope_studio::painting::Painting;

/// Maps that are wanted.
pub(super) struct Question {
    pub(super) key: PartsKey,
    pub(super) painting: Arc<Painting>,
}

impl Question {
    fn answer(&self) -> Result<Option<PartMaps>> {
        let (_, filter, step) = self.key.of();
        let Some(painted) = self.painting.steps.get(*step) else { return Ok(None) };
        let neutral = painted.neutral.as_ref().filter(|_| matches!(self.key, PartsKey::Neutral(_)));
        part_maps(&self.painting, *step, neutral.unwrap_or(&painted.maps), filter)
    }
}

/// What was wanted, or why it is not there.
pub(super) struct Answer {
    pub(super) key: PartsKey,
    pub(super) made: Result<Option<PartMaps>>,
}

/// A handle to the thread. No call waits for it; it ends after the handle is dropped.
pub(super) struct MapReader {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
}

impl MapReader {
    /// Starts the thread. `wake` is called after each answer, on that thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(wake: impl Fn() + Send + 'static) -> Result<Self> {
        let (questions, queue) = channel::<Question>();
        let (sender, answers) = channel();
        thread::Builder::new()
            .name("maps".to_owned())
            .spawn(move || {
                for question in queue {
                    let made = caught("reading maps", || question.answer()).flatten();
                    // A window that is closed needs no answer.
                    let _ = sender.send(Answer { key: question.key, made });
                    wake();
                }
            })
            .map_err(|error| Error::Internal(format!("the maps' thread could not be started ({error}).")))?;
        Ok(Self { questions, answers })
    }

    /// Asks for maps.
    pub(super) fn ask(&self, question: Question) {
        // The thread ends with this handle only.
        let _ = self.questions.send(question);
    }

    /// The next answer, if there is one.
    pub(super) fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}
