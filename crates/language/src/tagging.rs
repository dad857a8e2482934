//! Runs the tagger: finds the words of a prompt, their possible parts of speech, and the chunks of noun phrases.
//!
//! The tagger reads one clause at a time and in lower case, because it is made for sentences, not for lists. Its
//! disambiguation rules are not used: they take most of its time, and its chunks are as good a guide.

use std::{iter, ops::Range};

use nlprule::types::IncompleteToken;

use super::{
    lexicon::{COLORS, COPULAS, SAYING},
    readable::Readable,
    word::{Chunk, TaggedWord},
};

/// Signs that always end a clause.
const CLAUSE_ENDS: &str = ",;|!?()[]{}<>…—–\n";

/// The most bytes that the tagger reads at a time, because it takes a multiple of the time for twice the words.
const PIECE: usize = 300;

/// The longest explanation of a name, in characters.
const EXPLANATION: usize = 60;

/// The words of `text` in reading order, with a break after every clause and every sentence.
pub(super) fn words(tagger: &nlprule::Tokenizer, text: &str) -> Vec<TaggedWord> {
    let read = Readable::new(text);
    let mut words = Vec::new();
    let mut start = 0;
    loop {
        let end = clause_end(&read.text, start);
        for piece in pieces(&read.text, start..end) {
            tag(tagger, text, &read.text, piece, &mut words);
        }
        let sign = text[end..].chars().next().map_or(0, char::len_utf8);
        start = end + sign;
        let last =
            words.last_mut().filter(|word| text[word.span.end..end].trim_matches(['_', ' ']).is_empty());
        match (explanation_end(text, end), last) {
            (Some(end), Some(name)) if name.is_noun() || name.is_unknown() && name.is_in_phrase() => {
                name.span.end = end;
                name.is_explained = true;
                start = end;
            }
            _ => words.push(TaggedWord::new_break(end, &text[end..start])),
        }
        if start == text.len() && sign == 0 {
            break;
        }
    }
    for quotation in read.quotations {
        silence_writing(&mut words, &quotation);
    }
    words
}

/// A clause in pieces that end before a space.
fn pieces(text: &str, clause: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = clause.start;
    iter::from_fn(move || {
        let length = text[start..clause.end].match_indices(' ').map(|(at, _)| at).find(|&at| at >= PIECE);
        let piece = start..length.map_or(clause.end, |length| start + length);
        start = piece.end;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Appends the words of a piece of a clause; `read` is the whole text for the tagger.
fn tag(
    tagger: &nlprule::Tokenizer,
    text: &str,
    read: &str,
    piece: Range<usize>,
    words: &mut Vec<TaggedWord>,
) {
    for (index, sentence) in tagger.sentencize(&read[piece.clone()]).enumerate() {
        if index > 0 {
            words.push(TaggedWord::new_break(piece.start + sentence.span().byte().start, ""));
        }
        let mut after_joint = false;
        for token in sentence.iter() {
            let place = token.span().byte();
            let span = piece.start + place.start..piece.start + place.end;
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
                    let mut word = TaggedWord::new(&read[span.clone()], span.clone(), chunk, tags);
                    word.is_joined = text[..span.start].ends_with('_');
                    words.push(word);
                }
            }
        }
    }
}

/// The chunker's result; unknown words count as nouns.
fn chunk(token: &IncompleteToken<'_>, as_typed: &str, before: Option<&TaggedWord>) -> Chunk {
    let chunks = token.chunks();
    let is_any = |start: &str| chunks.iter().any(|chunk| chunk.starts_with(start));
    let counts = as_typed.starts_with(|c: char| c.is_ascii_digit());
    if as_typed == "BREAK" || !as_typed.contains(|c: char| c.is_alphanumeric() || c == '&') {
        Chunk::Break
    } else if COPULAS.contains(&as_typed.to_ascii_lowercase().as_str()) {
        Chunk::Outside
    } else if is_any("B-NP") {
        Chunk::Begin
    } else if is_any("I-NP") || is_any("E-NP") {
        Chunk::Inside
    } else if !token.word().tags().is_empty() || !counts && chunks.iter().any(|chunk| chunk != "O") {
        Chunk::Outside
    } else if before.is_some_and(|word| matches!(word.chunk, Chunk::Begin | Chunk::Inside)) {
        Chunk::Inside
    } else {
        Chunk::Begin
    }
}

/// Where the clause that begins at `start` ends. A point ends one only before white space (not in "f/2.8"), a colon also
/// between letters ("left:a cat", not "16:9").
fn clause_end(text: &str, start: usize) -> usize {
    let mut before = None;
    for (at, sign) in text[start..].char_indices() {
        let after = text[start + at + sign.len_utf8()..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let is_end = match sign {
            '.' | ':' if after.is_none_or(char::is_whitespace) => true,
            ':' => is_letter(before) && is_letter(after),
            _ => CLAUSE_ENDS.contains(sign),
        };
        if is_end {
            return start + at;
        }
        before = Some(sign);
    }
    text.len()
}

/// The end of an explanation in brackets that begins at `start`: "(series)" after a name.
fn explanation_end(text: &str, start: usize) -> Option<usize> {
    let mut signs = text[start..].char_indices().take(EXPLANATION).take_while(|&(_, sign)| sign != '\n');
    signs.next().filter(|&(_, sign)| sign == '(')?;
    signs.find(|&(_, sign)| sign == ')').map(|(at, _)| start + at + 1)
}

/// Takes the words of a quotation out, if it is what something says or is called ("a sign that says “open”") rather than
/// a part of the sentence ("a “red” cat").
fn silence_writing(words: &mut [TaggedWord], quotation: &Range<usize>) {
    let first = words.partition_point(|word| word.span.start < quotation.start);
    let Some(before) = first.checked_sub(1).map(|before| &words[before]) else { return };
    let is_attribute = before.is_in(COLORS) || before.may_be("JJ") && !before.is_noun();
    let goes_on = before.is_break()
        || before.is_conjunction()
        || before.is_determiner()
        || before.is_possessive
        || before.is("of")
        || is_attribute && !before.is_in(SAYING);
    let inside = words[first..].iter_mut().take_while(|word| word.span.end <= quotation.end);
    inside.filter(|_| !goes_on).for_each(|word| word.chunk = Chunk::Break);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_end_at_signs() {
        fn check(text: &str, expected: &[&str]) {
            let mut start = 0;
            for &clause in expected {
                let end = clause_end(text, start);
                assert_eq!(&text[start..end], clause, "{text}");
                start = end + text[end..].chars().next().map_or(0, char::len_utf8);
            }
            assert_eq!(start, text.len(), "{text}");
        }
        check("a cat, a dog — a 1.5 m tree.", &["a cat", " a dog ", " a 1.5 m tree"]);
        check("a cat: 16:9 left:a dog", &["a cat", " 16:9 left", "a dog"]);
        check("", &[""]);
    }
}
