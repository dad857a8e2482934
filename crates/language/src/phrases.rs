//! From words to noun phrases. The chunker finds most of them; this module corrects its errors in prompts.

use std::ops::Range;

use super::{
    lexicon::{
        ACTIONS, ANIMALS, BINOMIALS, CLAUSAL, COLORS, COPULAS, DEGREES, DISTRIBUTIVES, GERUNDS, PEOPLE,
        PLACES, QUALITIES, RELATIONS, RELATIVES, SAYING, WEARING,
    },
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

    /// The phrase with all words that underscores join to it.
    pub(super) fn whole_tag(mut self, words: &[TaggedWord]) -> Self {
        let joins = |at: usize| words.get(at).is_some_and(|word| word.is_joined && !word.is_break());
        while self.words.start > 0 && joins(self.words.start) && !words[self.words.start - 1].is_break() {
            self.words.start -= 1;
        }
        while joins(self.words.end) {
            self.words.end += 1;
        }
        self
    }
}

/// All noun phrases of the text, in reading order.
pub(super) fn noun_phrases(words: &[TaggedWord]) -> Vec<NounPhrase> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let start = at;
        at += 1;
        if begins_aside(words, start) && is_aside_end(words, predicate_end(words, start)) {
            at = predicate_end(words, start);
            found.push(NounPhrase { words: start..at, head: at - 1, is_predicate: true });
        } else if words[start].is_in(DISTRIBUTIVES) && predicate_end(words, at) > at {
            at = predicate_end(words, at);
            found.push(NounPhrase { words: start + 1..at, head: at - 1, is_predicate: true });
        } else if begins(words, start) {
            at = chunk_end(words, start);
            split(words, start..at, &mut found);
        } else if words[start].is_in(COPULAS) {
            let first = at + words[at..].iter().take_while(|word| word.is_in(DEGREES)).count();
            at = predicate_end(words, first);
            if at > first {
                found.push(NounPhrase { words: first..at, head: at - 1, is_predicate: true });
            }
        }
    }
    found
}

/// Whether a noun phrase begins here, possibly with an attribute that was tagged as a verb: "and [pointed] ears", "with
/// [glowing] eyes".
fn begins(words: &[TaggedWord], at: usize) -> bool {
    let word = &words[at];
    if word.is_in_phrase() {
        return true;
    }
    let before = at.checked_sub(1).map(|before| &words[before]);
    let is_clausal = before.is_some_and(|before| before.is_in(CLAUSAL));
    let is_attribute = word.may_be_attribute() || word.may_be_participle() && !is_clausal;
    let is_start = before.is_none_or(|before| {
        let is_verb = before.may_be("VBG") && before.chunk == Chunk::Outside;
        before.is_break() || before.is_conjunction() || before.may_be("IN") || is_verb
    });
    !word.is_break()
        && is_attribute
        && (is_start || begins_aside(words, at))
        && words.get(at + 1).is_some_and(|word| word.chunk == Chunk::Begin && !word.is_determiner())
}

/// Whether an aside begins at `at`.
fn begins_aside(words: &[TaggedWord], at: usize) -> bool {
    words[at].is_aside && at.checked_sub(1).is_none_or(|before| !words[before].is_aside)
}

/// Whether `at`, where attributes end, also ends the aside or a part of it: "(black)", "(tall, red hair)".
fn is_aside_end(words: &[TaggedWord], at: usize) -> bool {
    words[at - 1].is_aside && words.get(at).is_none_or(|word| !word.is_aside || word.is_break())
}

