//! From words to noun phrases. The chunker finds most of them; this module corrects its errors in prompts.

use std::ops::Range;

use super::{
    lexicon::{ANIMALS, COLORS, COPULAS, GERUNDS, PEOPLE, PLACES, WEARING},
    word::{Chunk, TaggedWord},
};

/// A noun phrase, "a young boy" or "the king's golden crown", or a predicate: "black" in "the cat is black".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NounPhrase {
    /// Indices of its words.
    pub(super) words: Range<usize>,
    /// Index of its head noun.
    pub(super) head: usize,
    /// Whether it is a predicate of the phrase before it.
    pub(super) is_predicate: bool,
}

impl NounPhrase {
    /// Its bytes in the text.
    pub(super) fn span(&self, words: &[TaggedWord]) -> Range<usize> {
        words[self.words.start].span.start..words[self.words.end - 1].span.end
    }
}

/// All noun phrases of the text, in reading order.
pub(super) fn noun_phrases(words: &[TaggedWord]) -> Vec<NounPhrase> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let start = at;
        at += 1;
        if begins(words, start) {
            at = chunk_end(words, start);
            split(words, start..at, &mut found);
        } else if words[start].is_in(COPULAS) {
            at = predicate_end(words, start + 1);
            if at > start + 1 {
                found.push(NounPhrase { words: start + 1..at, head: at - 1, is_predicate: true });
            }
        }
    }
    found
}

/// Whether a noun phrase begins here, possibly with an attribute that was tagged as a verb: "and [pointed] ears".
fn begins(words: &[TaggedWord], at: usize) -> bool {
    match words[at].chunk {
        Chunk::Begin | Chunk::Inside => true,
        Chunk::Outside => {
            let before = at.checked_sub(1).map(|before| &words[before]);
            before.is_none_or(|word| word.is_break() || word.is_conjunction() || word.may_be("IN"))
                && words[at].may_be_attribute()
                && words.get(at + 1).is_some_and(|word| word.chunk == Chunk::Begin && !word.is_determiner())
        }
        Chunk::Break => false,
    }
}

/// Where the chunk that begins at `start` ends. With a determiner it extends until it has a noun: "a big, white dog".
fn chunk_end(words: &[TaggedWord], start: usize) -> usize {
    let mut end = start + 1;
    while let Some(word) = words.get(end) {
        let before = &words[end - 1];
        let open = words[start].is_determiner() && !words[start..end].iter().any(TaggedWord::is_noun);
        let goes_on = match word.chunk {
            Chunk::Inside => true,
            Chunk::Begin if word.is_determiner() => before.is_possessive,
            Chunk::Begin => before.is_possessive || before.chunk == Chunk::Outside || open,
            Chunk::Outside => open && word.may_be_attribute(),
            Chunk::Break => open && [",", "\"", "“"].iter().any(|sign| word.is(sign)) && !before.is_break(),
        };
        if !goes_on {
            break;
        }
        end += 1;
    }
    end
}

/// Splits a chunk that holds several phrases or a verb.
fn split(words: &[TaggedWord], chunk: Range<usize>, found: &mut Vec<NounPhrase>) {
    let mut start = chunk.start;
    for at in chunk.clone() {
        let is_verb = is_verb(words, start, at, at + 1 == chunk.end);
        if is_verb || words[at].is_conjunction() && at > start && !joins_attributes(&words[at - 1]) {
            found.extend(phrase(words, start..at));
            start = at + 1;
        }
    }
    found.extend(phrase(words, start..chunk.end));
}

/// Whether the word at `at` is a verb, although it is in a chunk that begins at `start`: "[holding] hands", "a katana [standing]",
/// "daughter [baking] cookies", "a parrot [watches]", "wings [perches]".
fn is_verb(words: &[TaggedWord], start: usize, at: usize, is_last: bool) -> bool {
    let word = &words[at];
    if at == start {
        return word.may_be("VBG") && word.is_in(WEARING) && !is_last;
    }
    let before = &words[at - 1];
    let gerund = word.may_be("VBG") && !word.is_in(GERUNDS) && before.is_noun();
    let complete = [PEOPLE, ANIMALS, PLACES].iter().any(|table| before.is_in(table));
    let one = words[start].is_in(&["a", "an", "each", "every", "one", "this"]);
    let third = word.may_be("VBZ") && word.is_plural() && (one && before.is_noun() || before.is_plural());
    gerund && (is_last || complete) || third && is_last
}

/// Whether an "and" after this word joins attributes ("a black and white cat") rather than things.
fn joins_attributes(word: &TaggedWord) -> bool {
    word.is_in(COLORS) || word.may_be("JJ") && !word.is_noun()
}

/// The phrase that ends with the last noun of `part`.
fn phrase(words: &[TaggedWord], part: Range<usize>) -> Option<NounPhrase> {
    let head = part.clone().rev().find(|&at| words[at].is_noun())?;
    Some(NounPhrase { words: part.start..head + 1, head, is_predicate: false })
}

/// The end of the attributes that begin at `start`; `start` if there are none or a noun follows.
fn predicate_end(words: &[TaggedWord], start: usize) -> usize {
    let is_attribute = |word: &TaggedWord| {
        word.is_in(COLORS)
            || word.may_be("JJ") && !["DT", "IN", "VBG", "VBN"].iter().any(|tag| word.may_be(tag))
    };
    let is = |at: usize| words.get(at).is_some_and(is_attribute);
    let joins = |at: usize| words.get(at).is_some_and(TaggedWord::is_conjunction);
    let mut end = start;
    while is(end) || end > start && joins(end) && is(end + 1) {
        end += 1;
    }
    if words.get(end).is_some_and(|word| word.chunk == Chunk::Inside) { start } else { end }
}
