//! Reading prompts as a model will, without loading it: what the window does at every keystroke.

use crate::{
    error::Result,
    model::{ModelFolder, TokenizerFiles, Words},
    prompt::{CHUNK_TOKENS, Groups, PhraseAlone, Prompt, Special, Tokenizer, Tokenizers},
};

/// A model's tokenizers and the words it knows.
pub struct Reader {
    tokenizers: Tokenizers,
    max_chunks: Option<usize>,
    words: Option<Words>,
}

impl Reader {
    /// For the model in `folder`.
    ///
    /// # Errors
    /// If a tokenizer's files are broken.
    pub fn of(folder: &ModelFolder) -> Result<Self> {
        let [first, second] = &folder.tokenizers;
        Ok(Self {
            tokenizers: Tokenizers { first: tokenizer(first)?, second: tokenizer(second)? },
            max_chunks: folder.unet.sequence_length.map(|tokens| tokens / CHUNK_TOKENS),
            words: folder.words.clone(),
        })
    }

    /// The prompt as the model sees it; what is too long for a graph of fixed length is cut, and told.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn read(&self, text: &str) -> Result<Prompt> {
        Prompt::parse(text, &self.tokenizers, self.max_chunks)
    }

    /// Every phrase of the groups, read alone, as far as the model sees it (Structured Diffusion, method.md 4).
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn phrases_alone(&self, prompt: &Prompt, groups: &Groups) -> Result<Vec<PhraseAlone>> {
        let phrases = groups.list.iter().flat_map(|group| &group.phrases);
        let alone = phrases.map(|phrase| prompt.phrase_alone(&phrase.span, &self.tokenizers));
        let seen =
            |alone: &Result<PhraseAlone>| alone.as_ref().map_or(true, |alone| !alone.places.is_empty());
        alone.filter(seen).collect()
    }

    /// The most chunks of 77 that the model takes; `None` for any number.
    pub fn max_chunks(&self) -> Option<usize> {
        self.max_chunks
    }

    /// Whether the model is known never to have seen `word`.
    pub fn is_unseen(&self, word: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_unseen(word))
    }

    /// Prompts that the model paints well.
    pub fn examples(&self) -> &[String] {
        self.words.as_ref().map_or(&[], Words::examples)
    }
}

fn tokenizer(files: &TokenizerFiles) -> Result<Tokenizer> {
    let special = Special { start: files.start.clone(), end: files.end.clone(), pad: files.pad.clone() };
    match &files.json {
        Some(json) => Tokenizer::from_json(json, &special),
        None => {
            // `model` has seen to it that these are there when the other is not.
            let bytes = |file: &Option<bytes::Bytes>| file.clone().unwrap_or_default();
            Tokenizer::from_vocab_merges(&bytes(&files.vocab), &bytes(&files.merges), &special)
        }
    }
}
