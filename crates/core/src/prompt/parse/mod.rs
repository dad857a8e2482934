//! Parsing a prompt: token ids for the text encoders, and the meaning of every position of the context.

#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc};

use super::{
    CHUNK_TOKENS, CONTENT_TOKENS, Label, PromptNotice, PromptWords, Tokenizer, WeightedText, Word,
    chunks::{self, Section},
    label::labels,
    words,
};
use crate::{error::Result, model::Fingerprint};

/// SDXL's two tokenizers. Mostly they agree, but not always: "!!!" is one token for the first and three for the second.
pub struct Tokenizers {
    /// Text encoder 1's, whose tokens define words' positions.
    pub first: Tokenizer,
    /// Text encoder 2's.
    pub second: Tokenizer,
    /// The model that they belong to.
    pub model: Fingerprint,
}

/// A prompt as typed and as the model gets it. The context has L = 77 x chunks positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// As typed.
    pub source: String,
    /// Without weights and what else is no text.
    pub weighted: WeightedText,
    /// Ids of both tokenizers, 77 per chunk: start, content, end, padding. At least one chunk.
    pub chunks: Vec<[Vec<i64>; 2]>,
    /// Its words and the other parts of the context.
    pub words: Arc<PromptWords>,
    /// The model whose tokenizers parsed it. Its token ids are meaningless for other models.
    pub model: Fingerprint,
    /// Number of content tokens of the whole text by tokenizer 1, including those cut off.
    pub token_count: usize,
    /// The bytes of `source` that are cut off because the graph takes no more chunks.
    pub cut: Option<Range<usize>>,
    /// What a person should know about how it is read.
    pub notices: Vec<PromptNotice>,
    /// Each content token of tokenizer 1 that is not cut off.
    pub(super) pieces: Vec<PlacedPiece>,
    /// A chunk without content.
    empty: [Vec<i64>; 2],
}

/// A content token in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlacedPiece {
    /// Its bytes in [`WeightedText::text`].
    pub(super) span: Range<usize>,
    /// Its position in the context.
    pub(super) position: usize,
}

impl Prompt {
    /// Parses `text`. Tokens past `max_chunks` chunks of 75 are cut off (1 for a graph with a fixed sequence of 77). "BREAK"
    /// starts a new chunk, if the chunks suffice.
    ///
    /// # Errors
    /// [`crate::Error::Input`] if a tokenizer fails.
    pub fn parse(text: &str, tokenizers: &Tokenizers, max_chunks: Option<usize>) -> Result<Self> {
        let weighted = WeightedText::parse(text);
        let mut notices = weighted.notices.clone();
        let read = |range| Section::read(&weighted.text, range, tokenizers);
        let mut sections = weighted.sections().map(read).collect::<Result<Vec<_>>>()?;
        // Breaks at the ends or side by side start no chunk.
        sections.retain(|section| !section.is_empty());
        let most = max_chunks.map_or(usize::MAX, |chunks| chunks.max(1));
        let chunks = sections.iter().map(Section::chunks).sum::<usize>();
        if !weighted.breaks.is_empty() && chunks > most {
            sections = vec![read(0..weighted.text.len())?];
            notices.retain(|notice| *notice != PromptNotice::Break);
            notices.push(PromptNotice::TooManyChunks { chunks, most });
        }
        if sections.is_empty() {
            sections.push(Section::default());
        }
        let token_count = sections.iter().map(|section| section.first.len()).sum();

        // Only a single section can be too long.
        let cut = sections.iter_mut().find_map(|section| section.cut_to(most));
        notices.extend(cut.clone().map(|cut| {
            let text = weighted.text[cut].trim().to_owned();
            PromptNotice::CutOff { tokens: most * CONTENT_TOKENS, text }
        }));

        let (mut chunks, mut pieces) = (Vec::new(), Vec::new());
        for section in sections {
            let start = chunks.len() * CHUNK_TOKENS;
            chunks.extend(section.ids(tokenizers));
            pieces.extend(section.first.into_iter().enumerate().map(|(index, piece)| PlacedPiece {
                span: piece.span,
                position: start + chunks::position(index),
            }));
        }
        let words = words_of(&weighted, &pieces);
        let words = PromptWords::new(words, &labels(&weighted.text, &pieces, chunks.len()));
        Ok(Self {
            source: text.to_owned(),
            chunks,
            words: Arc::new(words),
            model: tokenizers.model,
            token_count,
            cut: cut.map(|cut| weighted.source_range(cut)),
            notices,
            pieces,
            empty: [&tokenizers.first, &tokenizers.second].map(|tokenizer| chunks::chunk(tokenizer, &[], 0)),
            weighted,
        })
    }

    /// L, the length of the context.
    pub fn context_tokens(&self) -> usize {
        self.chunks.len() * CHUNK_TOKENS
    }

    /// The weight of every position of the context, [L]: that of a piece's first character, and 1 for start, end and
    /// padding.
    pub fn token_weight(&self) -> Vec<f32> {
        let mut weights = vec![1.0; self.context_tokens()];
        for PlacedPiece { span, position } in &self.pieces {
            weights[*position] = self.weighted.weight_at(span.start);
        }
        weights
    }

    /// The meaning of every position of the context by tokenizer 1, [L].
    pub fn labels(&self) -> Vec<Label<'_>> {
        labels(&self.weighted.text, &self.pieces, self.chunks.len())
    }

    /// The prompt padded with empty chunks to `chunks`, so that the shorter of two prompts fits the longer (method.md 6).
    pub fn padded_to(self: &Arc<Self>, chunks: usize) -> Arc<Self> {
        let mut padded = Arc::clone(self);
        if self.chunks.len() < chunks {
            let prompt = Arc::make_mut(&mut padded);
            prompt.chunks.resize(chunks, prompt.empty.clone());
            prompt.words = Arc::new(PromptWords::new(prompt.words.list.clone(), &prompt.labels()));
        }
        padded
    }
}

/// The words of the text with the tokens that overlap them. Both lists are in reading order, so one pass suffices.
fn words_of(weighted: &WeightedText, pieces: &[PlacedPiece]) -> Vec<Word> {
    let mut first = 0;
    let mut found = Vec::new();
    for range in words::segments(&weighted.text) {
        first += pieces[first..].iter().take_while(|piece| piece.span.end <= range.start).count();
        let count = pieces[first..].iter().take_while(|piece| piece.span.start < range.end).count();
        if count == 0 {
            continue;
        }
        let cut = &pieces[first..first + count];
        let text = &weighted.text[range.clone()];
        found.push(Word {
            text: text.to_owned(),
            source: weighted.source_range(range.clone()),
            tokens: cut.iter().map(|piece| piece.position).collect(),
            pieces: cut.iter().map(|piece| weighted.text[piece.span.clone()].to_owned()).collect(),
            content: words::is_content(text),
            weight: weighted.weight_at(range.start),
        });
    }
    found
}
