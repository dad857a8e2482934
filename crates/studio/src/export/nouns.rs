//! The nouns of a prompt's entities with their attributes, as the measures want them (method.md 7). Here because this
//! is the lowest room that knows both prompts and measures, and whoever shows leaks also exports them.

use std::ops::Range;

use tauscope_core::{
    attention::Noun,
    prompt::{Entities, Entity, Phrase, Word},
};

/// The nouns of each entity, its own first, as places in `words`: a phrase's head is its noun, and its other content
/// words are the noun's attributes. A phrase whose head the model does not see has none.
pub fn nouns(entities: &Entities, words: &[Word]) -> Vec<Vec<Noun>> {
    let within = |span: &Range<usize>, word: usize| {
        let word = &words[word].source;
        word.start < span.end && span.start < word.end
    };
    let noun = |phrase: &Phrase| {
        // The last word of a head is the noun.
        let head = (0..words.len()).rev().find(|&word| within(&phrase.head, word))?;
        let describes =
            |&word: &usize| words[word].content && within(&phrase.span, word) && !within(&phrase.head, word);
        Some(Noun { head, attributes: (0..words.len()).filter(describes).collect() })
    };
    let entity = |entity: &Entity| entity.phrases.iter().filter_map(noun).collect();
    entities.list.iter().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word but "a" and "with" carries content.
    fn words(prompt: &str) -> Vec<Word> {
        let start = |word: &str| word.as_ptr().addr() - prompt.as_ptr().addr();
        let word = |text: &str| Word {
            text: text.to_owned(),
            source: start(text)..start(text) + text.len(),
            tokens: vec![1],
            pieces: vec![text.to_owned()],
            content: !["a", "with"].contains(&text),
            weight: 1.0,
        };
        prompt.split(' ').map(word).collect()
    }

    #[test]
    fn attributes_belong_to_the_head_of_their_phrase() {
        fn check(prompt: &str, entities: &str, expected: &[&[(&str, &[&str])]]) {
            let words = words(prompt);
            let text = |&word: &usize| &prompt[words[word].source.clone()];
            let found = nouns(&Entities::by_hand(prompt, entities).unwrap(), &words);
            let found: Vec<Vec<(&str, Vec<&str>)>> = found
                .iter()
                .map(|nouns| {
                    nouns.iter().map(|n| (text(&n.head), n.attributes.iter().map(text).collect())).collect()
                })
                .collect();
            let expected: Vec<Vec<_>> = expected
                .iter()
                .map(|nouns| nouns.iter().map(|(head, attributes)| (*head, attributes.to_vec())).collect())
                .collect();
            assert_eq!(found, expected, "{prompt}");
        }
        check(
            "a small boy with a red hat with a big blue cat",
            "a small boy|a red hat;a big blue cat",
            &[&[("boy", &["small"]), ("hat", &["red"])], &[("cat", &["big", "blue"])]],
        );
        check("a cat with a cat", "a cat;a cat", &[&[("cat", &[])], &[("cat", &[])]]);
        check("a cat", "", &[]);
    }

    #[test]
    fn a_noun_that_was_cut_off_is_left_out() {
        let prompt = "a cat with a red hat";
        let entities = Entities::by_hand(prompt, "a cat|a red hat").unwrap();
        let found = nouns(&entities, &words(prompt)[..5]);
        assert_eq!(found, [[Noun { head: 1, attributes: vec![] }]]);
    }
}
