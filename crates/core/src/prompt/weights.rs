//! Prompt weights: "(word:1.2)", as in AUTOMATIC1111's web UI (method.md 3).
//!
//! | typed           | means                                                |
//! |-----------------|------------------------------------------------------|
//! | `(word)`        | weight 1.1                                           |
//! | `((word))`      | weight 1.21: nested weights multiply                 |
//! | `(word:1.3)`    | weight 1.3                                           |
//! | `(word:0)`      | weight 0: the word is silent; a weight below 0 is 0  |
//! | `[word]`        | weight 1/1.1                                         |
//! | `\(` and the like | the character itself, any of `\\()[]{}<>\|`; any other backslash is dropped |
//!
//! An unclosed bracket extends to the end. A closing bracket without a partner is text, and so is a pair whose number is
//! not finite. What other programs read as instructions ("<lora:x:1>", "BREAK", "[a:b:0.5]") is no text either; the module
//! `instructions` says how each is read.

use std::ops::Range;

use super::{
    PromptNotice,
    instructions::{self, Kind},
    syntax::{Bracket, Mark, marks},
};

/// Products of weights are at most this, so that sums over weighted attention stay finite.
const MOST_WEIGHT: f64 = 1e4;

/// A prompt without its weight syntax, and its weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedText {
    /// The text that is tokenized.
    pub text: String,
    /// Runs of equal weight: byte ranges that cover `text` without gaps. Weights are within 0..=10000.
    pub weights: Vec<(Range<usize>, f32)>,
    /// The places in `text` from which on it goes on in a new chunk, in order. A line break stands there.
    pub breaks: Vec<usize>,
    /// What a person should know about it.
    pub notices: Vec<PromptNotice>,
    /// The origin of `text`: starts in `text` and in the source.
    copies: Vec<(usize, usize)>,
}

impl WeightedText {
    /// Parses any text; text without syntax is unchanged.
    pub fn parse(source: &str) -> Self {
        let mut parsed = Self::default();
        let mut negative: Vec<Range<usize>> = Vec::new();
        // The products of the open brackets, per kind, because the kinds may cross each other, and where each starts.
        let (mut round, mut square) = (vec![(1.0, 0)], vec![(1.0, 0)]);
        let instructions = instructions::find(source);
        for (range, mark) in marks(source, &instructions) {
            let weight = (product(&round) * product(&square)).min(MOST_WEIGHT) as f32;
            match mark {
                Mark::Text => parsed.push(&source[range.clone()], range.start, weight),
                Mark::Escape => {}
                Mark::Open(Bracket::Round, factor) => open(&mut round, factor, range.start),
                Mark::Open(Bracket::Square, factor) => open(&mut square, factor, range.start),
                Mark::Close(Bracket::Round) => {
                    let (_, start) = round.pop().unwrap_or_default();
                    // Only a weight below 0 has a minus. The outermost of nested pairs is told.
                    if source[range.clone()].contains('-') {
                        while negative.pop_if(|inner| inner.start > start).is_some() {}
                        negative.push(start..range.end);
                    }
                }
                Mark::Close(Bracket::Square) => drop(square.pop()),
                Mark::Cut(kind) => {
                    if kind == Kind::Break {
                        parsed.breaks.push(parsed.text.len());
                    }
                    parsed.push(kind.gap(), range.start, weight);
                }
            }
        }
        parsed.notices = PromptNotice::of(source, &instructions, |range| parsed.text_within(range));
        if !negative.is_empty() {
            let typed = negative.into_iter().map(|pair| source[pair].to_owned());
            parsed.notices.push(PromptNotice::NegativeWeights(typed.collect()));
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
        let start = self.text_byte(source.start);
        &self.text[start..self.text_byte(source.end).max(start)]
    }

    /// The parts of `text` that start a chunk each.
    pub(super) fn sections(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = [0].into_iter().chain(self.breaks.iter().copied());
        starts.zip(self.breaks.iter().copied().chain([self.text.len()])).map(|(start, end)| start..end)
    }

    fn source_byte(&self, plain: usize) -> usize {
        let copy = self.copies.partition_point(|(start, _)| *start <= plain);
        copy.checked_sub(1).map_or(plain, |copy| self.copies[copy].1 + plain - self.copies[copy].0)
    }

    /// The start of the first character of `text` that comes from byte `source` of the source or from one behind it.
    fn text_byte(&self, source: usize) -> usize {
        let next = self.copies.partition_point(|(_, from)| *from < source);
        let end = self.copies.get(next).map_or(self.text.len(), |(start, _)| *start);
        let byte = next.checked_sub(1).map_or(0, |copy| self.copies[copy].0 + source - self.copies[copy].1);
        self.text.ceil_char_boundary(byte.min(end))
    }

    /// Appends `text`, which stands at `start` in the source.
    fn push(&mut self, text: &str, start: usize, weight: f32) {
        if text.is_empty() {
            return;
        }
        let run = self.text.len()..self.text.len() + text.len();
        self.copies.push((run.start, start));
        self.text.push_str(text);
        match self.weights.last_mut() {
            Some((last, of_last)) if *of_last == weight => last.end = run.end,
            _ => self.weights.push((run, weight)),
        }
    }
}

fn product(open: &[(f64, usize)]) -> f64 {
    open.last().map_or(1.0, |(product, _)| *product)
}

/// Opens a bracket. The product is limited, because infinity times 0 is NaN.
fn open(brackets: &mut Vec<(f64, usize)>, factor: f64, start: usize) {
    brackets.push(((product(brackets) * factor).min(1e300), start));
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

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
        check("[a:b]", &[("a:b", 909)]);
        check("(a:0)", &[("a", 0)]);
        check("((a:0) b:1.5)", &[("a", 0), (" b", 1500)]);
        check("(a:-1) (b: -0.0 )", &[("a", 0), (" ", 1000), ("b", 0)]);
        check("a (b (c:2) d:0.5) e", &[("a ", 1000), ("b ", 500), ("c", 1000), (" d", 500), (" e", 1000)]);
        check(r"\a \\b", &[(r"a \b", 1000)]);
        check(r"\{a\|b\} \<c\>", &[("{a|b} <c>", 1000)]);
        // What it reads as an instruction, and Tauscope too or not.
        check("a (b BREAK c:1.2)", &[("a ", 1000), ("b \n c", 1200)]);
        check("[(a:1.2) b:c:0.5]", &[("a", 1200), (" b", 1000)]);
        check("([a|b]:1.3) <lora:x:1>", &[("a", 1300), ("  ", 1000)]);
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
        check("(word:1.2.3)");
        check("(word:.)");
        check(&format!("(word:{})", "9".repeat(400)));
    }

