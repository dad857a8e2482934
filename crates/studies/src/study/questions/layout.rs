//! How things lie to each other: "to the left of", "behind", "on".

use serde_json::json;

use super::{
    scene::check,
    things::{Owner, Things},
};
use crate::study::{Check, Kind};
use tauscope_core::prompt::WeightedText;

/// Relations as they stand in a prompt, as a question says them, and as the scene reader calls them. Longer ones are
/// before those that they end with.
const RELATIONS: &[(&str, &str, Option<&str>)] = &[
    ("on the left of", "to the left of", Some("left")),
    ("to the left of", "to the left of", Some("left")),
    ("left of", "to the left of", Some("left")),
    ("on the right of", "to the right of", Some("right")),
    ("to the right of", "to the right of", Some("right")),
    ("right of", "to the right of", Some("right")),
    ("in front of", "in front of", Some("front")),
    ("behind", "behind", Some("behind")),
    ("above", "above", Some("above")),
    ("below", "below", Some("below")),
    ("on top of", "on top of", None),
    ("next to", "next to", None),
    ("close to", "close to", None),
    ("underneath", "under", None),
    ("beneath", "under", None),
    ("under", "under", None),
    ("inside", "inside", None),
    ("beside", "beside", None),
    ("against", "against", None),
    ("near", "near", None),
    ("over", "over", None),
    ("on", "on", None),
    ("in", "in", None),
];

/// The most words before a relation: "is sitting on".
const MOST_BEFORE: usize = 2;
/// Words that begin something new, so that what follows is said of something else.
const NEW: &[&str] = &["&", "and", "but", "or", "while", "with"];

/// Whether things lie to each other as the words between them say.
pub(super) fn layout(prompt: &str, things: &Things) -> Vec<Check> {
    let ask = |second: &Owner| {
        let start = second.spans.first()?.start;
        let ends = |owner: &Owner| owner.spans.iter().map(|span| span.end).filter(|&end| end <= start).max();
        let before = things.owners.iter().filter_map(|owner| Some((ends(owner)?, owner)));
        let (end, first) =
            before.max_by_key(|(end, _)| *end).filter(|(_, first)| !std::ptr::eq(*first, second))?;
        let between = WeightedText::parse(prompt.get(end..start)?).text.to_lowercase();
        let (said, field) = relation(between.trim())?;
        let names = things.call(&first.thing).zip(things.call(&second.thing));
        let question = names.map(|(one, other)| format!("{} {one} {said} {other}?", first.thing.is()))?;
        let classes = things.class(&first.thing).zip(things.class(&second.thing));
        let fields = classes.zip(field);
        let fields = fields
            .map(|((class, other), relation)| json!({"cls": class, "relation": relation, "other": other}));
        Some(check(Kind::Place, question, fields))
    };
    things.owners.iter().filter_map(ask).collect()
}

/// The relation that the words between two things end with.
fn relation(between: &str) -> Option<(&'static str, Option<&'static str>)> {
    let ends_with = |words: &str| {
        let before = between.strip_suffix(words)?;
        (before.is_empty() || before.ends_with(' ')).then_some(before)
    };
    let (before, said, field) =
        RELATIONS.iter().find_map(|&(words, said, field)| Some((ends_with(words)?, said, field)))?;
    let is_verb = |word: &str| word.chars().all(char::is_alphabetic) && !NEW.contains(&word);
    let is_direct =
        before.split_whitespace().count() <= MOST_BEFORE && before.split_whitespace().all(is_verb);
    is_direct.then_some((said, field))
}
