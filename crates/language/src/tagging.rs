//! Runs the tagger: finds the words of a prompt, their possible parts of speech, and the chunks of noun phrases.
//!
//! The tagger reads one clause at a time and in lower case, because it is made for sentences, not for lists. Its
//! disambiguation rules are not used: they take most of its time, and its chunks are as good a guide.

use std::ops::Range;

use nlprule::types::IncompleteToken;

use super::word::{Chunk, TaggedWord};

/// Signs that always end a clause.
const CLAUSE_ENDS: &str = ",;|!?()[]{}<>\"“”„…—–\n";

/// The words of `text` in reading order, with a break after every clause and every sentence.
pub(super) fn words(tagger: &nlprule::Tokenizer, text: &str) -> Vec<TaggedWord> {
    let mut words: Vec<TaggedWord> = Vec::new();
    for (clause, sign) in clauses(text) {
        let lower = text[clause.clone()].to_ascii_lowercase();
        for (index, sentence) in tagger.sentencize(&lower).enumerate() {
            if index > 0 {
                words.push(TaggedWord::new_break(clause.start + sentence.span().byte().start, ""));
            }
            let mut after_joint = false;
            for token in sentence.iter() {
                let place = token.span().byte().clone();
                let span = clause.start + place.start..clause.start + place.end;
                let as_typed = &text[span.clone()];
                let is_joint = matches!(as_typed, "'" | "’" | "-");
                let joins = !token.has_space_before() && (after_joint || is_joint);
                after_joint = is_joint;
                match words.last_mut().filter(|before| joins && !before.is_break()) {
                    Some(before) => before.extend(span.end, as_typed),
                    None => {
                        let chunk = chunk(token, as_typed, words.last());
                        let tags = token.word().tags().iter();
                        let tags = tags.map(|data| (data.pos().as_str(), data.lemma().as_str()));
                        words.push(TaggedWord::new(&lower[place], span, chunk, tags));
                    }
                }
            }
        }
        words.push(TaggedWord::new_break(clause.end, &text[clause.end..clause.end + sign]));
    }
    words
}

/// The chunker's result; unknown words count as nouns.
fn chunk(token: &IncompleteToken<'_>, as_typed: &str, before: Option<&TaggedWord>) -> Chunk {
    let chunks = token.chunks();
    let is_any = |start: &str| chunks.iter().any(|chunk| chunk.starts_with(start));
    if as_typed == "BREAK" || !as_typed.contains(|c: char| c.is_alphanumeric() || c == '&') {
        Chunk::Break
    } else if is_any("B-NP") {
        Chunk::Begin
    } else if is_any("I-NP") || is_any("E-NP") {
        Chunk::Inside
    } else if !token.word().tags().is_empty() || chunks.iter().any(|chunk| chunk != "O") {
        Chunk::Outside
    } else if before.is_some_and(|word| matches!(word.chunk, Chunk::Begin | Chunk::Inside)) {
        Chunk::Inside
    } else {
        Chunk::Begin
    }
}

/// Byte ranges of `text` between signs that end a clause, and the sign's length. A point or a colon ends one only
/// before white space (not in "f/2.8").
fn clauses(text: &str) -> impl Iterator<Item = (Range<usize>, usize)> {
    let ends = text.char_indices().filter(|&(at, sign)| {
        CLAUSE_ENDS.contains(sign)
            || matches!(sign, '.' | ':') && text[at + 1..].chars().next().is_none_or(char::is_whitespace)
    });
    let ends = ends.map(|(at, sign)| (at, sign.len_utf8())).chain([(text.len(), 0)]);
    let mut start = 0;
    ends.map(move |(end, sign)| {
        let clause = start..end;
        start = end + sign;
        (clause, sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_end_at_signs() {
        fn check(text: &str, expected: &[&str]) {
            let found: Vec<_> = clauses(text).map(|(clause, _)| &text[clause]).collect();
            assert_eq!(found, expected);
        }
        check("a cat, a dog — a 1.5 m tree.", &["a cat", " a dog ", " a 1.5 m tree", ""]);
        check("“a cat”: 16:9", &["", "a cat", "", " 16:9"]);
        check("", &[""]);
    }
}
