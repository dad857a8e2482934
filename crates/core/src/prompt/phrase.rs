//! A noun phrase of a prompt: its bytes as typed, and its head.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{WeightedText, words};

/// Marks that open and close something within a phrase.
const PAIRS: &[(char, char)] =
    &[('(', ')'), ('"', '"'), ('“', '”'), ('‘', '’'), ('„', '“'), ('«', '»'), ('»', '«'), ('‹', '›')];

/// A noun phrase: "a red hat".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phrase {
    /// Its bytes in the prompt as typed.
    pub span: Range<usize>,
    /// The bytes of its head noun, within `span`.
    pub head: Range<usize>,
}

impl Phrase {
    /// The phrase at the bytes `span` of the prompt's plain text, with the mark that closes a quotation or a bracket in it.
    /// Its last word is its head, or the last one before a name's explanation: "saber" in "saber (series)".
    pub fn new(plain: &WeightedText, mut span: Range<usize>) -> Self {
        let text = &plain.text[span.clone()];
        let next = plain.text[span.end..].chars().next();
        let count = |mark: char| text.chars().filter(|&c| c == mark).count();
        let closes = PAIRS.iter().find(|&&(open, close)| {
            Some(close) == next
                && if open == close { count(open) % 2 == 1 } else { count(open) > count(close) }
        });
        span.end += closes.map_or(0, |(_, close)| close.len_utf8());

        let text = &plain.text[span.clone()];
        let explained = text.strip_suffix(')').and_then(|text| text.rfind('('));
        let before = spoken(&text[..explained.unwrap_or(text.len())]).pop();
        let head = before.or_else(|| spoken(text).pop()).unwrap_or(0..text.len());
        let head = span.start + head.start..span.start + head.end;
        Self { span: plain.source_range(span), head: plain.source_range(head) }
    }
}

/// The words of a text without the punctuation between them.
pub(super) fn spoken(text: &str) -> Vec<Range<usize>> {
    let mut words = words::segments(text);
    words.retain(|word| !words::is_punctuation(&text[word.clone()]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_closes_what_it_opens_and_has_a_head() {
        fn check(prompt: &str, words: &str, expected: [&str; 2]) {
            let plain = WeightedText::parse(prompt);
            let start = plain.text.find(words).unwrap();
            let phrase = Phrase::new(&plain, start..start + words.len());
            assert_eq!([&prompt[phrase.span], &prompt[phrase.head]], expected, "{prompt}");
        }
        check("a boy, a (red:1.2) hat", "a red hat", ["a (red:1.2) hat", "hat"]);
        check("a “cat”, solo", "a “cat", ["a “cat”", "cat"]);
        check("a \"dog\"", "a \"dog", ["a \"dog\"", "dog"]);
        check("“a dog”", "a dog", ["a dog", "dog"]);
        check(r"miku \(fate\), solo", "miku (fate", [r"miku \(fate\)", "miku"]);
        check(r"a \(red\) hat", "a (red) hat", [r"a \(red\) hat", "hat"]);
        check("a t-shirt", "a t-shirt", ["a t-shirt", "shirt"]);
        check("red_hat!", "red_hat", ["red_hat", "red_hat"]);
    }
}
