//! Which of a question's words the scene reader knows, and a check with its fields.

use serde_json::{Value, json};

use super::english::singular;
use crate::study::{Check, Kind};

const CLASSES: [&str; 12] =
    ["apple", "balloon", "boy", "car", "cat", "dog", "giraffe", "girl", "hat", "house", "tree", "umbrella"];
const COLOURS: [&str; 7] = ["black", "blue", "green", "purple", "red", "white", "yellow"];
const TEXTURES: [&str; 2] = ["spotted", "striped"];
const PLACES: [&str; 6] =
    ["in the city", "in the desert", "in the forest", "in the meadow", "in the snow", "on the beach"];
const TIMES: [&str; 2] = ["at night", "at sunset"];

/// The class that a noun phrase names, alone or as a plural: "cats", not "toy cat".
pub(super) fn class(name: &str) -> Option<&'static str> {
    let name = singular(name);
    known(&CLASSES, &name)
}

/// A colour of the reader's.
pub(super) fn colour(word: &str) -> Option<&'static str> {
    known(&COLOURS, word)
}

/// A texture of the reader's.
pub(super) fn texture(word: &str) -> Option<&'static str> {
    known(&TEXTURES, word)
}

/// A place of the reader's.
pub(super) fn place(phrase: &str) -> Option<&'static str> {
    known(&PLACES, phrase)
}

/// A time of the reader's.
pub(super) fn time(phrase: &str) -> Option<&'static str> {
    known(&TIMES, phrase)
}

fn known(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| *known == word)
}

/// A question with the fields that the scene reader answers it by; without any, it does not.
pub(super) fn check(kind: Kind, question: String, fields: Option<Value>) -> Check {
    let with_fields = fields.and_then(|fields| {
        let mut check = json!({"kind": kind, "question": &question});
        check.as_object_mut()?.extend(fields.as_object()?.clone());
        serde_json::from_value(check).ok()
    });
    with_fields.unwrap_or_else(|| Check { kind, question, scene: Default::default() })
}
