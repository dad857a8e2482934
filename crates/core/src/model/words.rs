//! The words that a small model was trained on, from `words.json`, which only Tauscope's own models have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Files, configs};
use crate::Result;

const FILE: &str = "words.json";
/// The list in `words.json` that has whole prompts.
const EXAMPLES: &str = "examples";

/// The words that a model knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    known: BTreeSet<String>,
    examples: Vec<String>,
}

impl Words {
    /// Reads the file; `None` if the model has none.
    ///
    /// # Errors
    /// [`crate::Error::Model`] if the file is not a list of words.
    pub(super) fn open(files: &Files) -> Result<Option<Self>> {
        let lists: Option<BTreeMap<String, Vec<String>>> = configs::read_if_there(files, FILE)?;
        Ok(lists.map(Self::of))
    }

    /// Whether the model was not trained on this word. Ignores case and punctuation around the word. `false` for text
    /// without letters.
    pub fn is_unseen(&self, word: &str) -> bool {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        word.contains(char::is_alphabetic) && !self.known.contains(&word)
    }

    /// Prompts that suit the model.
    pub fn examples(&self) -> &[String] {
        &self.examples
    }

    fn of(mut lists: BTreeMap<String, Vec<String>>) -> Self {
        let examples = lists.remove(EXAMPLES).unwrap_or_default();
        let phrases = lists.values().flatten();
        let known = phrases.flat_map(|phrase| phrase.split_whitespace()).map(str::to_lowercase).collect();
        Self { known, examples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_the_lists_are_unseen() {
        fn check(word: &str, expected: bool) {
            let words = Words::open(&Files::Embedded).unwrap().unwrap();
            assert_eq!(words.is_unseen(word), expected, "{word}");
        }
        check("boy", false);
        check("Boys,", false);
        check("front", false);
        check("sunset", false);
        check("zebra", true);
        check("(zebra", true);
        check("été", true);
        check("", false);
        check("1.2", false);
        check(",", false);
    }

    #[test]
    fn examples_use_known_words_only() {
        let words = Words::open(&Files::Embedded).unwrap().unwrap();
        assert!(words.examples().len() > 3);
        for example in words.examples() {
            let unseen: Vec<_> = example.split_whitespace().filter(|word| words.is_unseen(word)).collect();
            assert!(unseen.is_empty(), "{example}: {unseen:?}");
        }
    }
}
