//! Token ids in chunks, as the text encoders take them (method.md 6).

use super::{Piece, Tokenizer, Tokenizers};

/// Tokens of a chunk: start, content, end, padding.
pub const CHUNK_TOKENS: usize = 77;
/// Content tokens of a chunk.
pub const CONTENT_TOKENS: usize = CHUNK_TOKENS - 2;

/// The position in the context of content token `index` (0-based) of a prompt.
pub(super) fn position(index: usize) -> usize {
    index / CONTENT_TOKENS * CHUNK_TOKENS + 1 + index % CONTENT_TOKENS
}

/// The number of chunks for `tokens` content tokens, at least one.
pub(super) fn count(tokens: usize) -> usize {
    tokens.div_ceil(CONTENT_TOKENS).max(1)
}

/// All chunks of a text with these content tokens, for both tokenizers; at least one.
pub(super) fn both(tokenizers: &Tokenizers, first: &[Piece], second: &[Piece]) -> Vec<[Vec<i64>; 2]> {
    let ids = |pieces: &[Piece]| pieces.iter().map(|piece| piece.id).collect::<Vec<_>>();
    let (first, second) = (ids(first), ids(second));
    let both = |index| [chunk(&tokenizers.first, &first, index), chunk(&tokenizers.second, &second, index)];
    (0..count(first.len().max(second.len()))).map(both).collect()
}

/// Chunk `index` of a prompt with these content `ids`, with start and end, padded to 77; without content past the last.
pub(super) fn chunk(tokenizer: &Tokenizer, ids: &[i64], index: usize) -> Vec<i64> {
    let content = ids.chunks(CONTENT_TOKENS).nth(index).unwrap_or_default();
    let mut chunk = Vec::with_capacity(CHUNK_TOKENS);
    chunk.push(tokenizer.start);
    chunk.extend(content);
    chunk.push(tokenizer.end);
    chunk.resize(CHUNK_TOKENS, tokenizer.pad);
    chunk
}
