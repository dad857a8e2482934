//! What people call entities: letters and names.

use tauscope_core::prompt::{Entities, Entity, Part, PromptWords};

/// The entity's letter: A to Z, then AA and so on.
pub(super) fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// What people call an entity: "young boy + red hat".
pub(super) fn name(entity: &Entity, words: &PromptWords) -> String {
    let phrase = |span: &std::ops::Range<usize>| {
        let words =
            words.list.iter().filter(|word| word.source.start < span.end && span.start < word.source.end);
        let (all, content): (Vec<_>, Vec<_>) = (
            words.clone().map(|w| w.text.as_str()).collect(),
            words.filter(|w| w.content).map(|w| w.text.as_str()).collect(),
        );
        if content.is_empty() { all.join(" ") } else { content.join(" ") }
    };
    entity.phrases.iter().map(|p| phrase(&p.span)).collect::<Vec<_>>().join(" + ")
}

/// The entity that a part of a prompt belongs to.
pub(super) fn of_part(entities: &Entities, words: &PromptWords, part: Part) -> Option<usize> {
    entities.of_word(&words.word_of(part)?.source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on() {
        fn check(index: usize, expected: &str) {
            assert_eq!(letter(index), expected);
        }
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(53, "BB");
    }
}
