//! Prompt weights: "(word:1.2)", as in AUTOMATIC1111's web UI (method.md 3).
//!
//! | typed           | means                                                |
//! |-----------------|------------------------------------------------------|
//! | `(word)`        | weight 1.1                                           |
//! | `((word))`      | weight 1.21: nested weights multiply                 |
//! | `(word:1.3)`    | weight 1.3                                           |
//! | `[word]`        | weight 1/1.1                                         |
//! | `\(` `\)` `\[` `\]` `\\` | the character itself; any other backslash is dropped |
//!
//! An unclosed bracket extends to the end. A closing bracket without a partner is text, and so is a pair whose number is
//! not above 0. "BREAK" is an ordinary word, and prompt editing ("[a:b:0.5]") is not supported.

use std::ops::Range;

use super::syntax::{Bracket, Mark, marks};

/// Products of weights are clamped to this range, so that sums over weighted attention stay finite and above 0.
const WEIGHT_LIMITS: (f64, f64) = (1e-4, 1e4);

/// A prompt without its weight syntax, and its weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedText {
    /// The text that is tokenized.
    pub text: String,
    /// Runs of equal weight: byte ranges that cover `text` without gaps. Weights are within 0.0001..=10000.
    pub weights: Vec<(Range<usize>, f32)>,
    /// The origin of `text`: starts in `text` and in the source.
    copies: Vec<(usize, usize)>,
}

impl WeightedText {
    /// Parses any text; text without weight syntax is unchanged.
    pub fn parse(source: &str) -> Self {
        let mut parsed = Self::default();
        // The products of the open brackets, per kind, because the kinds may cross each other.
        let (mut round, mut square) = (vec![1.0], vec![1.0]);
        for (range, mark) in marks(source) {
            match mark {
                Mark::Text => {
                    let product: f64 = round.last().unwrap_or(&1.0) * square.last().unwrap_or(&1.0);
                    parsed.push(source, range, product.clamp(WEIGHT_LIMITS.0, WEIGHT_LIMITS.1) as f32);
                }
                Mark::Escape => {}
                Mark::Open(Bracket::Round, factor) => push_product(&mut round, factor),
                Mark::Open(Bracket::Square, factor) => push_product(&mut square, factor),
                Mark::Close(Bracket::Round) => drop(round.pop()),
                Mark::Close(Bracket::Square) => drop(square.pop()),
            }
        }
        parsed
    }

    /// Whether any weight differs from 1.
    pub fn is_weighted(&self) -> bool {
        self.weights.iter().any(|(_, weight)| *weight != 1.0)
    }

    /// The weight of the character at `byte` of `text`; 1 outside.
    pub fn weight_at(&self, byte: usize) -> f32 {
        let run = self.weights.partition_point(|(range, _)| range.end <= byte);
        self.weights.get(run).map_or(1.0, |(_, weight)| *weight)
    }

    /// The bytes of the source that the bytes `plain` of `text` come from, syntax between them included.
    pub fn source_range(&self, plain: Range<usize>) -> Range<usize> {
        let start = self.source_byte(plain.start);
        let end = if plain.is_empty() { start } else { self.source_byte(plain.end - 1) + 1 };
        start..end
    }

    /// The part of `text` that comes from the bytes `source` of the source.
    pub fn text_within(&self, source: &Range<usize>) -> &str {
        let within = |&(at, _): &(usize, char)| source.contains(&self.source_byte(at));
        let mut characters = self.text.char_indices().filter(within);
        let Some((start, first)) = characters.next() else { return "" };
        let (last, end) = characters.next_back().unwrap_or((start, first));
        &self.text[start..last + end.len_utf8()]
    }

    fn source_byte(&self, plain: usize) -> usize {
        let copy = self.copies.partition_point(|(start, _)| *start <= plain);
        copy.checked_sub(1).map_or(plain, |copy| self.copies[copy].1 + plain - self.copies[copy].0)
    }

    fn push(&mut self, source: &str, range: Range<usize>, weight: f32) {
        let start = self.text.len();
        self.copies.push((start, range.start));
        self.text.push_str(&source[range]);
        let end = self.text.len();
        match self.weights.last_mut() {
            Some((run, last)) if *last == weight => run.end = end,
            _ => self.weights.push((start..end, weight)),
        }
    }
}

/// Opens a bracket. The product is clamped, because infinity times 0 is NaN.
fn push_product(products: &mut Vec<f64>, factor: f64) {
    products.push((products.last().unwrap_or(&1.0) * factor).clamp(1e-100, 1e100));
}

#[cfg(test)]
mod tests {
    use super::{
        super::trouble::{TROUBLE, texts},
        *,
    };

    /// The runs with their text, weights in thousandths.
    fn runs(source: &str) -> Vec<(String, i32)> {
        let parsed = WeightedText::parse(source);
        let thousandths = |weight: f32| (weight * 1000.0).round() as i32;
        parsed
            .weights
            .iter()
            .map(|(run, weight)| (parsed.text[run.clone()].into(), thousandths(*weight)))
            .collect()
    }