    #[test]
    fn weights_stay_finite_however_deep_they_nest() {
        fn check(source: &str, expected: &[f32]) {
            let weights: Vec<_> =
                WeightedText::parse(source).weights.into_iter().map(|(_, weight)| weight).collect();
            assert_eq!(weights, expected);
        }
        check(&format!("{}a{} b", "(".repeat(5000), ")".repeat(5000)), &[1e4, 1.0]);
        check(&format!("{}a{} b", "[".repeat(5000), "]".repeat(5000)), &[0.0, 1.0]);
        check(&format!("{}(a:0)", "(".repeat(9000)), &[0.0]);
        check(&format!("{}a", "([".repeat(5000)), &[1.0]);
        check("(a:99999999999999999999999999999999999999999999)", &[1e4]);
    }

    #[test]
    fn text_without_syntax_stays_as_it_is() {
        for text in
            texts(&["a", " ", "日本", "\n", ":", "1.2", "e\u{301}", "break", ",", "<|endoftext|>", "👍🏽"], 500)
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
                assert!(*weight >= 0.0 && weight.is_finite());
                run.end
            });
            assert_eq!(end, parsed.text.len());
            for (at, c) in parsed.text.char_indices() {
                let range = parsed.source_range(at..at + c.len_utf8());
                let typed = source.get(range.clone()).unwrap();
                // A cut leaves white space.
                assert!(typed == c.to_string() || c.is_ascii_whitespace(), "{source:?}: {typed:?} for {c:?}");
                assert_eq!(parsed.text_within(&range), c.to_string(), "{source:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_out_is_not_in_the_text() {
        let parts = [
            "<lora:owl:1>",
            " embedding:owl ",
            " BREAK ",
            " AND ",
            "[fox:owl:0.5]",
            "[fox|(owl:1.2)|]",
            "{2$$fox|owl}",
            "{|fox|[owl]}",
            "(",
            ")",
            "[",
            "]",
            "cat ",
            ", ",
            ":1.3)",
            "日本",
        ];
        for source in texts(&parts, 2000) {
            let text = WeightedText::parse(&source).text;
            let left =
                ["<", "owl", "BREAK", "AND", "{", "|", "$"].iter().find(|syntax| text.contains(**syntax));
            assert_eq!(left, None, "{source:?}: {text:?}");
        }
    }

    /// Reading a prompt must not take the square of its length: the window does it at every keystroke.
    #[test]
    fn long_texts_take_little_time() {
        fn check(source: &str) {
            let source = source.repeat(200_000 / source.len());
            let start = Instant::now();
            WeightedText::parse(&source);
            assert!(start.elapsed() < Duration::from_secs(2), "{}...: {:?}", &source[..20], start.elapsed());
        }
        let parts = [
            "(",
            "[",
            "{",
            "[a|",
            "{a|",
            "<a:",
            ":",
            ": ",
            "\\",
            "embedding:",
            "AND :1 ",
            "([{",
            ")]}",
            "(:1",
        ];
        let whole =
            ["[a|b]", "[a:b:1]", "{2$$a|b}", "<lora:x:1>", "(a:-1)", "embedding:x ", "BREAK ", "cat "];
        parts.into_iter().chain(whole).for_each(check);
        for (open, close) in [("[", ":1]"), ("[", "|b]"), ("{", "|b}"), ("[a|", "]"), ("(", ":-1)")] {
            check(&[open.repeat(30_000), close.repeat(30_000)].concat());
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
