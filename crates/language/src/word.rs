//! A word of a prompt with what is known of it; what follows from that is for [`super::phrases`] and [`super::roles`].

use std::ops::Range;

use super::lexicon::{CONJUNCTIONS, PEOPLE, PRONOUNS, Table};

/// A word, or a break between words.
#[derive(Debug)]
pub(super) struct Word {
    /// Its bytes in the text.
    pub(super) span: Range<usize>,
    /// Where it lies in its chunk.
    pub(super) chunk: Chunk,
    /// Whether it ends in 's.
    pub(super) is_possessive: bool,
    /// In lower case as it stands, then its dictionary forms as a noun.
    forms: Vec<String>,
    /// Parts of speech it may be, as the Penn Treebank names them, without degrees and shades; none for a word that the
    /// tagger does not know.
    tags: Vec<String>,
}

/// The chunker's word on a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// The first of a noun phrase.
    Begin,
    /// A further one of it.
    Inside,
    /// In no noun phrase.
    Outside,
    /// No word: punctuation, or the end of a clause.
    Break,
}

impl Word {
    /// `tags` are pairs of a part of speech and the dictionary form that goes with it.
    pub(super) fn new<'a>(
        lower: &str,
        span: Range<usize>,
        chunk: Chunk,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut word =
            Self { span, chunk, is_possessive: false, forms: vec![lower.to_owned()], tags: Vec::new() };
        for (tag, lemma) in tags {
            // "NN:UN" and "JJR" say more than is needed.
            let tag = tag.split(':').next().unwrap_or(tag);
            let tag = if tag.starts_with("JJ") { "JJ" } else { tag };
            if tag.starts_with("NN") {
                word.forms.push(lemma.to_lowercase());
            }
            word.tags.push(tag.to_owned());
        }
        if word.tags.is_empty() {
            // "1girl", "twintails", "half-elf"
            let name = lower.trim_start_matches(|c: char| c.is_ascii_digit());
            let name = name.rsplit('-').next().unwrap_or(name);
            word.forms.extend([name.to_owned(), name.trim_end_matches('s').to_owned()]);
        }
        word
    }

    /// The break at byte `at`, with the sign that makes it.
    pub(super) fn pause(at: usize, sign: &str) -> Self {
        Self {
            span: at..at + sign.len(),
            chunk: Chunk::Break,
            is_possessive: false,
            forms: vec![sign.to_owned()],
            tags: Vec::new(),
        }
    }

    /// Takes in what follows without a space: an apostrophe, an "s".
    pub(super) fn extend(&mut self, end: usize, part: &str) {
        self.span.end = end;
        self.is_possessive = self.is_noun() && matches!(part, "'" | "’" | "s" | "S");
    }

    pub(super) fn is_break(&self) -> bool {
        self.chunk == Chunk::Break
    }

    /// Whether it is this word, as it stands.
    pub(super) fn is(&self, word: &str) -> bool {
        self.forms.first().is_some_and(|text| text == word)
    }

    /// Whether the table has it in any form.
    pub(super) fn is_in(&self, table: Table) -> bool {
        self.forms.iter().any(|form| table.binary_search(&form.as_str()).is_ok())
    }

    pub(super) fn may_be(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Whether it can name a thing. Prepositions and determiners that could be nouns by the dictionary do not ("over",
    /// "next"), and words with digits neither ("4k"), unless it is people that they count ("2girls").
    pub(super) fn is_noun(&self) -> bool {
        let Some(text) = self.forms.first().filter(|text| text.chars().count() > 1) else { return false };
        if self.tags.is_empty() {
            let counts = text.starts_with(|c: char| c.is_ascii_digit());
            return text.chars().all(is_latin) && (!counts || self.is_in(PEOPLE));
        }
        let is_other = self.may_be("IN") || self.may_be("DT") || self.is_in(PRONOUNS);
        !is_other && (self.may_be("NN") || self.may_be("NNS"))
    }

    /// Whether it can stand before a noun: "big", "spotted", "stone"; not "chasing", "eats".
    pub(super) fn may_be_attribute(&self) -> bool {
        ["JJ", "NN", "VBN"].iter().any(|tag| self.may_be(tag))
            && !["DT", "IN", "VBG", "VBZ"].iter().any(|tag| self.may_be(tag))
    }

    pub(super) fn is_plural(&self) -> bool {
        self.may_be("NNS") && !self.may_be("NN")
    }

    pub(super) fn is_determiner(&self) -> bool {
        ["DT", "PRP$", "CD"].iter().any(|tag| self.may_be(tag))
    }

    pub(super) fn is_conjunction(&self) -> bool {
        self.is_in(CONJUNCTIONS)
    }
}

/// Whether English could write a word with it.
fn is_latin(c: char) -> bool {
    !c.is_alphabetic() || matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}
