//! The words of a prompt and the other parts of its context, which name attention maps. They are kept with a painting, so
//! that its maps have names before a model is loaded.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Label, Word};

/// A prompt's words and the positions of the other tokens in the context.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PromptWords {
    /// Words and punctuation that have tokens, in reading order.
    #[serde(rename = "words")]
    pub list: Vec<Word>,
    /// Positions of the start tokens.
    pub start: Vec<usize>,
    /// Positions of the end tokens.
    pub end: Vec<usize>,
    /// Positions of the padding.
    pub padding: Vec<usize>,
}

/// A part of the context that has a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The word with this index in [`PromptWords::list`].
    Word(usize),
    /// One token of a word with several tokens: the word's index, and the token's index in the word.
    Piece(usize, usize),
    /// The start tokens.
    Start,
    /// The end tokens.
    End,
    /// The padding.
    Padding,
}

impl PromptWords {
    /// These words in a context with these labels.
    pub(super) fn new(list: Vec<Word>, labels: &[Label<'_>]) -> Self {
        let places = |wanted: Label<'_>| {
            labels.iter().enumerate().filter(|(_, label)| **label == wanted).map(|(index, _)| index).collect()
        };
        Self { list, start: places(Label::Start), end: places(Label::End), padding: places(Label::Padding) }
    }

