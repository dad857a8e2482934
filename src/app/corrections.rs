//! Entities that a person made by hand, kept with their prompt from session to session.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use tauscope_core::prompt::Entities;

/// How many prompts are kept.
const MOST: usize = 256;

/// Entities by their prompt, the least recently changed first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "VecDeque<(String, Entities)>")]
pub(super) struct Corrections(VecDeque<(String, Entities)>);

impl From<VecDeque<(String, Entities)>> for Corrections {
    /// As read from a file, which people may edit: entities that are not their prompt's are left out.
    fn from(mut read: VecDeque<(String, Entities)>) -> Self {
        read.retain(|(prompt, entities)| entities.check(prompt).is_ok());
        read.drain(..read.len().saturating_sub(MOST));
        Self(read)
    }
}

impl Corrections {
    /// The entities of a prompt.
    pub(super) fn of(&self, prompt: &str) -> Option<&Entities> {
        self.0.iter().find(|(other, _)| other == prompt).map(|(_, entities)| entities)
    }

    /// Keeps the entities of a prompt; beyond the limit the oldest go.
    pub(super) fn keep(&mut self, prompt: &str, entities: &Entities) {
        self.forget(prompt);
        self.0.push_back((prompt.to_owned(), entities.clone()));
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// Forgets the entities of a prompt.
    pub(super) fn forget(&mut self, prompt: &str) {
        self.0.retain(|(other, _)| other != prompt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay() {
        let mut corrections = Corrections::default();
        let entities = |phrase: &str| Entities::by_hand("a cat and a dog", phrase).unwrap();
        for index in 0..MOST {
            corrections.keep(&format!("prompt {index}"), &entities("a cat"));
        }
        corrections.keep("prompt 0", &entities("a dog"));
        corrections.keep("another", &entities("a cat"));
        assert_eq!(corrections.of("prompt 0"), Some(&entities("a dog")));
        assert_eq!((corrections.of("prompt 1"), corrections.0.len()), (None, MOST));
        corrections.forget("another");
        assert_eq!(corrections.of("another"), None);
    }

    #[test]
    fn entities_of_other_prompts_are_not_read() {
        let cat = Entities::by_hand("a black cat", "a black cat").unwrap();
        let mut written = Corrections::default();
        written.keep("a black cat", &cat);
        written.keep("a cat", &cat);
        let read: Corrections = serde_json::from_value(serde_json::to_value(&written).unwrap()).unwrap();
        assert_eq!((read.of("a black cat"), read.of("a cat")), (Some(&cat), None));
    }
}
