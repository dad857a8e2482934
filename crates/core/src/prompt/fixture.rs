//! The embedded model's tokenizers, for the tests of this module.

use super::{Special, Tokenizer, Tokenizers};
use crate::model::Fingerprint;

pub(super) const VOCAB: &[u8] = include_bytes!("../../tests/data/prompt/vocab.json");
pub(super) const MERGES: &[u8] = include_bytes!("../../tests/data/prompt/merges.txt");

/// The special tokens of SDXL's tokenizers.
pub(super) fn specials() -> [Special; 2] {
    [Special::default(), Special { pad: "!".into(), ..Special::default() }]
}

/// The embedded model's tokenizers from their `tokenizer.json`.
pub(super) fn tokenizers() -> Tokenizers {
    let [first, second] = specials();
    Tokenizers {
        first: Tokenizer::from_json(include_bytes!("../../tests/data/prompt/tokenizer.json"), &first)
            .unwrap(),
        second: Tokenizer::from_json(include_bytes!("../../tests/data/prompt/tokenizer_2.json"), &second)
            .unwrap(),
        model: Fingerprint::of_text("fixture"),
    }
}
