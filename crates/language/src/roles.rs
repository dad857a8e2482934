//! Decides the role of each noun phrase: an entity, a part of one, or global.
//!
//! The role depends on the phrase's head noun, by the tables of [`super::lexicon`], and on its link, the words between it
//! and the phrase before. The first matching rule applies.

use super::{
    lexicon::{
        ANIMALS, BODY, COLORS, CONTAINING, CREDITS, LOCATING, MEDIA, PEOPLE, PICTURES, PLACES, RELATIONS,
        STYLES, TIMES, Table, WEARABLES, WEARING,
    },
    phrases::{NounPhrase, noun_phrases},
    word::TaggedWord,
};

/// The role of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// An entity of its own.
    Entity,
    /// Something that the entity with this index wears, holds or has.
    Part(usize),
    /// Global, and so is the phrase after its "of": a place, a time, a style.
    Scene,
    /// Global, but the phrase after its "of" is not: "a photo of", "the left side of".
    Lead,
}

/// The phrases of every entity in reading order.
pub(super) fn entities(words: &[TaggedWord]) -> Vec<Vec<NounPhrase>> {
    let mut reading = Reading { words, entities: Vec::new(), last: None, worn: false };
    let mut end = 0;
    for phrase in noun_phrases(words) {
        let link = Link::new(&words[end..phrase.words.start]);
        end = phrase.words.end;
        reading.take(phrase, &link);
    }
    reading.entities
}

/// The state while the text is read.
struct Reading<'a> {
    words: &'a [TaggedWord],
    entities: Vec<Vec<NounPhrase>>,
    /// The role of the phrase before.
    last: Option<Role>,
    /// Whether it is a part because of a verb of wearing.
    worn: bool,
}

impl Reading<'_> {
    fn take(&mut self, phrase: NounPhrase, link: &Link<'_>) {
        let role = self.role(&phrase, link);
        self.worn = link.has(WEARING) || self.worn && link.is_list();
        self.last = Some(role);
        match role {
            Role::Entity => self.entities.push(vec![phrase]),
            Role::Part(owner) => self.entities[owner].push(phrase),
            Role::Scene | Role::Lead => {}
        }
    }

    fn role(&self, phrase: &NounPhrase, link: &Link<'_>) -> Role {
        let (first, head) = (&self.words[phrase.words.start], &self.words[phrase.head]);
        let is_bare = !first.is_determiner();
        let is_being = head.is_in(PEOPLE) || head.is_in(ANIMALS);
        let is_worn = head.is_in(BODY) || head.is_in(WEARABLES);
        let before_of = self.words.get(phrase.words.end).is_some_and(|word| word.is("of"));
        let part_of = |owner: Option<usize>| owner.map_or(Role::Entity, Role::Part);

        if phrase.is_predicate {
            return self.of_last().map_or(Role::Scene, Role::Part);
        }
        if first.is("no") {
            return Role::Scene;
        }
        if head.is_in(RELATIONS) && (before_of || !link.is_list()) {
            return Role::Lead;
        }
        if head.is_in(PICTURES) && link.is_list() && (is_bare || before_of || self.entities.is_empty()) {
            return Role::Lead;
        }
        if link.is("of") && self.last != Some(Role::Lead) {
            return self.of_last().map_or(Role::Scene, Role::Part);
        }
        if link.ends_with("in") && (is_worn || head.is_in(COLORS)) {
            return part_of(self.wearer());
        }
        let is_scenery = [PLACES, STYLES, TIMES].iter().any(|table| head.is_in(table));
        if is_scenery || is_bare && (head.is_in(COLORS) || head.is_in(MEDIA)) {
            return Role::Scene;
        }
        if link.ends_with("by") && (link.has(CREDITS) || link.is("by") && is_bare) {
            return Role::Scene;
        }
        if link.has(WEARING) {
            return part_of(self.wearer());
        }
        if link.has(CONTAINING) || link.ends_with("as") || link.ends_with("like") {
            return part_of(self.nearest());
        }
        if link.is("with") || link.is("without") {
            return match self.of_last() {
                _ if is_worn => part_of(self.wearer()),
                Some(owner) if !is_being => Role::Part(owner),
                _ => Role::Entity,
            };
        }
        if is_bare && !head.is_plural() && link.words.last().is_some_and(|word| word.is_in(LOCATING)) {
            return Role::Scene;
        }
        if link.is_list() {
            match self.last {
                Some(Role::Scene) if is_bare && link.is_and() => return Role::Scene,
                Some(Role::Part(owner)) if is_worn => return Role::Part(owner),
                Some(Role::Part(owner)) if link.is_and() && !is_being && (is_bare || self.worn) => {
                    return Role::Part(owner);
                }
                _ => {}
            }
        }
        if is_bare && (head.is_in(BODY) || link.is_list() && is_worn) {
            return part_of(self.last_being());
        }
        if first.may_be("PRP$") && !is_being {
            return part_of(self.possessor(link));
        }
        Role::Entity
    }

    /// The entity that the phrase before belongs to.
    fn of_last(&self) -> Option<usize> {
        match self.last? {
            Role::Entity => self.entities.len().checked_sub(1),
            Role::Part(owner) => Some(owner),
            Role::Scene | Role::Lead => None,
        }
    }

    fn nearest(&self) -> Option<usize> {
        self.of_last().or(self.entities.len().checked_sub(1))
    }

    /// The last person or animal.
    fn last_being(&self) -> Option<usize> {
        self.entities.iter().rposition(|entity| self.is_being(entity))
    }

    fn is_being(&self, entity: &[NounPhrase]) -> bool {
        let head = &self.words[entity[0].head];
        head.is_in(PEOPLE) || head.is_in(ANIMALS)
    }

    /// The owner that "his" or "its" refers to: in "a pirate with a parrot on his shoulder" the pirate, not the parrot.
    fn possessor(&self, link: &Link<'_>) -> Option<usize> {
        let being = self.last_being()?;
        let is_place = matches!(link.words, [word] if word.may_be("IN"));
        let before = self.entities[..being].iter().rposition(|entity| self.is_being(entity));
        before.filter(|_| is_place && self.last == Some(Role::Entity)).or(Some(being))
    }

    /// The owner of a worn or held thing: the last person or animal, else the nearest entity.
    fn wearer(&self) -> Option<usize> {
        self.last_being().or_else(|| self.nearest())
    }
}

/// The words between two phrases.
struct Link<'a> {
    /// The words after the last break and after "and".
    words: &'a [TaggedWord],
    is_broken: bool,
    is_joined: bool,
}

impl<'a> Link<'a> {
    fn new(words: &'a [TaggedWord]) -> Self {
        let start = words.iter().rposition(TaggedWord::is_break).map_or(0, |at| at + 1);
        let joined = words[start..].iter().take_while(|word| word.is_conjunction()).count();
        Self { words: &words[start + joined..], is_broken: start > 0, is_joined: joined > 0 }
    }

    /// Whether the phrases form a list, with only a comma, "and" or nothing between them.
    fn is_list(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether only "and" is between them.
    fn is_and(&self) -> bool {
        self.is_list() && self.is_joined && !self.is_broken
    }

    fn is(&self, word: &str) -> bool {
        self.words.len() == 1 && self.words[0].is(word)
    }

    fn ends_with(&self, word: &str) -> bool {
        self.words.last().is_some_and(|last| last.is(word))
    }

    fn has(&self, table: Table) -> bool {
        self.words.iter().any(|word| word.is_in(table))
    }
}
