//! From a prompt to the token ids that a network takes.

use std::path::Path;

use ndarray::Array2;
use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use tauscope_core::{Error, Result};

/// A tokenizer that cuts what is too long.
#[derive(Debug)]
pub(super) struct Text(Tokenizer);

/// A prompt's ids and which of them count, each [1, n].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tokens {
    pub(super) ids: Array2<i64>,
    pub(super) mask: Array2<i64>,
}

impl Text {
    /// Reads a `tokenizer.json`. Prompts are cut to `longest` tokens, the special ones included, and filled up to as many
    /// with `padding` if it is given.
    ///
    /// # Errors
    /// [`Error::Input`] if it is no tokenizer.
    pub(super) fn open(file: &Path, longest: usize, padding: Option<u32>) -> Result<Self> {
        let fault = |error: tokenizers::Error| {
            Error::input(
                format!("The tokenizer {} cannot be used ({error}).", file.display()),
                "It has to be the tokenizer.json that was exported with the network.",
            )
        };
        let mut tokenizer = Tokenizer::from_file(file).map_err(fault)?;
        let truncation = TruncationParams { max_length: longest, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(fault)?;
        let strategy = PaddingStrategy::Fixed(longest);
        tokenizer.with_padding(padding.map(|pad_id| PaddingParams {
            strategy,
            pad_id,
            ..PaddingParams::default()
        }));
        Ok(Self(tokenizer))
    }

    /// A prompt's tokens.
    ///
    /// # Errors
    /// [`Error::Input`] if the tokenizer refuses the prompt.
    pub(super) fn tokens(&self, prompt: &str) -> Result<Tokens> {
        let encoding = self.0.encode(prompt, true).map_err(|error| {
            Error::input(format!("The judge's tokenizer refuses a prompt ({error})."), "Change the prompt.")
        })?;
        let row = |values: &[u32]| Array2::from_shape_fn((1, values.len()), |(_, at)| i64::from(values[at]));
        Ok(Tokens { ids: row(encoding.get_ids()), mask: row(encoding.get_attention_mask()) })
    }
}
