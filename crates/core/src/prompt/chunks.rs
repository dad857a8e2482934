//! Token ids in chunks, as the text encoders take them (method.md 6).

use std::ops::Range;

use super::{Piece, Tokenizer, Tokenizers};
use crate::error::Result;

/// Tokens of a chunk: start, content, end, padding.
pub const CHUNK_TOKENS: usize = 77;
/// Content tokens of a chunk.
pub const CONTENT_TOKENS: usize = CHUNK_TOKENS - 2;

/// The content tokens of a part of a text that begins a chunk, by both tokenizers.
#[derive(Default)]
pub(super) struct Section {
    pub(super) first: Vec<Piece>,
    pub(super) second: Vec<Piece>,
}

impl Section {
    /// Tokenizes the bytes `range` of `text`.
    pub(super) fn read(text: &str, range: Range<usize>, tokenizers: &Tokenizers) -> Result<Self> {
        let pieces = |tokenizer: &Tokenizer| -> Result<Vec<Piece>> {
            let mut pieces = tokenizer.encode(&text[range.clone()])?;
            for piece in &mut pieces {
                piece.span = piece.span.start + range.start..piece.span.end + range.start;
            }
            Ok(pieces)
        };
        Ok(Self { first: pieces(&tokenizers.first)?, second: pieces(&tokenizers.second)? })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.second.is_empty()
    }

    /// The number of chunks that it takes, at least one.
    pub(super) fn chunks(&self) -> usize {
        self.first.len().max(self.second.len()).div_ceil(CONTENT_TOKENS).max(1)
    }

    /// Cuts off what does not fit into `chunks` chunks, and returns its bytes in the text.
    pub(super) fn cut_to(&mut self, chunks: usize) -> Option<Range<usize>> {
        let room = chunks.saturating_mul(CONTENT_TOKENS);
        let end = self.first.last().map_or(0, |last| last.span.end);
        let lost = [&self.first, &self.second].into_iter().filter_map(|pieces| pieces.get(room));
        let start = lost.map(|piece| piece.span.start).min();
        self.first.truncate(room);
        self.second.truncate(room);
        start.map(|start| start..end)
    }

    /// Its chunks for both tokenizers.
    pub(super) fn ids(&self, tokenizers: &Tokenizers) -> Vec<[Vec<i64>; 2]> {
        let ids = |pieces: &[Piece]| pieces.iter().map(|piece| piece.id).collect::<Vec<_>>();
        let (first, second) = (ids(&self.first), ids(&self.second));
        let both =
            |index| [chunk(&tokenizers.first, &first, index), chunk(&tokenizers.second, &second, index)];
        (0..self.chunks()).map(both).collect()
    }
}

/// The position of content token `index` (0-based) of a section in the section's chunks.
pub(super) fn position(index: usize) -> usize {
    index / CONTENT_TOKENS * CHUNK_TOKENS + 1 + index % CONTENT_TOKENS
}

/// Chunk `index` of a section with these content `ids`, with start and end, padded to 77; without content past the last.
pub(super) fn chunk(tokenizer: &Tokenizer, ids: &[i64], index: usize) -> Vec<i64> {
    let content = ids.chunks(CONTENT_TOKENS).nth(index).unwrap_or_default();
    let mut chunk = Vec::with_capacity(CHUNK_TOKENS);
    chunk.push(tokenizer.start);
    chunk.extend(content);
    chunk.push(tokenizer.end);
    chunk.resize(CHUNK_TOKENS, tokenizer.pad);
    chunk
}
