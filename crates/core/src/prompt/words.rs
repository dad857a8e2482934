//! The words of a text, and which of them are content words.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Words whose maps mean little: articles, conjunctions, prepositions, pronouns, auxiliaries.
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "across", "after", "against", "along", "am", "among", "an", "and", "are",
    "around", "as", "at", "be", "been", "before", "behind", "being", "below", "beneath", "beside", "between",
    "beyond", "but", "by", "can", "could", "did", "do", "does", "during", "for", "from", "had", "has",
    "have", "he", "her", "hers", "him", "his", "i", "if", "in", "inside", "into", "is", "it", "its", "may",
    "me", "might", "mine", "must", "my", "near", "next", "nor", "of", "off", "on", "onto", "or", "our",
    "ours", "out", "outside", "over", "shall", "she", "should", "so", "some", "than", "that", "the", "their",
    "theirs", "them", "then", "there", "these", "they", "this", "those", "through", "to", "toward",
    "towards", "under", "until", "up", "upon", "us", "was", "we", "were", "which", "while", "who", "whom",
    "whose", "will", "with", "within", "without", "would", "yet", "you", "your", "yours",
];

/// A word of a prompt and its tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As typed, without weight syntax.
    pub text: String,
    /// Its bytes in the prompt as typed.
    pub source: Range<usize>,
    /// Its tokens' positions in the context (0..L, tokenizer 1); never empty.
    pub tokens: Vec<usize>,
    /// The text of each token, as typed; empty in files of earlier versions.
    #[serde(default)]
    pub pieces: Vec<String>,
    /// Whether it has a heatmap by default: neither punctuation nor a stop word.
    pub content: bool,
    /// Its weight in the prompt, that of its first character.
    pub weight: f32,
}

/// Byte ranges of the words and of the punctuation between them (adjacent signs as one), by Unicode word boundaries
/// (UAX 29), without whitespace.
pub(super) fn segments(text: &str) -> Vec<Range<usize>> {
    let mut segments: Vec<Range<usize>> = Vec::new();
    for (start, segment) in text.split_word_bound_indices() {
        if segment.trim().is_empty() {
            continue;
        }
        let range = start..start + segment.len();
        match segments.last_mut() {
            Some(last)
                if last.end == start && is_punctuation(segment) && is_punctuation(&text[last.clone()]) =>
            {
                last.end = range.end;
            }
            _ => segments.push(range),
        }
    }
    segments
}

/// Whether a segment says something by itself. Emoji do.
pub(super) fn is_content(segment: &str) -> bool {
    !is_punctuation(segment) && STOP_WORDS.binary_search(&segment.to_lowercase().as_str()).is_err()
}

/// Punctuation, marks without a letter, and invisible characters.
pub(super) fn is_punctuation(segment: &str) -> bool {
    segment.chars().all(|c| {
        !c.is_alphanumeric()
            && (c.is_ascii()
                || c.is_control()
                || c.is_whitespace()
                || matches!(c,
                    '\u{80}'..='\u{bf}' | '\u{300}'..='\u{36f}' | '\u{2000}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}'
                    | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{fe6f}' | '\u{feff}' | '\u{ff00}'..='\u{ff65}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_punctuation_come_apart() {
        fn check(text: &str, expected: &[&str]) {
            let found: Vec<_> = segments(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        check("a red cat", &["a", "red", "cat"]);
        check("wow!!! (4k), it's 3.5", &["wow", "!!!", "(", "4k", "),", "it's", "3.5"]);
        check("well-known best_quality", &["well", "-", "known", "best_quality"]);
        check("日本 שלום", &["日", "本", "שלום"]);
        check("👍🏽👩\u{200d}👧, ♥", &["👍🏽", "👩\u{200d}👧", ",", "♥"]);
        check(" \n\u{3000} ", &[]);
    }

    #[test]
    fn content_is_what_has_a_place_in_a_picture() {
        fn check(segment: &str, expected: bool) {
            assert_eq!(is_content(segment), expected, "{segment:?}");
        }
        check("cat", true);
        check("1girl", true);
        check("日", true);
        check("👍🏽", true);
        check("♥", true);
        check("the", false);
        check("The", false);
        check("behind", false);
        check("),", false);
        check("—", false);
        check("、", false);
        check("\u{200b}", false);
    }

    #[test]
    fn stop_words_can_be_searched() {
        assert!(STOP_WORDS.is_sorted());
    }
}
