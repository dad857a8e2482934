//! The draft's prompt as the window shows it while a person types.
//!
//! Whoever opens the window plugs in a [`PromptReader`]; for real models that is the worker's [`Reader`]. What this is
//! not: the words of a painting, which it carries itself.

use std::{ops::Range, sync::Arc};

pub use tauscope_core::prompt::Part;
use tauscope_core::prompt::{Prompt, PromptNotice, PromptWords};
use tauscope_studio::worker::Reader;

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
    /// As the model takes it, for the request to paint it; `None` where nothing but the words is known.
    pub prompt: Option<Arc<Prompt>>,
    /// Its words.
    pub words: Arc<PromptWords>,
    /// The words that the model has not seen while it learned, by their index, in order.
    pub unseen: Vec<usize>,
}

impl Reading {
    /// Tokens used, start and end included. What is cut off counts too, so that the number says how much is too much.
    pub fn tokens(&self) -> usize {
        match &self.prompt {
            Some(prompt) => prompt.token_count + 2 * prompt.chunks.len(),
            None => self.limit() - self.words.padding.len(),
        }
    }

    /// Tokens that the context has room for: 77 a chunk.
    pub fn limit(&self) -> usize {
        self.words.context_tokens()
    }

    /// Bytes of the prompt that the model does not see.
    pub fn cut(&self) -> Option<&Range<usize>> {
        self.prompt.as_ref().and_then(|prompt| prompt.cut.as_ref())
    }

    /// What is read in another way than typed, or not at all.
    pub fn notices(&self) -> &[PromptNotice] {
        self.prompt.as_ref().map_or(&[], |prompt| &prompt.notices)
    }

    /// Whether the model has never seen the word with this index.
    pub fn is_unseen(&self, word: usize) -> bool {
        self.unseen.binary_search(&word).is_ok()
    }

    /// Words that the model has never seen, each once.
    pub fn unseen_words(&self) -> Vec<&str> {
        let mut unseen = Vec::new();
        for word in self.unseen.iter().filter_map(|&word| self.words.list.get(word)) {
            if !unseen.contains(&word.text.as_str()) {
                unseen.push(word.text.as_str());
            }
        }
        unseen
    }
}

impl PromptReader for Reader {
    /// A prompt that the tokenizer refuses has no words; Generate tells why.
    fn read(&self, prompt: &str) -> Reading {
        let Ok(prompt) = Self::read(self, prompt) else { return Reading::default() };
        let words = Arc::clone(&prompt.words);
        let unseen = words.list.iter().enumerate().filter(|(_, word)| self.is_unseen(&word.text));
        let unseen = unseen.map(|(index, _)| index).collect();
        Reading { prompt: Some(prompt), words, unseen }
    }

    fn examples(&self) -> Vec<String> {
        self.examples().to_vec()
    }
}

impl From<Arc<PromptWords>> for Reading {
    /// As kept with a painting: nothing is cut, and all words count as seen.
    fn from(words: Arc<PromptWords>) -> Self {
        Self { words, ..Self::default() }
    }
}
