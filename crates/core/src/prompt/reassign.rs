//! Entities changed by hand: assigning words to an entity, and keeping entities while the prompt is edited.

use std::ops::Range;

use super::{Entities, Entity, Phrase, Word};

/// The new owner of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A new entity.
    New,
    /// The entity with this index.
    Entity(usize),
    /// No entity: the words become global.
    Nobody,
}

impl Entities {
    /// Assigns the words of `picked` (indices into `words`) to `owner`. An entity without words is removed.
    pub fn assign(&self, words: &[Word], picked: &[usize], owner: Owner) -> Self {
        let new = match owner {
            Owner::New => Some(self.list.len()),
            Owner::Entity(index) => Some(index),
            Owner::Nobody => None,
        };
        let owners: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(index, word)| if picked.contains(&index) { new } else { self.of_word(&word.source) })
            .collect();
        let mut list = vec![Entity::default(); self.list.len().max(new.map_or(0, |new| new + 1))];
        let mut first = 0;
        for run in owners.chunk_by(|a, b| a == b) {
            let members = &words[first..first + run.len()];
            first += run.len();
            if let Some(Some(entity)) = run.first() {
                list[*entity].phrases.extend(self.phrase(members));
            }
        }
        list.retain(|entity| !entity.phrases.is_empty());
        list.sort_by_key(|entity| entity.phrases.iter().map(|phrase| phrase.span.start).min());
        Self { list, by_hand: true }
    }

    /// A phrase of adjacent words. Its head is a head of an earlier phrase, else the last content word.
    fn phrase(&self, words: &[Word]) -> Option<Phrase> {
        let (first, last) = (words.first()?, words.last()?);
        let was_head = |word: &&Word| {
            let mut phrases = self.list.iter().flat_map(|entity| &entity.phrases);
            phrases.any(|phrase| phrase.head == word.source)
        };
        let mut from_the_end = words.iter().rev();
        let head = from_the_end.clone().find(was_head).or_else(|| from_the_end.find(|word| word.content));
        let head = head.unwrap_or(last).source.clone();
        Some(Phrase { span: first.source.start..last.source.end, head })
    }

    /// Moves the entities from the prompt `old` to its edited form `new`. Keeps the phrases in the texts' common prefix and
    /// suffix, so that a person's entities survive typing.
    pub fn carried(&self, old: &str, new: &str) -> Self {
        let before = common(old.char_indices().zip(new.chars()));
        let rest = (&old[before..], &new[before..]);
        let behind = common(
            rest.0
                .chars()
                .rev()
                .scan(0, |at, c| {
                    let here = *at;
                    *at += c.len_utf8();
                    Some((here, c))
                })
                .zip(rest.1.chars().rev()),
        );
        let moved = |range: &Range<usize>| {
            if range.end <= before {
                Some(range.clone())
            } else if range.start >= old.len() - behind {
                Some(range.start + new.len() - old.len()..range.end + new.len() - old.len())
            } else {
                None
            }
        };
        let phrase =
            |phrase: &Phrase| Some(Phrase { span: moved(&phrase.span)?, head: moved(&phrase.head)? });
        let entity = |entity: &Entity| Entity { phrases: entity.phrases.iter().filter_map(phrase).collect() };
        let list = self.list.iter().map(entity).filter(|entity| !entity.phrases.is_empty()).collect();
        Self { list, by_hand: self.by_hand }
    }
}

/// The length in bytes of the common prefix.
fn common(pairs: impl Iterator<Item = ((usize, char), char)>) -> usize {
    pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, c), _)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Prompt, fixture::tokenizers},
        *,
    };

    fn words(prompt: &str) -> Vec<Word> {
        Prompt::parse(prompt, &tokenizers(), None).unwrap().words.list.clone()
    }

    #[test]
    fn words_change_their_owner() {
        fn check(prompt: &str, entities: &str, picked: &[usize], owner: Owner, expected: &str) {
            let before = Entities::by_hand(prompt, entities).unwrap();
            let after = before.assign(&words(prompt), picked, owner);
            assert_eq!(after.to_text(prompt), expected, "{prompt}");
            for phrase in after.list.iter().flat_map(|entity| &entity.phrases) {
                assert!(phrase.span.start <= phrase.head.start && phrase.head.end <= phrase.span.end);
            }
        }
        let prompt = "a red cat and a blue dog";
        check(prompt, "", &[0, 1, 2], Owner::New, "a red cat");
        check(prompt, "a red cat", &[4, 5, 6], Owner::New, "a red cat;a blue dog");
        check(prompt, "a blue dog", &[2], Owner::New, "cat;a blue dog");
        check(prompt, "a red cat;a blue dog", &[5], Owner::Entity(0), "a red cat|blue;a|dog");
        check(prompt, "a red cat;a blue dog", &[0, 1, 2], Owner::Entity(1), "a red cat|a blue dog");
        check(prompt, "a red cat;a blue dog", &[0, 1, 2], Owner::Nobody, "a blue dog");
        check(prompt, "a red cat;a blue dog", &[1], Owner::Nobody, "a|cat;a blue dog");
    }

    #[test]
    fn heads_stay_where_they_were() {
        let prompt = "a hat red";
        let phrase = Phrase { span: 0..5, head: 2..5 };
        let entities = Entities { list: vec![Entity { phrases: vec![phrase] }], by_hand: false };
        let after = entities.assign(&words(prompt), &[2], Owner::Entity(0));
        assert_eq!(after.list[0].phrases, [Phrase { span: 0..9, head: 2..5 }]);
    }

    #[test]
    fn entities_survive_typing_elsewhere() {
        fn check(old: &str, new: &str, expected: &str) {
            let entities = Entities::by_hand(old, "a red cat;a blue dog").unwrap();
            assert_eq!(entities.carried(old, new).to_text(new), expected, "{new}");
        }
        let old = "a red cat and a blue dog";
        check(old, "a red cat and a blue dog at night", "a red cat;a blue dog");
        check(old, "photo: a red cat and a blue dog", "a red cat;a blue dog");
        check(old, "a red cat beside a blue dog", "a red cat;a blue dog");
        check(old, "a red car and a blue dog", "a blue dog");
        check(old, "ä red cat and a blue dog", "a blue dog");
        check(old, "", "");
        check(old, old, "a red cat;a blue dog");
    }
}
