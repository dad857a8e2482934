//! A prompt as the window shows it: its words, their tokens, and what the model makes of them.
//!
//! Whoever opens the window plugs in a [`PromptReader`]; for real models that is the worker's [`Reader`].

use std::{borrow::Cow, ops::Range};

use tauscope_core::prompt::Prompt;
use tauscope_studio::{history::PromptWords, worker::Reader};

/// Reads prompts for one loaded model. Pure: the same text gives the same reading.
pub trait PromptReader: Send + Sync {
    /// The words of `prompt` and their places in the model's context.
    fn read(&self, prompt: &str) -> Reading;

    /// Prompts that this model paints well, offered while the field is empty.
    fn examples(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A prompt, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Tokens used, start and end included.
    pub tokens: usize,
    /// Tokens that the context has room for: 77 a chunk.
    pub limit: usize,
    /// Words in reading order.
    pub words: Vec<Word>,
    /// Positions of the start tokens in the context.
    pub start: Vec<usize>,
    /// Positions of the end tokens.
    pub end: Vec<usize>,
    /// Positions of the padding.
    pub padding: Vec<usize>,
    /// Bytes of the prompt that the model does not see.
    pub cut: Option<Range<usize>>,
}

/// A word of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Without weight syntax.
    pub text: String,
    /// Its bytes in the prompt as typed.
    pub source: Range<usize>,
    /// Its tokens' positions in the context.
    pub tokens: Vec<usize>,
    /// What each of them stands for, as typed; empty where that is not known.
    pub pieces: Vec<String>,
    /// Whether it gets a tile of its own accord.
    pub is_content: bool,
    /// Whether the model has seen it while it learned.
    pub is_known: bool,
}

/// Something in the context that has a heatmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The word with this index in [`Reading::words`].
    Word(usize),
    /// One token of a word that has several: the word's index, and the token's among them.
    Piece(usize, usize),
    /// The start tokens.
    Start,
    /// The end tokens.
    End,
    /// The padding.
    Padding,
}

