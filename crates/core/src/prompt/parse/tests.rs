use super::{
    super::{
        Special,
        fixture::{VOCAB, tokenizers},
        trouble::{TROUBLE, texts},
    },
    *,
};

fn parse(text: &str) -> Prompt {
    Prompt::parse(text, &tokenizers(), None).unwrap()
}

/// The prompt of the reference case "long", whose context has 154 positions.
fn long() -> String {
    let list = "a boy with a red hat, a girl with a blue umbrella, a striped cat, two green apples, a yellow car, \
                a purple balloon, ";
    format!("{}on the beach at sunset", list.repeat(3))
}

#[test]
fn words_know_their_tokens_and_their_place() {
    fn check(text: &str, expected: &[(&str, &str, &[usize])]) {
        let prompt = parse(text);
        let found: Vec<_> = prompt
            .words
            .list
            .iter()
            .filter(|word| word.content)
            .map(|word| (word.text.as_str(), &text[word.source.clone()], word.tokens.as_slice()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
    check(
        "a boy in front of a girl",
        &[("boy", "boy", &[2]), ("front", "front", &[4]), ("girl", "girl", &[7])],
    );
    check("RED  cat!", &[("RED", "RED", &[1]), ("cat", "cat", &[2])]);
    check("wow 4k", &[("wow", "wow", &[1, 2]), ("4k", "4k", &[3, 4])]);
    check("a ((red) hat:1.2)", &[("red", "red", &[2]), ("hat", "hat", &[3])]);
    check("(re)d cat", &[("red", "re)d", &[1]), ("cat", "cat", &[2])]);
    check("cafe\u{301} cat", &[("cafe\u{301}", "cafe\u{301}", &[1, 2, 3, 4]), ("cat", "cat", &[5])]);
    check("日 cat", &[("日", "日", &[1, 2, 3]), ("cat", "cat", &[4])]);
    check("   ", &[]);
    check("", &[]);
}

#[test]
fn a_word_knows_what_its_tokens_stand_for() {
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(parse(text).words.list[0].pieces, expected, "{text}");
    }
    check("wow", &["w", "ow"]);
    check("cat", &["cat"]);
    check("日", &["日", "日", "日"]);
}

#[test]
fn every_position_is_labelled() {
    let prompt = parse("a red cat");
    let labels: Vec<String> = prompt.labels().iter().map(Label::to_string).collect();
    assert_eq!(labels[..6], ["start", "a", "red", "cat", "end", "padding"]);
    assert_eq!(labels.len(), 77);
    assert_eq!(prompt.labels()[76], Label::Padding);
}

#[test]
fn chunks_are_framed_and_padded_each_tokenizer_its_own_way() {
    let prompt = parse("a red cat");
    let [first, second] = &prompt.chunks[0];
    assert_eq!(first[..6], [710, 320, 554, 604, 711, 711]);
    assert_eq!(second[..6], [710, 320, 554, 604, 711, 0]);
    assert_eq!((first.len(), second.len(), prompt.chunks.len()), (77, 77, 1));
    assert_eq!(prompt.token_count, 3);
}

#[test]
fn long_prompts_go_on_in_further_chunks() {
    let prompt = parse(&long());
    assert_eq!((prompt.context_tokens(), prompt.token_count, &prompt.cut), (154, 95, &None));
    let last = prompt.words.list.last().unwrap();
    assert_eq!((last.text.as_str(), &last.tokens[..]), ("sunset", &[77 + 20][..]));
    let labels = prompt.labels();
    assert_eq!(labels[75..79], [Label::Piece("a"), Label::End, Label::Start, Label::Piece("striped")]);
    assert_eq!(labels[77 + 20..77 + 22], [Label::Piece("sunset"), Label::End]);
}

#[test]
fn full_chunks_end_at_75() {
    fn check(tokens: usize, chunks: usize) {
        let prompt = parse(&"cat ".repeat(tokens));
        assert_eq!((prompt.chunks.len(), prompt.token_count), (chunks, tokens));
        for (index, chunk) in prompt.chunks.iter().enumerate() {
            let content = chunk[0].iter().filter(|&&id| id == 604).count();
            assert_eq!(content, tokens.saturating_sub(75 * index).min(75));
            assert_eq!([chunk[0][0], chunk[0][content + 1]], [710, 711]);
            assert_eq!(chunk.each_ref().map(Vec::len), [77, 77]);
        }
    }
    check(0, 1);
    check(75, 1);
    check(76, 2);
    check(150, 2);
    check(151, 3);
}

#[test]
fn a_word_across_a_border_keeps_all_its_tokens() {
    let prompt = parse(&format!("{}wow cat", "cat ".repeat(74)));
    assert_eq!(prompt.words.list[74].tokens, [75, 78]);
    assert_eq!(prompt.words.list[75].tokens, [79]);
}

#[test]
fn tokens_past_a_fixed_sequence_are_cut_and_reported() {
    let text = format!("{}wow (red:1.2) cat ", "cat ".repeat(74));
    let prompt = Prompt::parse(&text, &tokenizers(), Some(1)).unwrap();
    assert_eq!((prompt.context_tokens(), prompt.token_count), (77, 78));
    assert_eq!(prompt.cut.as_ref().map(|cut| &text[cut.clone()]), Some("ow (red:1.2) cat"));
    assert_eq!(prompt.words.list.last().unwrap().tokens, [75]);
    assert_eq!(Prompt::parse("cat", &tokenizers(), Some(0)).unwrap().cut, None);
}

/// The word "BREAK" was painted.
#[test]
fn a_break_starts_a_new_chunk() {
    fn check(text: &str, most: Option<usize>, expected: &[(&str, &[usize])], told: &[&str]) {
        let prompt = Prompt::parse(text, &tokenizers(), most).unwrap();
        let found: Vec<_> =
            prompt.words.list.iter().map(|word| (word.text.as_str(), &word.tokens[..])).collect();
        assert_eq!(found, expected, "{text}");
        let notices: Vec<_> = prompt.notices.iter().map(ToString::to_string).collect();
        let is_told = notices.iter().zip(told).all(|(notice, part)| notice.contains(part));
        assert!(is_told && notices.len() == told.len(), "{text}: {notices:?}");
    }
    let two: &[(&str, &[usize])] = &[("cat", &[1]), ("dog", &[78])];
    check("cat BREAK dog", None, two, &["BREAK starts a new chunk"]);
    check("cat BREAK dog", Some(2), two, &["BREAK starts a new chunk"]);
    check("BREAK cat BREAK\nBREAK dog BREAK", None, two, &["BREAK starts a new chunk"]);
    let one: &[(&str, &[usize])] = &[("cat", &[1]), ("dog", &[2])];
    check("cat BREAK dog", Some(1), one, &["the prompt takes 2 chunks, and this model takes 1"]);
    check("cat break", None, &[("cat", &[1]), ("break", &[2, 3, 4])], &[]);
    check("cat BREAK", Some(1), &[("cat", &[1])], &["at an end of the prompt it does nothing"]);
    check("BREAK", None, &[], &["at an end of the prompt it does nothing"]);
}

#[test]
fn chunks_before_a_break_are_padded() {
    let prompt = parse("a red cat BREAK (dog:1.5)");
    let [red_cat, dog] = [parse("a red cat"), parse("dog")];
    assert_eq!(prompt.chunks, [&red_cat.chunks[..], &dog.chunks].concat());
    assert_eq!(prompt.labels(), [red_cat.labels(), dog.labels()].concat());
    assert_eq!((prompt.token_count, prompt.token_weight()[78]), (4, 1.5));
    let long = parse(&format!("{}BREAK dog", "cat ".repeat(76)));
    assert_eq!((long.chunks.len(), &long.words.list[76].tokens), (3, &vec![155]));
}

#[test]
fn what_is_cut_off_is_told() {
    fn check(text: &str, most: usize, expected: &[&str]) {
        let prompt = Prompt::parse(text, &tokenizers(), Some(most)).unwrap();
        let notices: Vec<_> = prompt.notices.iter().map(ToString::to_string).collect();
        assert_eq!(notices, expected);
    }
    let long = "cat ".repeat(75);
    check(&long, 1, &[]);
    check(&format!("{long} (red:1.2) dog "), 1, &["This model takes 75 tokens; cut off: \"red dog\"."]);
    check(&format!("{long}{long}dog"), 2, &["This model takes 150 tokens; cut off: \"dog\"."]);
}

#[test]
fn weights_sit_on_their_tokens() {
    let prompt = parse(&format!("{}(red:1.5) (cat:0.5)", "cat, ".repeat(38)));
    let weights = prompt.token_weight();
    let weighted: Vec<_> = weights.iter().enumerate().filter(|(_, weight)| **weight != 1.0).collect();
    assert_eq!(weighted, [(77 + 2, &1.5), (77 + 3, &0.5)]);
    assert_eq!(weights.len(), 154);
    let words: Vec<_> =
        prompt.words.list[76..].iter().map(|word| (word.text.as_str(), word.weight)).collect();
    assert_eq!(words, [("red", 1.5), ("cat", 0.5)]);
}

#[test]
fn the_shorter_prompt_is_padded_with_empty_chunks() {
    let short = Arc::new(parse("a red cat"));
    let empty = parse("");
    let prompt = short.padded_to(3).padded_to(1);
    assert_eq!(prompt.chunks[1..], [empty.chunks[0].clone(), empty.chunks[0].clone()]);
    assert_eq!((prompt.token_weight().len(), prompt.labels().len()), (231, 231));
    assert_eq!(prompt.labels()[77..79], [Label::Start, Label::End]);
    assert_eq!((&prompt.words.list, &prompt.words.end[..]), (&short.words.list, &[4, 78, 155][..]));
    assert_eq!(prompt.words.context_tokens(), 231);
    assert!(Arc::ptr_eq(&short.padded_to(1), &short));
}

#[test]
fn tokenizers_that_disagree_make_the_same_number_of_chunks() {
    let bytes_only = Tokenizer::from_vocab_merges(VOCAB, b"", &Special::default()).unwrap();
    let tokenizers = Tokenizers { second: bytes_only, ..tokenizers() };
    let prompt = Prompt::parse(&"cat ".repeat(60), &tokenizers, None).unwrap();
    assert_eq!((prompt.chunks.len(), prompt.token_count), (3, 60));
    assert_eq!(prompt.chunks[2][0], parse("").chunks[0][0]);
    let prompt = Prompt::parse(&"cat ".repeat(60), &tokenizers, Some(1)).unwrap();
    assert_eq!(prompt.cut, Some(100..239));
}

#[test]
fn any_text_is_a_prompt() {
    let tokenizers = tokenizers();
    let long =
        [TROUBLE.concat().repeat(60), "x".repeat(10_000), "a\u{301}".repeat(5000), "\u{301}".repeat(5000)];
    for text in texts(TROUBLE, 500).chain(long) {
        let prompt = Prompt::parse(&text, &tokenizers, None).unwrap();
        let (length, labels) = (prompt.context_tokens(), prompt.labels());
        assert_eq!((labels.len(), prompt.token_weight().len()), (length, length));
        assert_eq!(prompt.words.context_tokens(), length);
        assert!(prompt.chunks.iter().flatten().all(|chunk| chunk.len() == 77));
        for word in &prompt.words.list {
            assert!(text.get(word.source.clone()).is_some(), "{text:?}");
            assert!(word.tokens.iter().all(|&token| matches!(labels[token], Label::Piece(_))));
            assert!(!word.tokens.is_empty() && word.tokens.is_sorted());
        }
    }
}
