//! A word of a prompt with its forms and tags, which [`super::phrases`] and [`super::roles`] use.

use std::ops::Range;

use super::lexicon::{ANIMALS, BODY, CONJUNCTIONS, ELLIPTIC, PEOPLE, PRONOUNS, Table, WEARABLES, WEARING};

/// A word, or a break between words.
#[derive(Debug)]
pub(super) struct TaggedWord {
    /// Its bytes in the text.
    pub(super) span: Range<usize>,
    /// Its place in its chunk.
    pub(super) chunk: Chunk,
    /// Whether it ends in 's.
    pub(super) is_possessive: bool,
    /// Whether an underscore joins it to the word before.
    pub(super) is_joined: bool,
    /// Whether an explanation in brackets follows, which `span` includes: "saber (series)".
    pub(super) is_explained: bool,
    /// Whether it stands in an aside (see [`super::asides`]).
    pub(super) is_aside: bool,
    /// Its text in lower case, then its dictionary forms as a noun.
    forms: Vec<String>,
    /// Its possible Penn Treebank tags, without degrees and subclasses; empty for a word that the tagger does not know.
    tags: Vec<String>,
}

/// A word's place in its chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// The first word of a noun phrase.
    Begin,
    /// A later word of it.
    Inside,
    /// In no noun phrase.
    Outside,
    /// No word: punctuation, or the end of a clause.
    Break,
}

impl TaggedWord {
    /// `tags` are pairs of a part of speech and its dictionary form.
    pub(super) fn new<'a>(
        lower: &str,
        span: Range<usize>,
        chunk: Chunk,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut word = Self { span, chunk, ..Self::new_break(0, lower) };
        for (tag, lemma) in tags {
            // "NN:UN" becomes "NN", and "JJR" becomes "JJ".
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
        } else if let Some((_, last)) = lower.rsplit_once('-') {
            // "top-hat", which the tagger takes for an adjective
            let is_noun = [ANIMALS, BODY, PEOPLE, WEARABLES].iter().any(|table| table.contains(&last));
            word.tags.extend(is_noun.then(|| "NN".to_owned()));
            word.forms.extend(is_noun.then(|| last.to_owned()));
        }
        word
    }

    /// A break at byte `at` with its sign.
    pub(super) fn new_break(at: usize, sign: &str) -> Self {
        Self {
            span: at..at + sign.len(),
            chunk: Chunk::Break,
            is_possessive: false,
            is_joined: false,
            is_explained: false,
            is_aside: false,
            forms: vec![sign.to_owned()],
            tags: Vec::new(),
        }
    }

    /// Appends a part that follows without a space: an apostrophe, an "s".
    pub(super) fn extend(&mut self, end: usize, part: &str) {
        self.span.end = end;
        self.is_possessive = self.is_noun() && matches!(part, "'" | "’" | "s" | "S");
    }

    pub(super) fn is_break(&self) -> bool {
        self.chunk == Chunk::Break
    }

    /// Whether it is in a noun phrase, by the chunker or because it can only be a noun.
    pub(super) fn is_in_phrase(&self) -> bool {
        let is_noun = self.chunk == Chunk::Outside && self.tags.iter().all(|tag| tag.starts_with("NN"));
        is_noun && !self.is_unknown() || matches!(self.chunk, Chunk::Begin | Chunk::Inside)
    }

    /// Whether the tagger does not know it: a name, a foreign or a made-up word.
    pub(super) fn is_unknown(&self) -> bool {
        self.tags.is_empty()
    }

    /// Whether it is a number in digits.
    pub(super) fn is_number(&self) -> bool {
        self.forms.first().is_some_and(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()))
    }

    /// Whether its text is `word`.
    pub(super) fn is(&self, word: &str) -> bool {
        self.forms.first().is_some_and(|text| text == word)
    }

    /// Whether `word` is any of its forms.
    pub(super) fn has_form(&self, word: &str) -> bool {
        self.forms.iter().any(|form| form == word)
    }

    /// Whether the table has any of its forms.
    pub(super) fn is_in(&self, table: Table) -> bool {
        self.forms.iter().any(|form| table.binary_search(&form.as_str()).is_ok())
    }

    pub(super) fn may_be(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Whether it can name a thing. Prepositions and determiners that the dictionary also lists as nouns do not ("over",
    /// "next"), nor do words with digits ("4k"), unless they count beings ("2girls").
    pub(super) fn is_noun(&self) -> bool {
        if self.is_explained {
            return true;
        }
        let Some(text) = self.forms.first().filter(|text| text.chars().count() > 1) else { return false };
        if self.tags.is_empty() {
            let counts = text.starts_with(|c: char| c.is_ascii_digit());
            let is_attribute = ["detailed", "istic", "esque"].iter().any(|ending| text.ends_with(ending));
            return text.chars().all(is_latin)
                && !is_attribute
                && (!counts || self.is_in(PEOPLE) || self.is_in(ANIMALS));
        }
        let is_other = self.may_be("IN") || self.may_be("DT") || self.is_in(PRONOUNS);
        !is_other && (self.may_be("NN") || self.may_be("NNS"))
    }

    /// Whether it can stand before a noun: "big", "spotted", "stone"; not "chasing", "eats".
    pub(super) fn may_be_attribute(&self) -> bool {
        ["JJ", "NN", "VBN"].iter().any(|tag| self.may_be(tag))
            && !["DT", "IN", "VBG", "VBZ"].iter().any(|tag| self.may_be(tag))
    }

    /// Whether it can be a participle before a noun: "glowing eyes"; not "holding hands".
    pub(super) fn may_be_participle(&self) -> bool {
        self.may_be("VBG") && !self.may_be("IN") && !self.is_in(WEARING)
    }

    /// Whether it stands for a noun after an attribute: "the red one".
    pub(super) fn is_elliptic(&self) -> bool {
        self.is_in(ELLIPTIC)
    }

    /// Whether it can only be a plural: "cats", "2girls".
    pub(super) fn is_plural(&self) -> bool {
        let counts_beings = || {
            let name = self.forms[0].trim_start_matches(|c: char| c.is_ascii_digit());
            name.len() < self.forms[0].len() && name.ends_with('s') && self.is_noun()
        };
        self.may_be("NNS") && !self.may_be("NN") || self.is_unknown() && counts_beings()
    }

    pub(super) fn is_determiner(&self) -> bool {
        ["DT", "PRP$", "CD"].iter().any(|tag| self.may_be(tag))
    }

    pub(super) fn is_conjunction(&self) -> bool {
        self.is_in(CONJUNCTIONS)
    }
}

/// Whether it can occur in an English word.
fn is_latin(c: char) -> bool {
    !c.is_alphabetic() || matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}