/// Where the chunk that begins at `start` ends. With a determiner it extends until it has a noun: "a big, white dog". A
/// comma may also follow a word that is a noun or an attribute: "a white, big dog", not "an orange, a dog".
fn chunk_end(words: &[TaggedWord], start: usize) -> usize {
    let mut end = start + 1;
    while let Some(word) = words.get(end) {
        let before = &words[end - 1];
        let is_open = words[start].is_determiner() || start > 0 && words[start - 1].is("with");
        let open = is_open && !words[start..end].iter().any(TaggedWord::is_noun);
        let first = start + usize::from(words[start].is_determiner());
        let lists = is_open && !(first..end).any(|at| is_only_noun(words, at));
        let is_listed = lists && before.is_break();
        let goes_on = match word.chunk {
            Chunk::Inside => true,
            Chunk::Begin if word.is_determiner() => before.is_possessive,
            Chunk::Begin => before.is_possessive || before.chunk == Chunk::Outside || open || is_listed,
            Chunk::Outside => {
                word.is_in_phrase()
                    || open && word.may_be_attribute()
                    || is_listed
                    || is_binomial(words, end)
                    || ends_tag(words, start, end)
            }
            Chunk::Break => {
                let goes_on = open || lists && may_be_listed(words, end + 1);
                word.is(",") && !before.is_break() && goes_on
            }
        };
        if !goes_on {
            break;
        }
        end += 1;
    }
    end
}

/// Whether the word at `at` can be nothing but the noun of a phrase: not "white" or "old", but the last of
/// "a common cold".
fn is_only_noun(words: &[TaggedWord], at: usize) -> bool {
    let word = &words[at];
    let is_after_attribute = at.checked_sub(1).map(|before| &words[before]).is_some_and(|before| {
        let is_attribute = before.may_be_attribute() || before.may_be_participle();
        is_attribute && !before.is_determiner() && !before.is_in(DEGREES)
    });
    let may_be_attribute = word.is_in(COLORS) || word.is_in(QUALITIES) && !is_after_attribute;
    word.is_noun() && !may_be_attribute || word.is_elliptic()
}

/// Whether the word at `at` can be an attribute after another and a comma: "a white, [fluffy] cat", "a white, [flowing]
/// dress"; not "an orange, [lemons]", "an orange, [peeled] by hand".
fn may_be_listed(words: &[TaggedWord], at: usize) -> bool {
    let precedes_noun = words.get(at + 1).is_some_and(|word| word.is_in_phrase() && !word.is_determiner());
    words.get(at).is_some_and(|word| {
        let is_participle = word.may_be("VBN") || word.may_be_participle();
        if is_participle { precedes_noun } else { word.is_in(COLORS) || word.may_be("JJ") }
    })
}

/// Splits a chunk that holds several phrases or a verb.
fn split(words: &[TaggedWord], chunk: Range<usize>, found: &mut Vec<NounPhrase>) {
    let mut start = chunk.start;
    for at in chunk.clone() {
        let is_verb = is_verb(words, start, at, at + 1 == chunk.end);
        let is_counted = words.get(at + 1).is_some_and(TaggedWord::is_determiner);
        let joins_things =
            words[at].is_conjunction() && at > start && (is_counted || !joins_attributes(&words[at - 1]));
        if is_verb || joins_things && !is_binomial(words, at) {
            found.extend(phrase(words, start..at));
            start = at + 1;
        }
    }
    found.extend(phrase(words, start..chunk.end));
}

/// Whether the word at `at` is a verb, although it is in a chunk that begins at `start`: "[holding] hands", "[eating]
/// ramen", "a katana [standing]", "daughter [baking] cookies", "a robot [named] Bob", "a parrot [watches]", "wings
/// [perches]".
fn is_verb(words: &[TaggedWord], start: usize, at: usize, is_last: bool) -> bool {
    let word = &words[at];
    if at == start {
        let is_attribute = at > 0 && words[at - 1].may_be("IN");
        let is_action = word.is_in(WEARING) || word.is_in(ACTIONS) && !is_attribute;
        return word.may_be("VBG") && is_action && !is_last;
    }
    let before = &words[at - 1];
    if before.is_in(DISTRIBUTIVES) && at == start + 1 {
        // "both [wearing] hats"
        return word.may_be("VBG") && (is_last || word.is_in(WEARING) || word.is_in(ACTIONS));
    }
    let gerund = word.may_be("VBG") && !word.is_in(GERUNDS) && before.is_noun();
    let complete = [PEOPLE, ANIMALS, PLACES].iter().any(|table| before.is_in(table));
    let one = words[start].is_in(&["a", "an", "each", "every", "one", "this"]);
    let third = word.may_be("VBZ")
        && word.is_plural()
        && !before.is_possessive
        && (one && before.is_noun() || before.is_plural());
    gerund && (is_last || complete) || third && is_last || word.is_in(SAYING) && before.is_noun()
}

