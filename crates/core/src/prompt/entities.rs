//! Entities: which words of a prompt belong to one thing in the picture (method.md 2).
//!
//! They are written by hand or found by `tauscope-language`, kept with a picture, and turned into tokens.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Phrase, Prompt, WeightedText, phrase::spoken};
use crate::error::{Error, Result};

/// The entities of a prompt, in reading order; every word outside them is global.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Entities {
    /// The entities.
    pub list: Vec<Entity>,
    /// Whether a person wrote or changed them.
    pub by_hand: bool,
}

/// One entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entity {
    /// Its own noun phrase, then those of the things that it wears, holds or has.
    pub phrases: Vec<Phrase>,
}

impl Entities {
    /// Checks that these can be the entities of `prompt`: each phrase is a part of it, with its head inside.
    ///
    /// # Errors
    /// [`Error::Input`] that says which is not.
    pub fn check(&self, prompt: &str) -> Result<()> {
        let fault = |problem: String| Err(Error::input(problem, "Name the entities of this prompt anew."));
        let phrases = || self.list.iter().flat_map(|entity| &entity.phrases);
        // Each takes a byte or more.
        let count = self.list.len().max(phrases().count());
        if count > prompt.len() {
            return fault(format!("A prompt of {} bytes cannot have {count} entities.", prompt.len()));
        }
        let is_part = |part: &Range<usize>| !part.is_empty() && prompt.get(part.clone()).is_some();
        for Phrase { span, head } in phrases() {
            if !is_part(span) || !is_part(head) || head.start < span.start || span.end < head.end {
                return fault(format!(
                    "The phrase at {span:?} with its head at {head:?} is not a part of the prompt."
                ));
            }
        }
        Ok(())
    }

    /// The words outside every entity, as bytes of the prompt as typed; punctuation is left out.
    pub fn global_words(&self, prompt: &str) -> Vec<Range<usize>> {
        let plain = WeightedText::parse(prompt);
        let words = spoken(&plain.text).into_iter();
        words.map(|word| plain.source_range(word)).filter(|word| self.of_word(word).is_none()).collect()
    }

    /// The entity that holds a word, by the word's bytes in the prompt as typed.
    pub fn of_word(&self, word: &Range<usize>) -> Option<usize> {
        self.list.iter().position(|entity| entity.phrases.iter().any(|phrase| overlaps(&phrase.span, word)))
    }
}

impl Prompt {
    /// The entity of every position of the context, [L]; -1 for global tokens.
    pub fn token_entities(&self, entities: &Entities) -> Vec<i32> {
        let mut of_token = vec![-1; self.context_tokens()];
        // Backwards, so that a token of two words belongs to the first of them, as its weight does.
        for word in self.words.list.iter().rev() {
            let entity = entities.of_word(&word.source).map_or(-1, |entity| entity as i32);
            for &token in &word.tokens {
                of_token[token] = entity;
            }
        }
        of_token
    }

    /// The tokens of the entities' head nouns: of "boy" in "a boy with a red hat".
    pub fn head_tokens(&self, entities: &Entities) -> Vec<usize> {
        let heads = entities.list.iter().filter_map(|entity| Some(&entity.phrases.first()?.head));
        let words = heads.flat_map(|head| self.words.list.iter().filter(|word| overlaps(head, &word.source)));
        words.flat_map(|word| word.tokens.iter().copied()).collect()
    }

