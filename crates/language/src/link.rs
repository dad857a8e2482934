//! The words between two noun phrases, which tell how the second belongs to the first.

use super::{
    lexicon::{DISTRIBUTIVES, Table},
    word::TaggedWord,
};

/// The words between two phrases.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    /// The words after the last break, "and" and "both".
    pub(super) words: &'a [TaggedWord],
    is_broken: bool,
    is_joined: bool,
    /// Whether "both", "all" or "each" begins it: "both with".
    pub(super) is_distributive: bool,
}

impl<'a> Link<'a> {
    pub(super) fn new(words: &'a [TaggedWord]) -> Self {
        let start = words.iter().rposition(TaggedWord::is_break).map_or(0, |at| at + 1);
        let joined = words[start..].iter().take_while(|word| word.is_conjunction()).count();
        let words = &words[start + joined..];
        let is_distributive = words.first().is_some_and(|word| word.is_in(DISTRIBUTIVES));
        Self {
            words: &words[usize::from(is_distributive)..],
            is_broken: start > 0,
            is_joined: joined > 0,
            is_distributive,
        }
    }

    /// Whether the phrases form a list, with only a comma, "and" or nothing between them.
    pub(super) fn is_list(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether only "and" is between them.
    pub(super) fn is_and(&self) -> bool {
        self.is_list() && self.is_joined && !self.is_broken
    }

    /// Whether neither a sign nor "and" is between them.
    pub(super) fn is_unbroken(&self) -> bool {
        !self.is_broken && !self.is_joined
    }

    /// Whether `word` alone is between them.
    pub(super) fn is(&self, word: &str) -> bool {
        self.words.len() == 1 && self.words[0].is(word)
    }

    pub(super) fn ends_with(&self, word: &str) -> bool {
        self.words.last().is_some_and(|last| last.is(word))
    }

    /// Whether a passive and this preposition are between them: "bound in".
    pub(super) fn is_passive(&self, preposition: &str) -> bool {
        matches!(self.words, [.., verb, last] if verb.may_be("VBN") && last.is(preposition))
    }

    /// Whether the table has any of the words.
    pub(super) fn has(&self, table: Table) -> bool {
        self.words.iter().any(|word| word.is_in(table))
    }
}
