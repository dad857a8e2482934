//! Where a prompt's words say that its entities are.

use super::{Entities, WeightedText, phrase::spoken};
use crate::attention::Layout;

/// How an entity lies to the one that is named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    LeftOf,
    RightOf,
    Above,
    Below,
    /// One hides a part of the other, so that they share a place.
    Overlapping,
}

/// The last words before an entity, and what they say of the one before it. The first that is found counts, so longer ones
/// come first.
const RELATIONS: &[(&[&str], Relation)] = &[
    (&["right", "of"], Relation::RightOf),
    (&["left", "of"], Relation::LeftOf),
    (&["on", "top", "of"], Relation::Above),
    (&["above"], Relation::Above),
    (&["atop"], Relation::Above),
    (&["over"], Relation::Above),
    (&["below"], Relation::Below),
    (&["beneath"], Relation::Below),
    (&["under"], Relation::Below),
    (&["underneath"], Relation::Below),
    (&["in", "front", "of"], Relation::Overlapping),
    (&["behind"], Relation::Overlapping),
    (&["on"], Relation::Overlapping),
    (&["in"], Relation::Overlapping),
    (&["inside"], Relation::Overlapping),
    (&["into"], Relation::Overlapping),
    (&["riding"], Relation::Overlapping),
    (&["against"], Relation::Overlapping),
];

/// The layout that a prompt's words give its entities: one after the other from left to right, as they are named, unless
/// the words between two say otherwise ("to the right of", "above"). `None` where they say that one is in front of another or
/// behind it, because then neither has a place of its own, and for a prompt without entities.
pub fn layout_of_words(prompt: &str, entities: &Entities) -> Option<Layout> {
    let plain = WeightedText::parse(prompt);
    let source = |entity: usize| {
        let phrases = entities.list[entity].phrases.iter().map(|phrase| &phrase.span);
        let start = phrases.clone().map(|span| span.start).min().unwrap_or(0);
        start..phrases.map(|span| span.end).max().unwrap_or(start)
    };
    let words = spoken(&plain.text);
    let words: Vec<_> = words
        .into_iter()
        .map(|word| (plain.source_range(word.clone()), plain.text[word].to_lowercase()))
        .collect();
    let relation = |first: usize, second: usize| {
        let (from, to) = (source(first).end, source(second).start);
        let between: Vec<&str> = words
            .iter()
            .filter(|(word, _)| from <= word.start && word.end <= to)
            .map(|(_, text)| text.as_str())
            .collect();
        let says = |said: &[&str]| between.ends_with(said);
        RELATIONS.iter().find(|(said, _)| says(said)).map_or(Relation::LeftOf, |&(_, relation)| relation)
    };

    let mut rows: Vec<Vec<usize>> = Vec::new();
    for entity in 0..entities.list.len() {
        let Some(before) = entity.checked_sub(1) else {
            rows.push(vec![entity]);
            continue;
        };
        let column = |row: &Vec<usize>| row.iter().position(|&other| other == before);
        let (row, column) = rows.iter().enumerate().find_map(|(at, row)| Some((at, column(row)?)))?;
        match relation(before, entity) {
            Relation::LeftOf => rows[row].insert(column + 1, entity),
            Relation::RightOf => rows[row].insert(column, entity),
            Relation::Above => rows.insert(row + 1, vec![entity]),
            Relation::Below => rows.insert(row, vec![entity]),
            Relation::Overlapping => return None,
        }
    }
    (!rows.is_empty()).then(|| Layout::of_rows(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_where_entities_are() {
        fn check(prompt: &str, entities: &str, expected: &[&[usize]]) {
            let entities = Entities::by_hand(prompt, entities).unwrap();
            let rows: Vec<_> = expected.iter().map(|row| row.to_vec()).collect();
            let expected = (!rows.is_empty()).then(|| Layout::of_rows(rows));
            assert_eq!(layout_of_words(prompt, &entities), expected, "{prompt}");
        }
        check("a cat and a dog", "a cat;a dog", &[&[0, 1]]);
        check("a cat next to a dog, a tree", "a cat;a dog;a tree", &[&[0, 1, 2]]);
        check("a cat to the left of a dog", "a cat;a dog", &[&[0, 1]]);
        check("a cat to the right of a dog", "a cat;a dog", &[&[1, 0]]);
        check("a cat ABOVE a dog", "a cat;a dog", &[&[0], &[1]]);
        check("a cat (below:1.2) a dog", "a cat;a dog", &[&[1], &[0]]);
        check("a cat on top of a dog and a tree", "a cat;a dog;a tree", &[&[0], &[1, 2]]);
        check(
            "a cat to the right of a dog, and a tree below a car",
            "a cat;a dog;a tree;a car",
            &[&[3], &[1, 2, 0]],
        );
        check("a boy with a hat above a dog", "a boy|a hat;a dog", &[&[0], &[1]]);
        check("a cat", "a cat", &[&[0]]);
        check("a cat on the beach and a dog", "a cat;a dog", &[&[0, 1]]);
        check("a cat in front of a dog", "a cat;a dog", &[]);
        check("a cat sitting on a car", "a cat;a car", &[]);
        check("a cat and a dog behind a tree", "a cat;a dog;a tree", &[]);
        check("blue", "", &[]);
    }
}