    /// For every position of the context, [L], whether it holds a piece of the text: neither start, end nor padding.
    pub fn is_text(&self) -> Vec<bool> {
        self.labels().iter().map(|label| matches!(label, super::Label::Piece(_))).collect()
    }
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Label,
            fixture::tokenizers,
            trouble::{TROUBLE, texts},
        },
        *,
    };

    fn entities(prompt: &str, text: &str) -> Entities {
        Entities::by_hand(prompt, text).unwrap()
    }

    #[test]
    fn entities_become_tokens() {
        fn check(prompt: &str, text: &str, expected: &[i32]) {
            let read = Prompt::parse(prompt, &tokenizers(), None).unwrap();
            let tokens = read.token_entities(&entities(prompt, text));
            assert_eq!(tokens.len(), read.context_tokens());
            assert_eq!(tokens[..expected.len()], *expected, "{prompt}");
            assert!(tokens[expected.len()..].iter().all(|&entity| entity == -1));
        }
        check("a red cat and a blue dog", "a red cat;a blue dog", &[-1, 0, 0, 0, -1, 1, 1, 1]);
        check("a boy with a red hat", "a boy|a red hat", &[-1, 0, 0, -1, 0, 0, 0]);
        check("(a cat:1.2), a dog", "a dog;a cat", &[-1, 1, 1, -1, 0, 0]);
        check("a cat", "", &[]);
    }

    #[test]
    fn an_entity_has_the_head_of_its_own_phrase() {
        fn check(prompt: &str, text: &str, expected: &[usize]) {
            let read = Prompt::parse(prompt, &tokenizers(), None).unwrap();
            assert_eq!(read.head_tokens(&entities(prompt, text)), expected, "{prompt}");
        }
        check("a red cat and a blue dog", "a red cat;a blue dog", &[3, 7]);
        check("a boy with a red hat", "a boy|a red hat", &[2]);
        check("a cat", "", &[]);
    }

    /// Pieces of every entity, in the order of the context.
    fn pieces<'a>(prompt: &'a Prompt, entities: &Entities) -> Vec<Vec<&'a str>> {
        let mut pieces = vec![Vec::new(); entities.list.len()];
        for (label, entity) in prompt.labels().into_iter().zip(prompt.token_entities(entities)) {
            match (label, usize::try_from(entity)) {
                (Label::Piece(piece), Ok(entity)) => pieces[entity].push(piece),
                (_, Ok(_)) => panic!("{label} is in an entity"),
                (_, Err(_)) => {}
            }
        }
        pieces
    }

    #[test]
    fn hard_words_keep_their_tokens_together() {
        fn check(prompt: &str, text: &str, expected: &[&[&str]]) {
            let read = Prompt::parse(prompt, &tokenizers(), None).unwrap();
            assert_eq!(pieces(&read, &entities(prompt, text)), expected, "{prompt}");
        }
        check("((a (RED:1.3) cat)), [dog]", "a red cat;dog", &[&["a", "RED", "cat"], &["dog"]]);
        check("(a re:1.2)d (c)at and", "a red cat", &[&["a", "red", "cat"]]);
        check(r"a \(red\) cat, dog", "a (red) cat", &[&["a", "(", "red", ")", "cat"]]);
        check(
            "a big, white dog,cat",
            "a big, white dog;cat",
            &[&["a", "big", ",", "white", "dog"], &["cat"]],
        );
        let t_shirt = ["the", "cat", "'", "s", "t", "-", "s", "h", "i", "r", "t"];
        check("the cat's t-shirt!!!", "the cat's t-shirt", &[&t_shirt]);
        let composed = ["a", "ca", "f", "e\u{301}", "e\u{301}"];
        check("a cafe\u{301}, İ CAT", "a cafe\u{301};İ cat", &[&composed, &["İ", "İ", "İ", "CAT"]]);
        check("👍🏽👩\u{200d}👧cat 日本", "👩\u{200d}👧;日", &[&["👩\u{200d}👧"; 11], &["日"; 3]]);
        check("a  wow\n\tcat<|endoftext|>dog", "a wow;dog", &[&["a", "w", "ow"], &["dog"]]);
    }

    #[test]
    fn entities_reach_into_further_chunks() {
        let prompt = format!("{}a wow cat and a (red:1.2) dog", "cat, ".repeat(36));
        let read = Prompt::parse(&prompt, &tokenizers(), None).unwrap();
        let tokens = read.token_entities(&entities(&prompt, "a wow cat;a red dog"));
        let of = |entity| (0..tokens.len()).filter(|&token| tokens[token] == entity).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![73, 74, 75, 78], vec![80, 81, 82]));
        assert_eq!(tokens.len(), 154);

        let cut = Prompt::parse(&prompt, &tokenizers(), Some(1)).unwrap();
        assert_eq!(cut.token_entities(&entities(&prompt, "a wow cat;a red dog")), tokens[..77]);
    }

    #[test]
    fn any_group_has_the_tokens_of_its_bytes() {
        let tokenizers = tokenizers();
        for text in texts(TROUBLE, 500) {
            let read = Prompt::parse(&text, &tokenizers, None).unwrap();
            let span = read
                .words
                .list
                .get(read.words.list.len() / 2)
                .map_or(0..0, |word| word.source.start..text.len());
            let phrase = Phrase { head: span.clone(), span: span.clone() };
            let entities = Entities { list: vec![Entity { phrases: vec![phrase] }], by_hand: true };
            let tokens = read.token_entities(&entities);
            for word in &read.words.list {
                let inside = word.source.start >= span.start;
                // A token of two words belongs to the earlier word.
                let own = word.tokens.iter().filter(|token| {
                    read.words.list.iter().find(|other| other.tokens.contains(token)) == Some(word)
                });
                for &token in own {
                    assert_eq!(tokens[token] == 0, inside, "{text:?}: {}", word.text);
                }
            }
        }
    }

    #[test]
    fn words_outside_the_entities_are_global() {
        fn check(prompt: &str, text: &str, expected: &[&str]) {
            let found = entities(prompt, text).global_words(prompt);
            let found: Vec<_> = found.into_iter().map(|word| &prompt[word]).collect();
            assert_eq!(found, expected, "{prompt}");
        }
        check("a boy with a (red:1.2) hat, 4k!", "a boy|a red hat", &["with", "4k"]);
        check("a cat, (oil) ♥ painting", "a cat", &["oil", "♥", "painting"]);
        check("a cat", "a cat", &[]);
    }
}
