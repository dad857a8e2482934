//! A prompt as the window shows it: its words, their tokens, and what the model makes of them.
//!
//! Whoever opens the window plugs in a [`PromptReader`]; for real models that is the worker's [`Reader`].

use std::ops::Range;

use crate::{
    prompt::{CHUNK_TOKENS, Label, Prompt},
    worker::Reader,
};

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
    /// The start tokens.
    Start,
    /// The end tokens.
    End,
    /// The padding.
    Padding,
}

impl Reading {
    /// The parts with a tile: content words, then the others if asked for.
    pub fn parts(&self, others: bool) -> Vec<Part> {
        let words = |content: bool| {
            (0..self.words.len()).filter(move |&i| self.words[i].is_content == content).map(Part::Word)
        };
        let mut parts: Vec<_> = words(true).collect();
        if others {
            parts.extend(words(false));
            parts.extend(
                [Part::Start, Part::End, Part::Padding]
                    .into_iter()
                    .filter(|&part| !self.tokens_of(part).is_empty()),
            );
        }
        parts
    }

    /// Positions in the context; none for a word that does not exist.
    pub fn tokens_of(&self, part: Part) -> &[usize] {
        match part {
            Part::Word(index) => self.words.get(index).map_or(&[], |word| &word.tokens),
            Part::Start => &self.start,
            Part::End => &self.end,
            Part::Padding => &self.padding,
        }
    }

    /// What a person reads.
    pub fn name_of(&self, part: Part) -> &str {
        match part {
            Part::Word(index) => self.words.get(index).map_or("", |word| &word.text),
            Part::Start => "start",
            Part::End => "end",
            Part::Padding => "padding",
        }
    }

    /// The part of this prompt that stands for `part` of `other`: the same kind, or the first word spelled alike.
    pub fn counterpart(&self, part: Part, other: &Self) -> Option<Part> {
        let Part::Word(_) = part else { return Some(part) };
        let name = other.name_of(part);
        self.words.iter().position(|word| word.text == name).map(Part::Word)
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
    let labels = prompt.labels();
    let positions = |wanted: Label<'_>| {
        labels.iter().enumerate().filter(|(_, label)| **label == wanted).map(|(at, _)| at).collect()
    };
    let words = prompt.words.iter().map(|word| Word {
        text: word.text.clone(),
        source: word.source.clone(),
        tokens: word.tokens.clone(),
        is_content: word.content,
        is_known: !reader.is_unseen(&word.text),
    });
    Reading {
        // What is cut off counts too, so that the number says how much is too much.
        tokens: prompt.token_count + 2 * prompt.chunks.len(),
        limit: prompt.chunks.len() * CHUNK_TOKENS,
        words: words.collect(),
        start: positions(Label::Start),
        end: positions(Label::End),
        padding: positions(Label::Padding),
        cut: prompt.cut.clone(),
    }
}
