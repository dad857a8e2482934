//! Reads the scripted model's prompts: every word between spaces is one token, from position 1 on.

use tauscope_core::{
    error::Result,
    model::Fingerprint,
    prompt::{Special, Tokenizer, Tokenizers},
};
use tauscope_studio::worker::Reader;

/// A tokenizer with one token for all words, since the fake does not look at ids.
const TOKENIZER: &[u8] = br#"{
    "version": "1.0",
    "added_tokens": [],
    "pre_tokenizer": {"type": "WhitespaceSplit"},
    "model": {
        "type": "WordLevel",
        "vocab": {"<|startoftext|>": 0, "<|endoftext|>": 1, "word": 2},
        "unk_token": "word"
    }
}"#;

/// The reader of the scripted model `model`, which takes one chunk.
pub(super) fn reader(model: Fingerprint) -> Result<Reader> {
    let tokenizer = || Tokenizer::from_json(TOKENIZER, &Special::default());
    Ok(Reader::new(Tokenizers { first: tokenizer()?, second: tokenizer()?, model }, Some(1)))
}
