//! Where and when it is: "on the beach", "at night".

use serde_json::json;

use super::{
    english::singular,
    scene::{self, check},
};
use crate::study::{Check, Kind};
use tauscope_core::prompt::Entities;
use tauscope_language::vocabulary::{is_place, is_time};

/// What a place or a time begins with.
const PREPOSITIONS: &[&str] = &["at", "by", "during", "in", "on", "under"];
/// Places of things within the picture, which are no place that it shows.
const PARTS: &[&str] =
    &["air", "background", "backdrop", "floor", "foreground", "ground", "surface", "world"];
/// The most words between the preposition and the noun: "on a quiet, sunny beach".
const MOST_BETWEEN: usize = 3;

/// Whether it is at the place and the time that the words outside the entities name.
pub(super) fn scenery(prompt: &str, entities: &Entities) -> Vec<Check> {
    let words = entities.global_words(prompt);
    let text = |index: usize| prompt[words[index].clone()].to_lowercase();
    let follows = |index: usize| {
        let next = words.get(index + 1);
        let between = next.and_then(|next| prompt.get(words[index].end..next.start));
        between.is_some_and(|between| between.trim().is_empty())
    };
    let mut asked = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let start = at;
        at += 1;
        if !PREPOSITIONS.contains(&text(start).as_str()) {
            continue;
        }
        let run = (start..words.len()).take_while(|&index| index == start || follows(index - 1));
        let run: Vec<_> = run.map(text).take(MOST_BETWEEN + 2).collect();
        let later = run.iter().skip(1).take_while(|word| !PREPOSITIONS.contains(&word.as_str()));
        let named: Vec<_> = later.map(|word| singular(word)).collect();
        let Some(end) = named.iter().position(|word| is_place(word) || is_time(word)) else { continue };
        // "the city street" is one place.
        let more = named[end + 1..].iter().take_while(|word| is_place(word) || is_time(word)).count();
        let (noun, phrase) = (&named[end + more], run[..end + more + 2].join(" "));
        at = start + end + more + 2;
        if PARTS.contains(&noun.as_str()) {
            continue;
        }
        let (kind, fields) = if is_time(noun) {
            (Kind::Time, scene::time(&phrase).map(|time| json!({"time": time})))
        } else {
            (Kind::Place, scene::place(&phrase).map(|place| json!({"place": place})))
        };
        asked.push(check(kind, format!("Is it {phrase}?"), fields));
    }
    asked
}

/// Whether any word names a time.
pub(super) fn names_time(words: &[&str]) -> bool {
    words.iter().any(|word| is_time(word))
}