    #[test]
    fn syntax_is_read_as_the_web_ui_reads_it() {
        fn check(source: &str, expected: &[(&str, i32)]) {
            let expected: Vec<_> =
                expected.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
            assert_eq!(runs(source), expected, "{source}");
        }
        // The examples of the web UI's own description.
        check("normal text", &[("normal text", 1000)]);
        check("an (important) word", &[("an ", 1000), ("important", 1100), (" word", 1000)]);
        check("(unbalanced", &[("unbalanced", 1100)]);
        check(r"\(literal\]", &[("(literal]", 1000)]);
        check("(unnecessary)(parens)", &[("unnecessaryparens", 1100)]);
        check(
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            &[
                ("a ", 1000),
                ("house", 1573),
                (" ", 1100),
                ("on", 1000),
                (" a ", 1100),
                ("hill", 550),
                (", sun, ", 1100),
                ("sky", 1464),
                (".", 1100),
            ],
        );
        // What it does with the rest, tried there.
        check("((word))", &[("word", 1210)]);
        check("[word]", &[("word", 909)]);
        check("a) b", &[("a) b", 1000)]);
        check("a]b", &[("a]b", 1000)]);
        check("((a)", &[("a", 1210)]);
        check("[a", &[("a", 909)]);
        check("(a [b) c]", &[("a ", 1100), ("b", 1000), (" c", 909)]);
        check("(a: 1.5 )", &[("a", 1500)]);
        check("(a:+.5)", &[("a", 500)]);
        check("(a:1.2", &[("a:1.2", 1100)]);
        check("a:1.2)", &[("a:1.2)", 1000)]);
        check("(a:b)", &[("a:b", 1100)]);
        check("[a:1.2]", &[("a:1.2", 909)]);
        check("a (b (c:2) d:0.5) e", &[("a ", 1000), ("b ", 500), ("c", 1000), (" d", 500), (" e", 1000)]);
        check(r"\a \\b", &[(r"a \b", 1000)]);
        check("a BREAK b", &[("a BREAK b", 1000)]);
        check("()", &[]);
        check("(:1.2)", &[]);
        check("", &[]);
    }

    #[test]
    fn weights_that_make_no_sense_are_text() {
        fn check(source: &str) {
            let parsed = WeightedText::parse(source);
            assert_eq!((parsed.text.as_str(), parsed.is_weighted()), (source, false));
        }
        check("(word:0)");
        check("(word:-1)");
        check("(word:1.2.3)");
        check("(word:.)");
        check(&format!("(word:{})", "9".repeat(400)));
    }

    #[test]
    fn weights_stay_finite_and_above_0_however_deep_they_nest() {
        fn check(source: &str, expected: &[f32]) {
            let weights: Vec<_> =
                WeightedText::parse(source).weights.into_iter().map(|(_, weight)| weight).collect();
            assert_eq!(weights, expected);
        }
        check(&format!("{}a{} b", "(".repeat(5000), ")".repeat(5000)), &[1e4, 1.0]);
        check(&format!("{}a{} b", "[".repeat(5000), "]".repeat(5000)), &[1e-4, 1.0]);
        check(&format!("{}a", "([".repeat(5000)), &[1.0]);
        check("(a:99999999999999999999999999999999999999999999)", &[1e4]);
    }

    #[test]
    fn text_without_syntax_stays_as_it_is() {
        for text in
            texts(&["a", " ", "日本", "\n", ":", "1.2", "e\u{301}", "BREAK", ",", "<|endoftext|>", "👍🏽"], 500)
        {
            let parsed = WeightedText::parse(&text);
            assert_eq!((&parsed.text, parsed.is_weighted()), (&text, false));
            assert_eq!(parsed.source_range(0..text.len()), 0..text.len());
        }
    }

    #[test]
    fn every_byte_knows_where_it_came_from() {
        for source in texts(TROUBLE, 2000) {
            let parsed = WeightedText::parse(&source);
            let end = parsed.weights.iter().fold(0, |end, (run, weight)| {
                assert_eq!(run.start, end);
                assert!(*weight > 0.0 && weight.is_finite());
                run.end
            });
            assert_eq!(end, parsed.text.len());
            for (at, c) in parsed.text.char_indices() {
                let range = parsed.source_range(at..at + c.len_utf8());
                assert_eq!(source.get(range), Some(c.to_string().as_str()), "{source:?}");
            }
        }
    }

    #[test]
    fn a_range_of_the_source_holds_the_syntax_within() {
        let parsed = WeightedText::parse("a ((red) hat:1.2) b");
        assert_eq!(parsed.text, "a red hat b");
        assert_eq!(parsed.source_range(2..9), 4..12);
        assert_eq!(parsed.source_range(2..2), 4..4);
        assert_eq!((parsed.text_within(&(4..12)), parsed.text_within(&(3..17))), ("red hat", "red hat"));
        assert_eq!((parsed.text_within(&(7..8)), parsed.text_within(&(0..99))), ("", "a red hat b"));
        assert_eq!(parsed.weight_at(2), 1.32);
        assert_eq!(parsed.weight_at(99), 1.0);
    }
}
