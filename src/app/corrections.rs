//! Entities that a person made by hand, kept with their prompt from session to session.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use tauscope_core::prompt::Groups;

/// How many prompts are kept.
const MOST: usize = 256;

/// Groups by their prompt, the least recently changed first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Corrections(VecDeque<(String, Groups)>);

impl Corrections {
    /// The groups of a prompt.
    pub(super) fn of(&self, prompt: &str) -> Option<&Groups> {
        self.0.iter().find(|(other, _)| other == prompt).map(|(_, groups)| groups)
    }

    /// Keeps the groups of a prompt; beyond the limit the oldest go.
    pub(super) fn keep(&mut self, prompt: &str, groups: &Groups) {
        self.forget(prompt);
        self.0.push_back((prompt.to_owned(), groups.clone()));
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// Forgets the groups of a prompt.
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
        let groups = |phrase: &str| Groups::by_hand("a cat and a dog", phrase).unwrap();
        for index in 0..MOST {
            corrections.keep(&format!("prompt {index}"), &groups("a cat"));
        }
        corrections.keep("prompt 0", &groups("a dog"));
        corrections.keep("another", &groups("a cat"));
        assert_eq!(corrections.of("prompt 0"), Some(&groups("a dog")));
        assert_eq!((corrections.of("prompt 1"), corrections.0.len()), (None, MOST));
        corrections.forget("another");
        assert_eq!(corrections.of("another"), None);
    }
}
