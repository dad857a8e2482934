//! CLIP's byte-level BPE: from text to token ids, each with its position in the text.
//!
//! Ids equal those of transformers' `CLIPTokenizerFast` without truncation. As in diffusers, the name of a special token
//! in the text ("<|endoftext|>", and "!" for SDXL's second tokenizer) becomes that token.

use std::ops::Range;

use serde_json::{Value, json};
use tokenizers::AddedToken;
use unicode_segmentation::UnicodeSegmentation;

use super::Special;
use crate::error::{Error, Result};

/// CLIP's pattern of words: the special tokens, English contractions, letters, single digits, other signs.
const CLIP_WORDS: &str =
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// A tokenizer with the ids of its special tokens.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) pad: i64,
}

/// A token and the bytes of the text that it stands for. Spans cover whole grapheme clusters, so the pieces of an emoji
/// have the same span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The id in the vocabulary.
    pub id: i64,
    /// Bytes of the text.
    pub span: Range<usize>,
}

impl Tokenizer {
    /// Parses a `tokenizer.json`. Its truncation, padding and post-processing are switched off.
    ///
    /// # Errors
    /// [`Error::Input`] if `json` is invalid or lacks a special token.
    pub fn from_json(json: &[u8], special: &Special) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json)
            .map_err(|error| unreadable(&format!("its definition cannot be read ({error})")))?;
        inner
            .with_truncation(None)
            .map_err(|error| Error::Internal(error.to_string()))?
            .with_padding(None)
            .with_post_processor(None::<tokenizers::PostProcessorWrapper>);
        let id = |name: &String| {
            inner.token_to_id(name).ok_or_else(|| unreadable(&format!("its vocabulary lacks {name:?}")))
        };
        let (start, end, pad) = (id(&special.start)?, id(&special.end)?, id(&special.pad)?);
        let known = inner.get_added_tokens_decoder();
        let missing = [(start, &special.start), (end, &special.end), (pad, &special.pad)]
            .into_iter()
            .filter(|(id, _)| !known.contains_key(id))
            .map(|(_, name)| AddedToken::from(name.as_str(), true).normalized(true));
        inner.add_special_tokens(missing).map_err(|error| unreadable(&error.to_string()))?;
        let [start, end, pad] = [start, end, pad].map(i64::from);
        Ok(Self { inner, start, end, pad })
    }

    /// Builds the same from CLIP's `vocab.json` and `merges.txt`, the only files in SDXL's own folders.
    ///
    /// # Errors
    /// If a file cannot be read, does not fit the other, or lacks a special token.
    pub fn from_vocab_merges(vocab_json: &[u8], merges_txt: &[u8], special: &Special) -> Result<Self> {
        let vocab: serde_json::Map<String, Value> = serde_json::from_slice(vocab_json)
            .map_err(|error| unreadable(&format!("vocab.json cannot be read ({error})")))?;
        let merges = str::from_utf8(merges_txt)
            .map_err(|error| unreadable(&format!("merges.txt is no text ({error})")))?;
        let merges: Vec<&str> =
            merges.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")).collect();
        let json = json!({
            "version": "1.0",
            "added_tokens": [],
            "normalizer": { "type": "Sequence", "normalizers": [
                { "type": "NFC" },
                { "type": "Replace", "pattern": { "Regex": r"\s+" }, "content": " " },
                { "type": "Lowercase" },
            ] },
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
                { "type": "Split", "pattern": { "Regex": CLIP_WORDS }, "behavior": "Removed", "invert": true },
                { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
            ] },
            "model": {
                "type": "BPE",
                "unk_token": &special.end,
                "continuing_subword_prefix": "",
                "end_of_word_suffix": "</w>",
                "fuse_unk": false,
                "vocab": vocab,
                "merges": merges,
            },
        });
        Self::from_json(json.to_string().as_bytes(), special)
    }

    /// Tokenizes `text` without start, end and padding, however long it is.
    ///
    /// # Errors
    /// [`Error::Input`] if the tokenizer fails, which no known text causes.
    pub fn encode(&self, text: &str) -> Result<Vec<Piece>> {
        let encoding = self.inner.encode(text, false).map_err(|error| {
            Error::input(format!("The prompt cannot be tokenized: {error}."), "Shorten or change the prompt.")
        })?;
        // Normalisation maps a composed character to the first of its parts, so spans are widened to whole characters.
        let mut characters: Vec<usize> = text.grapheme_indices(true).map(|(start, _)| start).collect();
        characters.push(text.len());
        let whole = |(start, end): (usize, usize)| {
            let first = characters.partition_point(|&at| at <= start).saturating_sub(1);
            let last = characters.partition_point(|&at| at < end).min(characters.len() - 1);
            characters[first]..characters[last].max(characters[first])
        };
        Ok(encoding
            .get_ids()
            .iter()
            .zip(encoding.get_offsets())
            .map(|(&id, &span)| Piece { id: id.into(), span: whole(span) })
            .collect())
    }
}

