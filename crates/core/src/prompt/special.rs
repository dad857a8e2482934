//! The special tokens of a CLIP tokenizer.

use serde::Deserialize;

use crate::error::{Error, Result};

/// Names of a chunk's special tokens. SDXL's two tokenizers differ in `pad` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Special {
    /// Before the content, "<|startoftext|>".
    pub start: String,
    /// After the content, "<|endoftext|>".
    pub end: String,
    /// Padding to the chunk's end, "<|endoftext|>" or "!".
    pub pad: String,
}

impl Special {
    /// Parses a `tokenizer_config.json` or `special_tokens_map.json`. A missing key gives CLIP's name; a missing padding
    /// token gives the end token.
    ///
    /// # Errors
    /// [`Error::Input`] if `json` is not such a file.
    pub fn from_config(json: &[u8]) -> Result<Self> {
        let config: Config = serde_json::from_slice(json).map_err(|error| {
            Error::input(
                format!("A tokenizer's list of special tokens cannot be read: {error}."),
                "Download or export the model's tokenizer folders again.",
            )
        })?;
        let clip = Self::default();
        let end = config.eos_token.map_or(clip.end, Name::into_string);
        Ok(Self {
            start: config.bos_token.map_or(clip.start, Name::into_string),
            pad: config.pad_token.map_or_else(|| end.clone(), Name::into_string),
            end,
        })
    }
}

impl Default for Special {
    /// The names in SDXL's first tokenizer.
    fn default() -> Self {
        Self { start: "<|startoftext|>".into(), end: "<|endoftext|>".into(), pad: "<|endoftext|>".into() }
    }
}

#[derive(Deserialize)]
struct Config {
    bos_token: Option<Name>,
    eos_token: Option<Name>,
    pad_token: Option<Name>,
}

/// A token's name, in either of the two forms in use.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Plain(String),
    Token { content: String },
}

impl Name {
    fn into_string(self) -> String {
        match self {
            Self::Plain(name) | Self::Token { content: name } => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_config_are_read() {
        fn check(json: &str, expected: Option<[&str; 3]>) {
            let special = Special::from_config(json.as_bytes()).ok();
            let expected = expected.map(|[start, end, pad]| Special {
                start: start.into(),
                end: end.into(),
                pad: pad.into(),
            });
            assert_eq!(special, expected, "{json}");
        }
        check("{}", Some(["<|startoftext|>", "<|endoftext|>", "<|endoftext|>"]));
        check(
            r#"{"pad_token": "!", "model_max_length": 77}"#,
            Some(["<|startoftext|>", "<|endoftext|>", "!"]),
        );
        check(
            r#"{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null}"#,
            Some(["<s>", "</s>", "</s>"]),
        );
        check(r#"{"bos_token": 3}"#, None);
        check("<html>", None);
    }
}
