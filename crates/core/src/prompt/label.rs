//! What stands at each position of a prompt's context.

use std::fmt;

use super::{CHUNK_TOKENS, parse::PlacedPiece};

/// The meaning of a position of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// The start token.
    Start,
    /// A piece of the text.
    Piece(&'a str),
    /// The end token.
    End,
    /// Padding.
    Padding,
}

/// The meaning of each position of a context of `chunks` chunks with these pieces of `text`.
pub(super) fn labels<'a>(text: &'a str, pieces: &[PlacedPiece], chunks: usize) -> Vec<Label<'a>> {
    let mut labels = vec![Label::Padding; chunks * CHUNK_TOKENS];
    for PlacedPiece { span, position } in pieces {
        labels[*position] = Label::Piece(&text[span.clone()]);
    }
    for labels in labels.chunks_mut(CHUNK_TOKENS) {
        labels[0] = Label::Start;
        if let Some(end) = labels.iter_mut().find(|label| **label == Label::Padding) {
            *end = Label::End;
        }
    }
    labels
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Piece(text) => text,
            Self::End => "end",
            Self::Padding => "padding",
        })
    }
}