fn unreadable(problem: &str) -> Error {
    Error::input(
        format!("A tokenizer cannot be used: {problem}."),
        "Download or export the model's tokenizer folders again.",
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{MERGES, VOCAB, specials, tokenizers},
        super::trouble::{TROUBLE, texts},
        *,
    };

    fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<i64> {
        tokenizer.encode(text).unwrap().into_iter().map(|piece| piece.id).collect()
    }

    #[test]
    fn ids_are_those_of_transformers() {
        let goldens: Vec<(String, Vec<i64>, Vec<i64>)> =
            serde_json::from_slice(include_bytes!("../../tests/data/prompt/ids.json")).unwrap();
        let tokenizers = tokenizers();
        for (text, first, second) in goldens {
            assert_eq!(ids(&tokenizers.first, &text), first, "{text:?}");
            assert_eq!(ids(&tokenizers.second, &text), second, "{text:?}");
        }
    }

    #[test]
    fn vocabulary_and_merges_make_the_same_tokenizer() {
        let tokenizers = tokenizers();
        for (ready, special) in [&tokenizers.first, &tokenizers.second].into_iter().zip(specials()) {
            let built = Tokenizer::from_vocab_merges(VOCAB, MERGES, &special).unwrap();
            assert_eq!((built.start, built.end, built.pad), (ready.start, ready.end, ready.pad));
            for text in texts(TROUBLE, 1000) {
                assert_eq!(built.encode(&text).unwrap(), ready.encode(&text).unwrap(), "{text:?}");
            }
        }
    }

    #[test]
    fn spans_are_whole_characters_of_the_text() {
        fn check(text: &str, expected: &[&str]) {
            let pieces = tokenizers().first.encode(text).unwrap();
            let mut spans: Vec<_> = pieces.into_iter().map(|piece| &text[piece.span]).collect();
            spans.dedup();
            assert_eq!(spans, expected, "{text:?}");
        }
        check("a RED cat", &["a", "RED", "cat"]);
        check("  red \n\t cat  ", &["red", "cat"]);
        check("wow!", &["w", "ow", "!"]);
        check("日本", &["日", "本"]);
        check("cafe\u{301} cat", &["ca", "f", "e\u{301}", "cat"]);
        check("\u{1112}\u{1161}\u{11ab}!", &["\u{1112}\u{1161}\u{11ab}", "!"]);
        check("👩\u{200d}👧 cat", &["👩\u{200d}👧", "cat"]);
        check("İ cat", &["İ", "cat"]);
        check("a <|endoftext|> cat", &["a", "<|endoftext|>", "cat"]);
        check("", &[]);
        check(" \n ", &[]);
    }

    #[test]
    fn spans_go_forward_and_lie_in_the_text() {
        let tokenizers = tokenizers();
        for text in texts(TROUBLE, 1000) {
            let pieces = tokenizers.second.encode(&text).unwrap();
            assert!(
                pieces.iter().all(|piece| text.get(piece.span.clone()).is_some_and(|span| !span.is_empty()))
            );
            assert!(pieces.is_sorted_by_key(|piece| piece.span.start), "{text:?}");
            assert!(pieces.is_sorted_by_key(|piece| piece.span.end), "{text:?}");
        }
    }

    #[test]
    fn a_file_with_its_own_truncation_and_padding_does_not_cut() {
        let mut json: Value =
            serde_json::from_slice(include_bytes!("../../tests/data/prompt/tokenizer.json")).unwrap();
        json["truncation"] =
            json!({"direction": "Right", "max_length": 7, "strategy": "LongestFirst", "stride": 0});
        json["padding"] = json!({"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "!"});
        let tokenizer = Tokenizer::from_json(json.to_string().as_bytes(), &Special::default()).unwrap();
        assert_eq!(tokenizer.encode("cat").unwrap().len(), 1);
        assert_eq!(tokenizer.encode(&"cat ".repeat(90)).unwrap().len(), 90);
    }

    #[test]
    fn files_that_are_no_tokenizer_are_refused() {
        fn check(vocab: &[u8], merges: &[u8], special: &Special, expected: &str) {
            let message = match Tokenizer::from_vocab_merges(vocab, merges, special) {
                Ok(_) => "accepted".to_owned(),
                Err(error) => error.to_string(),
            };
            assert!(message.contains(expected), "{message}");
        }
        let clip = Special::default();
        check(b"version https://git-lfs", MERGES, &clip, "vocab.json cannot be read");
        check(VOCAB, b"\xff\xfe", &clip, "merges.txt is no text");
        check(VOCAB, b"#version: 0.2\nnot-in vocabulary\n", &clip, "cannot be read");
        check(VOCAB, MERGES, &Special { pad: "<pad>".into(), ..clip.clone() }, "lacks \"<pad>\"");
        check(b"{}", b"", &clip, "lacks \"<|startoftext|>\"");
        assert!(Tokenizer::from_json(b"{}", &clip).is_err());
    }
}
