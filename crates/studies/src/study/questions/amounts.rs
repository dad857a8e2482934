//! How many there are.

use serde_json::json;

use super::{
    english::{in_words, plural, singular},
    scene::{self, check},
    things::Things,
};
use crate::study::{Check, Kind};

/// How many there are of what is counted. One is asked for where something else is counted, or where another thing could
/// wrongly get one too.
pub(super) fn amounts(things: &Things) -> Vec<Check> {
    let groups = things.by_name();
    let counts: Vec<_> = groups.iter().map(|group| group.iter().map(|thing| thing.count).sum()).collect();
    let is_counted = counts.iter().any(|count: &Option<usize>| count.is_some_and(|count| count > 1));
    let has_rivals = |name: &str| {
        let is_part = |owner: &super::things::Owner| owner.parts.iter().any(|part| part.name == name);
        things.owners.iter().any(is_part) && things.owners.iter().filter(|owner| owner.can_have()).count() > 1
    };
    let ask = |(group, count): (&Vec<&super::thing::Thing>, Option<usize>)| {
        let (name, count) = (&group[0].name, count?);
        if count == 1 && !is_counted && !has_rivals(name) {
            return None;
        }
        let one = singular(name);
        let what = if count == 1 { one } else { plural(&one) };
        let is = if count == 1 { "Is" } else { "Are" };
        let fields = scene::class(name).map(|class| json!({"cls": class, "count": count}));
        Some(check(Kind::Number, format!("{is} there exactly {} {what}?", in_words(count)), fields))
    };
    groups.iter().zip(counts).filter_map(ask).collect()
}
