//! A tokenizer's files, unparsed: `prompt` makes the tokenizer but does no input or output.

use bytes::Bytes;
use serde::Deserialize;

use super::{Files, configs, git_lfs, python_json::without_mark};
use crate::{Error, Result};

/// One of the two tokenizers. It has either `json`, or both `vocab` and `merges`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenizerFiles {
    /// `tokenizer.json`, which suffices by itself.
    pub json: Option<Bytes>,
    /// `vocab.json`.
    pub vocab: Option<Bytes>,
    /// `merges.txt`.
    pub merges: Option<Bytes>,
    /// The token before a prompt.
    pub start: String,
    /// The token after a prompt.
    pub end: String,
    /// The padding token, in which SDXL's two tokenizers differ.
    pub pad: String,
}

impl TokenizerFiles {
    /// Reads `folder` ("tokenizer", "tokenizer_2").
    ///
    /// # Errors
    /// [`Error::Model`] if files are missing or a configuration is broken.
    pub(super) fn open(files: &Files, folder: &str) -> Result<Self> {
        let read = |name: &str| {
            let relative = format!("{folder}/{name}");
            let bytes = files.exists(&relative).then(|| files.read(&relative)).transpose()?;
            git_lfs::refuse_pointer(files, &relative, bytes.as_deref().unwrap_or_default())?;
            Ok::<_, Error>(bytes.map(|bytes| bytes.slice_ref(without_mark(&bytes))))
        };
        let (json, vocab, merges) = (read("tokenizer.json")?, read("vocab.json")?, read("merges.txt")?);
        if json.is_none() && (vocab.is_none() || merges.is_none()) {
            return Err(Error::model(
                files.root(),
                format!(
                    "{folder} holds neither tokenizer.json nor vocab.json and merges.txt, so prompts cannot be read."
                ),
                "Copy these files from the model's page, or export the model again.",
            ));
        }
        let named = |name| configs::read_if_there::<SpecialTokens>(files, &format!("{folder}/{name}"));
        let config = named("tokenizer_config.json")?.unwrap_or_default();
        let map = named("special_tokens_map.json")?.unwrap_or_default();
        let end = text(config.eos_token, map.eos_token).unwrap_or_else(|| "<|endoftext|>".into());
        Ok(Self {
            json,
            vocab,
            merges,
            start: text(config.bos_token, map.bos_token).unwrap_or_else(|| "<|startoftext|>".into()),
            pad: text(config.pad_token, map.pad_token).unwrap_or_else(|| end.clone()),
            end,
        })
    }
}

fn text(first: Option<SpecialToken>, second: Option<SpecialToken>) -> Option<String> {
    first.or(second).map(|token| match token {
        SpecialToken::Text(content) | SpecialToken::Entry { content } => content,
    })
}

/// The keys of `tokenizer_config.json` and `special_tokens_map.json` that are used.
#[derive(Default, Deserialize)]
struct SpecialTokens {
    bos_token: Option<SpecialToken>,
    eos_token: Option<SpecialToken>,
    pad_token: Option<SpecialToken>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SpecialToken {
    Text(String),
    Entry { content: String },
}
