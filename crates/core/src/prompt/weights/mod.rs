//! Prompt weights: "(word:1.2)", as in AUTOMATIC1111's web UI (method.md 3).
//!
//! | typed             | means                                                                     |
//! |-------------------|---------------------------------------------------------------------------|
//! | `(word)`          | weight 1.1                                                                |
//! | `((word))`        | weight 1.21: nested weights multiply                                      |
//! | `(word:1.3)`      | weight 1.3                                                                |
//! | `(word:0)`        | weight 0: the word is silent; a weight below 0 is 0                       |
//! | `[word]`          | weight 1/1.1                                                              |
//! | `\(` and the like | the character itself, any of `\()[]{}<>\|`; any other backslash is dropped |
//!
//! An unclosed bracket extends to the end. A closing bracket without a partner is text, and so is a pair whose number is
//! not finite. What other programs read as instructions ("<lora:x:1>", "BREAK", "[a:b:0.5]") is no text either; the module
//! `instructions` says how each is read.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{
    PromptNotice,
    instructions::{self, Kind},
    syntax::{Bracket, Mark, marks},
};

/// Products of weights are at most this, so that sums over weighted attention stay finite.
const MOST_WEIGHT: f64 = 1e4;

/// A prompt as it is read, without syntax, and its weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedText {
    /// The text that is tokenized.
    pub text: String,
    /// Runs of equal weight: byte ranges that cover `text` without gaps. Weights are within 0..=10000.
    pub weights: Vec<(Range<usize>, f32)>,
    /// Where `text` goes on in a new chunk, in order; a line break stands there.
    pub breaks: Vec<usize>,
    /// What a person should know about how it is read.
    pub notices: Vec<PromptNotice>,
    /// The origin of `text`: starts in `text` and in the source.
    copies: Vec<(usize, usize)>,
}

impl WeightedText {
    /// Parses any text; text without syntax is unchanged.
    pub fn parse(source: &str) -> Self {
        let mut parsed = Self::default();
        let mut negative: Vec<Range<usize>> = Vec::new();
        // The products of the open brackets, per kind, because the kinds may cross each other, and where each starts.
        let (mut round, mut square) = (vec![(1.0, 0)], vec![(1.0, 0)]);
        let instructions = instructions::find(source);
        for (range, mark) in marks(source, &instructions) {
            let weight = (product(&round) * product(&square)).min(MOST_WEIGHT) as f32;
            match mark {
                Mark::Text => parsed.push(&source[range.clone()], range.start, weight),
                Mark::Escape => {}
                Mark::Open(Bracket::Round, factor) => open(&mut round, factor, range.start),
                Mark::Open(Bracket::Square, factor) => open(&mut square, factor, range.start),
                Mark::Close(Bracket::Round) => {
                    let (_, start) = round.pop().unwrap_or_default();
                    // Only a weight below 0 has a minus. The outermost of nested pairs is told.
                    if source[range.clone()].contains('-') {
                        while negative.pop_if(|inner| inner.start > start).is_some() {}
                        negative.push(start..range.end);
                    }
                }
                Mark::Close(Bracket::Square) => drop(square.pop()),
                Mark::Cut(kind) => {
                    if kind == Kind::Break {
                        parsed.breaks.push(parsed.text.len());
                    }
                    parsed.push(kind.gap(), range.start, weight);
                }
            }
        }
        parsed.notices = PromptNotice::of(source, &instructions, |range| parsed.text_within(range));
        if !negative.is_empty() {
            let typed = negative.into_iter().map(|pair| source[pair].to_owned());
            parsed.notices.push(PromptNotice::NegativeWeights(typed.collect()));
        }
        parsed
    }

    /// Whether any weight differs from 1.
    pub fn is_weighted(&self) -> bool {
        self.weights.iter().any(|(_, weight)| *weight != 1.0)
    }

    /// The weight of the character at `byte` of `text`; 1 outside.
    pub fn weight_at(&self, byte: usize) -> f32 {
        let run = self.weights.partition_point(|(range, _)| range.end <= byte);
        self.weights.get(run).map_or(1.0, |(_, weight)| *weight)
    }

    /// The bytes of the source that the bytes `plain` of `text` come from, syntax between them included.
    pub fn source_range(&self, plain: Range<usize>) -> Range<usize> {
        let start = self.source_byte(plain.start);
        let end = if plain.is_empty() { start } else { self.source_byte(plain.end - 1) + 1 };
        start..end
    }

    /// The part of `text` that comes from the bytes `source` of the source.
    pub fn text_within(&self, source: &Range<usize>) -> &str {
        let start = self.text_byte(source.start);
        &self.text[start..self.text_byte(source.end).max(start)]
    }

    /// The parts of `text` that start a chunk each.
    pub(super) fn sections(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = [0].into_iter().chain(self.breaks.iter().copied());
        starts.zip(self.breaks.iter().copied().chain([self.text.len()])).map(|(start, end)| start..end)
    }

    fn source_byte(&self, plain: usize) -> usize {
        let copy = self.copies.partition_point(|(start, _)| *start <= plain);
        copy.checked_sub(1).map_or(plain, |copy| self.copies[copy].1 + plain - self.copies[copy].0)
    }

    /// The start of the first character of `text` that comes from byte `source` of the source or from one behind it.
    fn text_byte(&self, source: usize) -> usize {
        let next = self.copies.partition_point(|(_, from)| *from < source);
        let end = self.copies.get(next).map_or(self.text.len(), |(start, _)| *start);
        let byte = next.checked_sub(1).map_or(0, |copy| self.copies[copy].0 + source - self.copies[copy].1);
        self.text.ceil_char_boundary(byte.min(end))
    }

    /// Appends `text`, which stands at `start` in the source.
    fn push(&mut self, text: &str, start: usize, weight: f32) {
        if text.is_empty() {
            return;
        }
        let run = self.text.len()..self.text.len() + text.len();
        self.copies.push((run.start, start));
        self.text.push_str(text);
        match self.weights.last_mut() {
            Some((last, of_last)) if *of_last == weight => last.end = run.end,
            _ => self.weights.push((run, weight)),
        }
    }
}

fn product(open: &[(f64, usize)]) -> f64 {
    open.last().map_or(1.0, |(product, _)| *product)
}

/// Opens a bracket. The product is limited, because infinity times 0 is NaN.
fn open(brackets: &mut Vec<(f64, usize)>, factor: f64, start: usize) {
    brackets.push(((product(brackets) * factor).min(1e300), start));
}
