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
        let expected: Vec<_> = expected.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
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
        let left = ["<", "owl", "BREAK", "AND", "{", "|", "$"].iter().find(|syntax| text.contains(**syntax));
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
    let parts =
        ["(", "[", "{", "[a|", "{a|", "<a:", ":", ": ", "\\", "embedding:", "AND :1 ", "([{", ")]}", "(:1"];
    let whole = ["[a|b]", "[a:b:1]", "{2$$a|b}", "<lora:x:1>", "(a:-1)", "embedding:x ", "BREAK ", "cat "];
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
