//! The weight syntax of AUTOMATIC1111's web UI, as marks on the text as typed.
//!
//! Finds brackets and their partners in what [`super::instructions`] leave; [`super::WeightedText`] computes weights from
//! the marks, and [`super::nudge_weight`] edits them.

use std::ops::Range;

use super::instructions::{Instruction, Kind, cuts};

/// The factor of a pair of brackets without a number: parentheses multiply by it, square brackets divide.
pub(super) const BRACKET_FACTOR: f64 = 1.1;

/// The meaning of a range of the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// Plain text.
    Text,
    /// A backslash that escapes the next character.
    Escape,
    /// An opening bracket with its factor.
    Open(Bracket, f64),
    /// The closing bracket: ")", ":1.2)" or "]".
    Close(Bracket),
    /// A part of an instruction that is not read.
    Cut(Kind),
}

/// The two kinds of brackets. Each kind nests independently of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bracket {
    Round,
    Square,
}

/// Marks all of `source`, whose instructions are these, in order and without gaps. An unclosed bracket extends to the end.
/// A closing bracket without a partner is text, and so is a pair whose number is not finite. A weight below 0 is 0.
pub(super) fn marks(source: &str, instructions: &[Instruction]) -> Vec<(Range<usize>, Mark)> {
    let mut marks: Vec<(Range<usize>, Mark)> = Vec::new();
    let (mut round, mut square) = (Vec::new(), Vec::new());
    let mut cuts = cuts(instructions).into_iter().peekable();
    let mut at = 0;
    loop {
        if let Some((cut, kind)) = cuts.next_if(|(cut, _)| cut.start == at) {
            at = cut.end;
            marks.push((cut, Mark::Cut(kind)));
            continue;
        }
        let rest = &source[at..cuts.peek().map_or(source.len(), |(cut, _)| cut.start)];
        let Some(first) = rest.chars().next() else { return marks };
        let start = at;
        at += first.len_utf8();
        let mark = match first {
            '\\' => {
                marks.push((start..at, Mark::Escape));
                if rest[1..].starts_with(|c: char| r"\()[]{}<>|".contains(c)) {
                    marks.push((at..at + 1, Mark::Text));
                    at += 1;
                }
                continue;
            }
            '(' => {
                round.push(marks.len());
                Mark::Open(Bracket::Round, BRACKET_FACTOR)
            }
            '[' => {
                square.push(marks.len());
                Mark::Open(Bracket::Square, 1.0 / BRACKET_FACTOR)
            }
            ')' if round.pop().is_some() => Mark::Close(Bracket::Round),
            ']' if square.pop().is_some() => Mark::Close(Bracket::Square),
            ':' => match explicit_weight(rest).filter(|_| !round.is_empty()) {
                Some((length, number)) => {
                    at = start + length;
                    close_with(number, round.pop(), &mut marks)
                }
                None => Mark::Text,
            },
            // Closing brackets without a partner get here too, hence the minimum.
            _ => {
                at = start + rest.find(|c| r"\()[]:".contains(c)).unwrap_or(rest.len()).max(first.len_utf8());
                Mark::Text
            }
        };
        marks.push((start..at, mark));
    }
}

/// The closing mark of a bracket with a number, which sets the weight of the opening mark. Both become text if the number
/// is no weight.
fn close_with(number: &str, open: Option<usize>, marks: &mut [(Range<usize>, Mark)]) -> Mark {
    let weight = number.parse().ok().filter(|weight: &f64| weight.is_finite());
    let Some((_, opening)) = open.and_then(|open| marks.get_mut(open)) else {
        return Mark::Text;
    };
    match weight {
        Some(weight) => {
            *opening = Mark::Open(Bracket::Round, if weight > 0.0 { weight } else { 0.0 });
            Mark::Close(Bracket::Round)
        }
        None => {
            *opening = Mark::Text;
            Mark::Text
        }
    }
}

/// The length and the number of ":1.2)" at the start of `rest`. A number has only digits, points and a sign.
fn explicit_weight(rest: &str) -> Option<(usize, &str)> {
    let number = rest.strip_prefix(':')?.trim_start();
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let after = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if after.len() == digits.len() {
        return None;
    }
    let end = after.trim_start().strip_prefix(')')?;
    Some((rest.len() - end.len(), &number[..number.len() - after.len()]))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            instructions,
            trouble::{TROUBLE, texts},
        },
        *,
    };

    #[test]
    fn marks_cover_any_text_without_gaps() {
        for text in texts(TROUBLE, 2000) {
            let end = marks(&text, &instructions::find(&text)).into_iter().fold(0, |end, (range, _)| {
                assert_eq!(range.start, end, "{text:?}");
                range.end
            });
            assert_eq!(end, text.len(), "{text:?}");
        }
    }
}
