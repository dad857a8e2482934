//! Asides: words in the brackets of the weight syntax that say more about the noun before them, "a girl (red hair)".
//!
//! Brackets around a word of a phrase, "a (red) cat" or "a sports (car:1.2)", only weigh it.

use tauscope_core::prompt::WeightedText;

use super::{
    lexicon::{COLORS, RELATIONS},
    word::{Chunk, TaggedWord},
};

const OPENING: [char; 2] = ['(', '['];
const CLOSING: [char; 3] = [')', ']', ':'];

/// Marks the words of every aside; each becomes a chunk apart from the noun before it.
pub(super) fn mark(words: &mut [TaggedWord], prompt: &str, plain: &WeightedText) {
    let opens = |word: &TaggedWord| {
        let source = &prompt[..plain.source_range(word.span.clone()).start];
        let is_text = plain.text[..word.span.start].trim_end().ends_with(OPENING);
        !word.is_break() && source.trim_end().ends_with(OPENING) && !is_text
    };
    let closes = |word: &TaggedWord| {
        let source = &prompt[plain.source_range(word.span.clone()).end..];
        let is_text = plain.text[word.span.end..].trim_start().starts_with(CLOSING);
        !word.is_break() && source.trim_start().starts_with(CLOSING) && !is_text
    };
    let closing: Vec<_> = (0..words.len()).filter(|&at| closes(&words[at])).collect();
    let mut at = 1;
    while at < words.len() {
        let first = at;
        at += 1;
        if !opens(&words[first]) || !words[first - 1].is_noun() || !words[first - 1].is_in_phrase() {
            continue;
        }
        let Some(&last) = closing.get(closing.partition_point(|&closing| closing < first)) else { break };
        let goes_on = words.get(last + 1).is_some_and(|next| next.chunk == Chunk::Inside && !opens(next));
        if goes_on || first == last && !says_more(&words[first]) {
            continue;
        }
        words[first..=last].iter_mut().for_each(|word| word.is_aside = true);
        for edge in [first, last + 1] {
            if let Some(word) = words.get_mut(edge).filter(|word| word.chunk == Chunk::Inside) {
                word.chunk = Chunk::Begin;
            }
        }
        at = last + 1;
    }
}

/// Whether the word says something about a noun before it, rather than being the noun: "a ball (red)", "a ball (left)".
fn says_more(word: &TaggedWord) -> bool {
    word.is_in(RELATIONS) || word.is_in(COLORS) || word.may_be("JJ") && !word.is_noun()
}
