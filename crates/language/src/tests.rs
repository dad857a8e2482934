//! The golden file: prompts of every kind with their entities as a person wrote them down, most of them before the rules
//! existed.

use std::{collections::BTreeMap, sync::LazyLock};

use super::*;
use trouble::{TROUBLE, texts};

#[path = "../../core/src/prompt/trouble.rs"]
mod trouble;

/// The number of golden prompts, of 182, that come out right. The others need knowledge of the world: who holds the knife
/// in "a chef cuts a tomato with a large knife"? Of prompts that the rules were not made with, four in five are right.
const RIGHT: usize = 176;

static LANGUAGE: LazyLock<Language> =
    LazyLock::new(|| Language::from_reader("the program", LanguageData::embedded()).unwrap());

/// Prompts and their entities, by kind.
fn goldens() -> BTreeMap<String, Vec<(String, String)>> {
    serde_json::from_slice(include_bytes!("../tests/groups.json")).unwrap()
}

/// The entities that are found instead of the expected ones.
fn wrong(prompt: &str, expected: &str) -> Option<String> {
    let found = LANGUAGE.entities(prompt);
    let expected = Entities::by_hand(prompt, expected).unwrap();
    (found.list != expected.list).then(|| format!("{prompt}: {}", found.to_text(prompt)))
}

#[test]
fn golden_prompts_give_the_entities_that_a_person_wrote_down() {
    let goldens: Vec<_> = goldens().into_values().flatten().collect();
    let wrong: Vec<_> = goldens.iter().filter_map(|(prompt, expected)| wrong(prompt, expected)).collect();
    let right = goldens.len() - wrong.len();
    println!("{right} of {} golden prompts are right; not these: {wrong:#?}", goldens.len());
    assert!(right >= RIGHT, "{right} of {} are right; not these: {wrong:#?}", goldens.len());
}

#[test]
fn what_the_program_shows_first_is_right() {
    for kind in ["the window's own", "the embedded model's"] {
        for (prompt, expected) in &goldens()[kind] {
            assert_eq!(wrong(prompt, expected), None, "{prompt}");
        }
    }
}

#[test]
fn any_text_has_entities_that_lie_in_it() {
    let words = ["a", "red", "cat", "with", "his", "of", "no", "is", "holding", "and", ",", "'s", "hat", " "];
    let alphabet: Vec<_> = words.iter().flat_map(|word| [word, " "]).chain(TROUBLE.iter().copied()).collect();
    let long = [
        "a red cat ".repeat(300),
        "x".repeat(3000),
        "a, ".repeat(1000),
        "big, ".repeat(300),
        "'".repeat(1000),
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
