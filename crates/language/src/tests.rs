//! The golden files: prompts of every kind with their entities as a person wrote them down.

use std::{collections::BTreeMap, sync::LazyLock};

use super::*;
use trouble::{TROUBLE, texts};

#[path = "../../core/src/prompt/trouble.rs"]
mod trouble;

/// Prompts with their entities, by kind.
struct Goldens {
    json: &'static str,
    /// How many come out right.
    right: usize,
    /// Whether the wrong ones may be shown.
    is_open: bool,
}

/// 182 prompts, most of them older than the first rules. The wrong ones need knowledge of the world: who holds the knife in
/// "a chef cuts a tomato with a large knife"?
const FIRST: Goldens = Goldens { json: include_str!("../tests/groups.json"), right: 178, is_open: true };

/// 187 prompts that the rules were mended with: of 151 that were written before, 99 were right; 36 came with later faults.
const TUNED: Goldens = Goldens { json: include_str!("../tests/tuned.json"), right: 185, is_open: true };

/// 144 more of the same kinds, drawn by chance and set apart: 84 were right before. Nobody looks at which of them are
/// wrong, so they say how far the rules get with prompts that they were not made with. Eight answers changed later by one
/// rule alone: a tag of one word with underscores is global.
const HELD_OUT: Goldens =
    Goldens { json: include_str!("../tests/held_out.json"), right: 126, is_open: false };

static LANGUAGE: LazyLock<Language> =
    LazyLock::new(|| Language::from_reader("the program", LanguageData::embedded()).unwrap());

impl Goldens {
    fn by_kind(&self) -> BTreeMap<String, Vec<(String, String)>> {
        serde_json::from_str(self.json).unwrap()
    }
}

/// The entities that are found instead of the expected ones.
fn wrong(prompt: &str, expected: &str) -> Option<String> {
    let found = LANGUAGE.entities(prompt);
    let expected = Entities::by_hand(prompt, expected).unwrap();
    (found.list != expected.list).then(|| format!("{prompt}: {}", found.to_text(prompt)))
}

#[test]
fn golden_prompts_give_the_entities_that_a_person_wrote_down() {
    fn check(goldens: &Goldens) {
        let all: Vec<_> = goldens.by_kind().into_values().flatten().collect();
        let wrong: Vec<_> = all.iter().filter_map(|(prompt, expected)| wrong(prompt, expected)).collect();
        let right = all.len() - wrong.len();
        let shown: &[_] = if goldens.is_open { &wrong } else { &[] };
        println!("{right} of {} are right; not these: {shown:#?}", all.len());
        assert!(right >= goldens.right, "{right} of {} are right; not these: {shown:#?}", all.len());
    }
    check(&FIRST);
    check(&TUNED);
    check(&HELD_OUT);
}

#[test]
fn what_the_program_shows_first_is_right() {
    let goldens = FIRST.by_kind();
    for kind in ["the window's own", "the embedded model's"] {
        for (prompt, expected) in &goldens[kind] {
            assert_eq!(wrong(prompt, expected), None, "{prompt}");
        }
    }
}

#[test]
fn entities_lie_in_the_text_as_typed() {
    fn check(prompt: &str, expected: &[&[&str]]) {
        let found = LANGUAGE.entities(prompt);
        let spans = |entity: &Entity| -> Vec<_> {
            entity.phrases.iter().map(|phrase| prompt[phrase.span.clone()].to_owned()).collect()
        };
        assert_eq!(found.list.iter().map(spans).collect::<Vec<_>>(), expected, "{prompt}");
    }
    check("<lora:detail:0.8> a (red:1.3) cat, 8k", &[&["a (red:1.3) cat"]]);
    check("a girl ((red hair:1.2)) and a dog", &[&["a girl", "red hair"], &["a dog"]]);
    check(r"1girl, saber \(fate\), a red_hat", &[&["1girl"], &[r"saber \(fate\)"], &["a red_hat"]]);
    check("a “red” cat and a ‘dog’", &[&["a “red” cat"], &["a ‘dog’"]]);
    check("a hands_on_hips, a cat_and_dog", &[&["a hands_on_hips"], &["a cat_and_dog"]]);
    check("(cat_ears:1.2), [[red_hat]], a dog, 1girl", &[&["a dog"], &["1girl"]]);
}

#[test]
fn any_text_has_entities_that_lie_in_it() {
    let words = "a red cat with his of no is holding and , 's hat one glowing _ ( ) \\( \\) “ ” ' <lora:a:1> score_9 :";
    let alphabet: Vec<_> =
        words.split(' ').flat_map(|word| [word, " "]).chain(TROUBLE.iter().copied()).collect();
    let long = [
        "a red cat ".repeat(300),
        "x".repeat(3000),
        "a, ".repeat(1000),
        "big, ".repeat(300),
        "'".repeat(1000),
        "a_b ".repeat(2500),
    ];
    for text in texts(&alphabet, 1000).chain(long) {
        let entities = LANGUAGE.entities(&text);
        let phrases: Vec<_> = entities.list.iter().flat_map(|entity| &entity.phrases).collect();
        for phrase in &phrases {
            assert!(text.get(phrase.span.clone()).is_some_and(|span| !span.is_empty()), "{text:?}");
            assert!(text.get(phrase.head.clone()).is_some_and(|head| !head.is_empty()), "{text:?}");
            assert!(phrase.span.start <= phrase.head.start && phrase.head.end <= phrase.span.end, "{text:?}");
        }
        assert!(entities.list.is_sorted_by_key(|entity| entity.phrases[0].span.start), "{text:?}");
        for entity in &entities.list {
            assert!(entity.phrases.is_sorted_by_key(|phrase| phrase.span.start), "{text:?}");
        }
        let mut spans: Vec<_> = phrases.iter().map(|phrase| phrase.span.clone()).collect();
        spans.sort_by_key(|span| span.start);
        assert!(spans.is_sorted_by(|a, b| a.end <= b.start), "{text:?}");
    }
}

#[test]
fn broken_data_is_refused_with_a_remedy() {
    fn check(data: &[u8]) {
        let message = Language::from_reader("the file", data).err().map(|error| error.to_string());
        assert!(message.is_some_and(|text| text.contains("the file") && text.contains("remove it")));
    }
    let mut whole = Vec::new();
    LanguageData::embedded().read_to_end(&mut whole).unwrap();
    check(b"");
    check(b"version https://git-lfs.github.com/spec/v1");
    check(&whole[..whole.len() / 2]);
    check(&[0xff; 4096]);
}