impl Reading {
    /// The parts with a tile: content words, then the others if asked for. With `pieces` a word of several tokens is
    /// its tokens.
    pub fn parts(&self, others: bool, pieces: bool) -> Vec<Part> {
        let words = |content: bool| {
            let chosen = (0..self.words.len()).filter(move |&index| self.words[index].is_content == content);
            chosen.flat_map(move |index| match self.words[index].tokens.len() {
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

    /// Everything that can have a tile.
    pub fn all(&self) -> Vec<Part> {
        let words = self.parts(true, false);
        let pieces = self.parts(true, true).into_iter().filter(|part| matches!(part, Part::Piece(..)));
        words.into_iter().chain(pieces).collect()
    }

    /// The word that a part is or belongs to.
    pub fn word_of(&self, part: Part) -> Option<&Word> {
        match part {
            Part::Word(index) | Part::Piece(index, _) => self.words.get(index),
            Part::Start | Part::End | Part::Padding => None,
        }
    }

    /// Positions in the context; none for a word that does not exist.
    pub fn tokens_of(&self, part: Part) -> &[usize] {
        match part {
            Part::Word(index) => self.words.get(index).map_or(&[], |word| &word.tokens),
            Part::Piece(index, piece) => {
                self.words.get(index).and_then(|word| word.tokens.get(piece..=piece)).unwrap_or_default()
            }
            Part::Start => &self.start,
            Part::End => &self.end,
            Part::Padding => &self.padding,
        }
    }

    /// What a person reads. A piece that goes on with its word begins with "·".
    pub fn name_of(&self, part: Part) -> Cow<'_, str> {
        let name = match part {
            Part::Word(index) => self.words.get(index).map_or("", |word| &word.text),
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

    /// The part of this prompt that stands for `part` of `other`: the same kind, or the word spelled alike, of several
    /// the one with as many before it.
    pub fn counterpart(&self, part: Part, other: &Self) -> Option<Part> {
        let (Part::Word(index) | Part::Piece(index, _)) = part else { return Some(part) };
        let text = &other.words.get(index)?.text;
        let before = other.words[..index].iter().filter(|word| word.text == *text).count();
        let alike = || (0..self.words.len()).filter(|&word| self.words[word].text == *text);
        let word = alike().nth(before).or_else(|| alike().next())?;
        Some(match part {
            Part::Piece(_, piece) if piece < self.words[word].tokens.len() => Part::Piece(word, piece),
            _ => Part::Word(word),
        })
    }

    /// Words that the model has never seen, each once.
    pub fn unknown(&self) -> Vec<&str> {
        let mut unknown = Vec::new();
        for word in self.words.iter().filter(|word| !word.is_known) {
            if !unknown.contains(&word.text.as_str()) {
                unknown.push(word.text.as_str());
            }
        }
        unknown
    }
}

impl PromptReader for Reader {
    /// A prompt that the tokenizer refuses has no words; Generate tells why.
    fn read(&self, prompt: &str) -> Reading {
        Self::read(self, prompt).map_or_else(|_| Reading::default(), |read| reading_of(&read, self))
    }

    fn examples(&self) -> Vec<String> {
        self.examples().to_vec()
    }
}

fn reading_of(prompt: &Prompt, reader: &Reader) -> Reading {
    let mut reading = Reading::from(&PromptWords::from(prompt));
    for word in &mut reading.words {
        word.is_known = !reader.is_unseen(&word.text);
    }
    // What is cut off counts too, so that the number says how much is too much.
    reading.tokens = prompt.token_count + 2 * prompt.chunks.len();
    reading.cut = prompt.cut.clone();
    reading
}

impl From<&PromptWords> for Reading {
    /// As kept with a painting: nothing is cut, and all words count as known.
    fn from(kept: &PromptWords) -> Self {
        let words = kept.words.iter().map(|word| Word {
            text: word.text.clone(),
            source: word.source.clone(),
            tokens: word.tokens.clone(),
            pieces: word.pieces.clone(),
            is_content: word.content,
            is_known: true,
        });
        let pieces: usize = kept.words.iter().map(|word| word.tokens.len()).sum();
        let tokens = kept.start.len() + kept.end.len() + pieces;
        Self {
            tokens,
            limit: tokens + kept.padding.len(),
            words: words.collect(),
            start: kept.start.clone(),
            end: kept.end.clone(),
            padding: kept.padding.clone(),
            cut: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words at spaces, a token for each letter.
    fn reading(text: &str) -> Reading {
        let mut next = 1;
        let words = text.split(' ').map(|word| {
            let pieces: Vec<_> = word.chars().map(String::from).collect();
            let tokens: Vec<_> = (next..next + pieces.len()).collect();
            next += pieces.len();
            let is_content = word != "a";
            Word { text: word.to_owned(), source: 0..0, tokens, pieces, is_content, is_known: true }
        });
        Reading { words: words.collect(), start: vec![0], ..Reading::default() }
    }

    #[test]
    fn parts_are_words_or_their_tokens() {
        fn check(others: bool, pieces: bool, expected: &[(&str, &[usize])]) {
            let reading = reading("a ox");
            let parts = reading.parts(others, pieces);
            let named: Vec<_> =
                parts.iter().map(|&part| (reading.name_of(part), reading.tokens_of(part))).collect();
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
            assert_eq!(reading(to).counterpart(part, &reading(of)), expected, "{of} {to}");
        }
        check(Part::Word(2), "red hat red cap", "red hat red cap", Some(Part::Word(2)));
        check(Part::Word(2), "red hat red cap", "a red cap", Some(Part::Word(1)));
        check(Part::Word(1), "red hat", "a cap", None);
        check(Part::Piece(1, 2), "red hat", "hat", Some(Part::Piece(0, 2)));
        check(Part::End, "red hat", "hat", Some(Part::End));
    }
}