    /// Positions of all tokens, in no order; a token of two words comes twice.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        let words = self.list.iter().flat_map(|word| &word.tokens);
        words.chain(&self.start).chain(&self.end).chain(&self.padding).copied()
    }

    /// Whether these can be the words of `prompt`.
    pub fn are_of(&self, prompt: &str) -> bool {
        let has_pieces = |word: &Word| word.pieces.is_empty() || word.pieces.len() == word.tokens.len();
        self.list.iter().all(|word| {
            prompt.get(word.source.clone()).is_some() && !word.tokens.is_empty() && has_pieces(word)
        })
    }

    /// L, the length of the context; 0 if it is unknown.
    pub fn context_tokens(&self) -> usize {
        self.positions().max().map_or(0, |last| last + 1)
    }

    /// The content words; with `others` also the other words, start, end and padding. With `pieces` a word of several tokens
    /// is replaced by its tokens.
    pub fn parts(&self, others: bool, pieces: bool) -> Vec<Part> {
        let words = |content: bool| {
            let chosen = (0..self.list.len()).filter(move |&index| self.list[index].content == content);
            chosen.flat_map(move |index| match self.list[index].tokens.len() {
                count @ 2.. if pieces => (0..count).map(|piece| Part::Piece(index, piece)).collect(),
                _ => vec![Part::Word(index)],
            })
        };
        let mut parts: Vec<_> = words(true).collect();
        if others {
            parts.extend(words(false));
            let special = [Part::Start, Part::End, Part::Padding].into_iter();
            parts.extend(special.filter(|&part| !self.tokens_of(part).is_empty()));
        }
        parts
    }

    /// The content words.
    pub fn content(&self) -> Vec<Part> {
        self.parts(false, false)
    }

    /// Every part, words and their pieces.
    pub fn all(&self) -> Vec<Part> {
        let words = self.parts(true, false);
        let pieces = self.parts(true, true).into_iter().filter(|part| matches!(part, Part::Piece(..)));
        words.into_iter().chain(pieces).collect()
    }

    /// The word that a part is or is a piece of.
    pub fn word_of(&self, part: Part) -> Option<&Word> {
        match part {
            Part::Word(index) | Part::Piece(index, _) => self.list.get(index),
            Part::Start | Part::End | Part::Padding => None,
        }
    }

    /// Its positions in the context; empty for a word that does not exist.
    pub fn tokens_of(&self, part: Part) -> &[usize] {
        match part {
            Part::Word(index) => self.list.get(index).map_or(&[], |word| &word.tokens),
            Part::Piece(index, piece) => {
                self.list.get(index).and_then(|word| word.tokens.get(piece..=piece)).unwrap_or_default()
            }
            Part::Start => &self.start,
            Part::End => &self.end,
            Part::Padding => &self.padding,
        }
    }

    /// The name for people. "·" marks where a piece's word continues.
    pub fn name_of(&self, part: Part) -> Cow<'_, str> {
        let name = match part {
            Part::Word(index) => self.list.get(index).map_or("", |word| &word.text),
            Part::Piece(_, piece) => {
                let Some(word) = self.word_of(part) else { return "".into() };
                let text = word.pieces.get(piece).unwrap_or(&word.text);
                return if piece == 0 { format!("{text}·").into() } else { format!("·{text}").into() };
            }
            Part::Start => "start",
            Part::End => "end",
            Part::Padding => "padding",
        };
        name.into()
    }

    /// The part of this prompt that corresponds to `part` of `other`: the same kind, or the same word; of several
    /// occurrences the one with the same number, else the first.
    pub fn counterpart(&self, part: Part, other: &Self) -> Option<Part> {
        let (Part::Word(index) | Part::Piece(index, _)) = part else { return Some(part) };
        let text = &other.list.get(index)?.text;
        let before = other.list[..index].iter().filter(|word| word.text == *text).count();
        let alike = || (0..self.list.len()).filter(|&word| self.list[word].text == *text);
        let word = alike().nth(before).or_else(|| alike().next())?;
        Some(match part {
            Part::Piece(_, piece) if piece < self.list[word].tokens.len() => Part::Piece(word, piece),
            _ => Part::Word(word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words at spaces, a token for each letter.
    fn words(text: &str) -> PromptWords {
        let mut next = 1;
        let list = text.split(' ').map(|word| {
            let pieces: Vec<_> = word.chars().map(String::from).collect();
            let tokens: Vec<_> = (next..next + pieces.len()).collect();
            next += pieces.len();
            Word { text: word.to_owned(), source: 0..0, tokens, pieces, content: word != "a", weight: 1.0 }
        });
        PromptWords { list: list.collect(), start: vec![0], ..PromptWords::default() }
    }

    #[test]
    fn parts_are_words_or_their_tokens() {
        fn check(others: bool, pieces: bool, expected: &[(&str, &[usize])]) {
            let words = words("a ox");
            let parts = words.parts(others, pieces);
            let named: Vec<_> =
                parts.iter().map(|&part| (words.name_of(part), words.tokens_of(part))).collect();
            assert_eq!(named, expected.iter().map(|&(name, at)| (name.into(), at)).collect::<Vec<_>>());
        }
        check(false, false, &[("ox", &[2, 3])]);
        check(false, true, &[("o·", &[2]), ("·x", &[3])]);
        check(true, true, &[("o·", &[2]), ("·x", &[3]), ("a", &[1]), ("start", &[0])]);
    }

    /// The second "red" of a prompt became the first one of the same prompt.
    #[test]
    fn a_word_goes_on_as_the_one_spelled_alike() {
        fn check(part: Part, of: &str, to: &str, expected: Option<Part>) {
            assert_eq!(words(to).counterpart(part, &words(of)), expected, "{of} {to}");
        }
        check(Part::Word(2), "red hat red cap", "red hat red cap", Some(Part::Word(2)));
        check(Part::Word(2), "red hat red cap", "a red cap", Some(Part::Word(1)));
        check(Part::Word(1), "red hat", "a cap", None);
        check(Part::Piece(1, 2), "red hat", "hat", Some(Part::Piece(0, 2)));
        check(Part::End, "red hat", "hat", Some(Part::End));
    }

    #[test]
    fn entries_of_the_history_keep_their_form() {
        let words = PromptWords { end: vec![2], padding: vec![3], ..words("a") };
        let json = serde_json::to_value(&words).unwrap();
        let word = serde_json::json!({
            "text": "a", "source": {"start": 0, "end": 0}, "tokens": [1], "pieces": ["a"], "content": false,
            "weight": 1.0,
        });
        let expected = serde_json::json!({"words": [word], "start": [0], "end": [2], "padding": [3]});
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<PromptWords>(expected).unwrap(), words);
        assert_eq!(words.context_tokens(), 4);
    }
}