/// Whether an "and" after this word joins attributes ("a black and white cat") rather than things.
fn joins_attributes(word: &TaggedWord) -> bool {
    word.is_in(COLORS) || word.may_be("JJ") && !word.is_noun() && !word.is_elliptic()
}

/// Whether the word at `at` is the last noun of a tag that begins at `start`, although it was tagged as a verb: "hair
/// [bow]"; not "birds [sing]".
fn ends_tag(words: &[TaggedWord], start: usize, at: usize) -> bool {
    let is_end = |word: Option<&TaggedWord>| word.is_none_or(TaggedWord::is_break);
    let before = &words[at - 1];
    is_end(start.checked_sub(1).map(|before| &words[before]))
        && is_end(words.get(at + 1))
        && !words[start].is_determiner()
        && before.is_noun()
        && !before.is_plural()
        && words[at].is_noun()
        && words[at].may_be_attribute()
}

/// Whether the word at `at` is the "and" of one thing: "salt and pepper".
fn is_binomial(words: &[TaggedWord], at: usize) -> bool {
    let around = at.checked_sub(1).and_then(|before| words.get(before)).zip(words.get(at + 1));
    words[at].is_conjunction()
        && around.is_some_and(|(before, after)| {
            BINOMIALS.iter().any(|(first, second)| before.has_form(first) && after.has_form(second))
        })
}

/// The phrase that ends with the last noun of `part`, or with "one" instead of a noun: "a big one".
fn phrase(words: &[TaggedWord], part: Range<usize>) -> Option<NounPhrase> {
    let stands_for_noun = |at: usize| {
        let is_alone = words[at].is("one") && words.get(at + 1).is_some_and(is_qualifying);
        words[at].is_elliptic() && !words[part.start].is("each") && (at > part.start || is_alone)
    };
    let head = part.clone().rev().find(|&at| words[at].is_noun() || stands_for_noun(at))?;
    if head == part.start && words[head].may_be("VBG") && !words[head].is_in(GERUNDS) {
        // "both sleeping"
        return None;
    }
    Some(NounPhrase { words: part.start..head + 1, head, is_predicate: false })
}

/// Whether it begins what says more about the word before: "one [with] a hat".
fn is_qualifying(word: &TaggedWord) -> bool {
    word.is("with")
        || word.is("in")
        || word.is("on")
        || word.is_in(COPULAS)
        || word.is_in(RELATIVES)
        || word.is_in(WEARING)
}

/// The end of the attributes that begin at `start`; `start` if there are none or if they belong to what follows: "red
/// [shoes]", "full [of tea]".
fn predicate_end(words: &[TaggedWord], start: usize) -> usize {
    let is_attribute = |word: &TaggedWord| {
        word.is_in(COLORS)
            || word.may_be("JJ")
                && !word.is_in(RELATIONS)
                && !["CD", "DT", "IN", "VBG", "VBN"].iter().any(|tag| word.may_be(tag))
    };
    let is = |at: usize| words.get(at).is_some_and(is_attribute);
    let joins = |at: usize| words.get(at).is_some_and(TaggedWord::is_conjunction);
    let mut end = start;
    while is(end) || end > start && joins(end) && is(end + 1) {
        end += 1;
    }
    let goes_on = |word: &TaggedWord| word.chunk == Chunk::Inside || word.is("of") || word.is("to");
    if words.get(end).is_some_and(goes_on) { start } else { end }
}
