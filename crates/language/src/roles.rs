//! Decides the role of each noun phrase: an entity, a part of one, or global.
//!
//! The role depends on what the phrase is by itself ([`Kind`]) and on the words between it and the phrase before
//! ([`Link`]). The first matching rule applies.

use super::{
    kind::Kind,
    lexicon::{
        BODY, COLORS, CONTAINING, COPULAS, CREDITS, DEGREES, LOCATING, NAMESAKES, NEGATIONS, PICTURES,
        PLACES, RELATIONS, RELATIVES, SAYING, WEARING,
    },
    link::Link,
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
    /// Another word for this entity or for one of it: "one" after "two girls".
    Reference(usize),
    /// Global, and so is the phrase after its "of": a place, a time, a style.
    Scene,
    /// Global, but the phrase after its "of" is not: "a photo of", "the left side of".
    Lead,
}

/// The phrases of every entity in reading order.
pub(super) fn entities(words: &[TaggedWord]) -> Vec<Vec<NounPhrase>> {
    let mut reading = Reading {
        words,
        entities: Vec::new(),
        last: None,
        worn: false,
        aside: None,
        link: None,
        is_predicate: false,
    };
    let mut end = 0;
    for phrase in noun_phrases(words) {
        // A tag is at most one phrase: "hands_on_hips".
        if phrase.words.start >= end {
            end = reading.take(phrase, end);
        }
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
    /// The entity that the aside at this place is about.
    aside: Option<usize>,
    /// What joins it to the one before it, unless that is a predicate.
    link: Option<Link<'a>>,
    /// Whether it is a predicate.
    is_predicate: bool,
}

impl<'a> Reading<'a> {
    /// Takes the next phrase, with the phrase before ending at `start`, and returns where it ends.
    fn take(&mut self, phrase: NounPhrase, start: usize) -> usize {
        let link = Link::new(&self.words[start..phrase.words.start]);
        self.aside = self.aside.or(self.of_last()).filter(|_| self.words[phrase.words.start].is_aside);
        let role = self.role(&phrase, &link);
        self.worn = link.has(WEARING) || self.worn && link.is_list();
        self.link = Some(link).filter(|_| !self.is_predicate);
        self.is_predicate = phrase.is_predicate;
        self.last = Some(role);
        let phrase = phrase.whole_tag(self.words);
        let end = phrase.words.end;
        match role {
            Role::Entity => self.entities.push(vec![phrase]),
            Role::Part(owner) => self.entities[owner].push(phrase),
            Role::Reference(_) | Role::Scene | Role::Lead => {}
        }
        end
    }

    fn role(&self, phrase: &NounPhrase, link: &Link<'_>) -> Role {
        let kind = Kind::new(self.words, phrase);
        let (head, is_bare, is_worn) = (kind.head, kind.is_bare(), kind.is_worn());
        let is_being = kind.is_being() || head.is_elliptic();
        let part_of = |owner: Option<usize>| owner.map_or(Role::Entity, Role::Part);

        if phrase.is_predicate {
            return self.predicate(link);
        }
        if kind.first.is("no") || link.has(NEGATIONS) || kind.is_label() {
            return Role::Scene;
        }
        if let Some(owner) = self.last_several().filter(|_| kind.is_reference() && link.is_list()) {
            return Role::Reference(owner);
        }
        let is_had = link.has(WEARING) || link.is("with");
        if link.is_distributive && is_had && !is_being && self.is_shared(link) {
            return Role::Scene;
        }
        if kind.first.is("whose") {
            return self.of_last().map_or(Role::Scene, Role::Part);
        }
        if head.is_in(RELATIONS) && (kind.is_before_of() || !link.is_list() && !is_worn) || kind.is_framing()
        {
            return Role::Lead;
        }
        let is_first = is_bare || kind.is_before_of() || self.entities.is_empty();
        if link.is_list() && (head.is_in(PICTURES) && is_first || kind.shows_something()) {
            return Role::Lead;
        }
        if link.is("of") && self.last != Some(Role::Lead) {
            return self.of_last().map_or(Role::Scene, Role::Part);
        }
        if link.ends_with("in") && (is_worn || head.is_in(COLORS)) {
            return part_of(self.wearer());
        }
        if is_bare && head.is_in(PLACES) && link.has(CONTAINING) {
            return self.of_last().map_or(Role::Scene, Role::Part);
        }
        // "made of gold", "strawberries and cream"
        let is_material =
            head.is_in(NAMESAKES) && (!link.is_list() || link.is_and() && self.of_last().is_some());
        let is_mere_style = kind.is_mere_style() || kind.is_rating() && link.is_list();
        if kind.is_scenery() || kind.is_color() && !is_material || is_mere_style {
            return Role::Scene;
        }
        if link.ends_with("by") && (link.has(CREDITS) || link.is("by") && is_bare) {
            return Role::Scene;
        }
        if is_bare && link.has(SAYING) {
            return Role::Scene;
        }
        if let Some(owner) = self.aside.filter(|_| is_bare || !is_being) {
            return Role::Part(owner);
        }
        if link.has(WEARING) {
            return part_of(self.wearer());
        }
        if link.has(CONTAINING) || link.ends_with("as") || link.ends_with("like") {
            return part_of(self.nearest());
        }
        let is_of_material = is_bare && ["from", "in", "of"].iter().any(|word| link.is_passive(word));
        if !is_being && (link.is_passive("with") || is_of_material) {
            return part_of(self.nearest());
        }
        if link.is("with") || link.is("without") {
            return match self.of_last() {
                _ if is_worn => part_of(self.wearer()),
                Some(owner) if !is_being => Role::Part(owner),
                _ if link.is("without") => Role::Scene,
                _ => Role::Entity,
            };
        }
        if is_bare && !head.is_plural() && link.words.last().is_some_and(|word| word.is_in(LOCATING)) {
            return Role::Scene;
        }
        if link.is_list() {
            match self.last {
                Some(Role::Scene) if is_bare && link.is_and() => return Role::Scene,
                Some(Role::Part(owner)) if is_worn && (is_bare || self.is_being(&self.entities[owner])) => {
                    return Role::Part(owner);
                }
                Some(Role::Part(owner)) if link.is_and() && !is_being && (is_bare || self.worn) => {
                    return Role::Part(owner);
                }
                _ => {}
            }
        }
        if is_bare && link.is_list() && is_worn {
            return part_of(self.last_being());
        }
        if is_bare && head.is_in(BODY) {
            return part_of(self.wearer());
        }
        if kind.first.may_be("PRP$") && !is_being {
            return part_of(self.possessor(link));
        }
        Role::Entity
    }

    /// "black" in "the cat is black" or "the cat on the left is black" is a part of the cat. In "the dog and the cat are
    /// black" it is one of neither.
    fn predicate(&self, link: &Link<'_>) -> Role {
        let is_predicating =
            |word: &TaggedWord| [COPULAS, DEGREES, RELATIVES].iter().any(|table| word.is_in(table));
        let is_located = self.link.is_some_and(|link| link.is_unbroken() && !link.is_list());
        let subject = if is_located { self.nearest() } else { self.of_last() };
        let is_relative = link.words.first().is_some_and(|word| word.is_in(RELATIVES));
        let is_direct = link.words.iter().all(is_predicating)
            && (link.is_unbroken() || link.is_distributive || is_relative);
        subject.filter(|_| is_direct && !self.is_shared(link)).map_or(Role::Scene, Role::Part)
    }

    /// Whether `link` speaks of several entities: "a cat and a dog, both", "the dog and the cat are".
    fn is_shared(&self, link: &Link<'_>) -> bool {
        let is_after_and = self.link.is_some_and(|before| before.is_and());
        let is_one = self.nearest().is_some_and(|entity| !self.is_several(entity));
        is_after_and && (link.is_distributive || link.has(&["are", "were"])) || link.is_distributive && is_one
    }

    fn is_several(&self, entity: usize) -> bool {
        Kind::new(self.words, &self.entities[entity][0]).is_several()
    }

    /// The last entity that is several things, to which "one" can refer.
    fn last_several(&self) -> Option<usize> {
        (0..self.entities.len()).rfind(|&entity| self.is_several(entity))
    }

    /// The entity that the phrase before belongs to.
    fn of_last(&self) -> Option<usize> {
        match self.last? {
            Role::Entity => self.entities.len().checked_sub(1),
            Role::Part(owner) | Role::Reference(owner) => Some(owner),
            Role::Scene | Role::Lead => None,
        }
    }

    fn nearest(&self) -> Option<usize> {
        self.of_last().or(self.entities.len().checked_sub(1))
    }

    /// The last person or animal, by its kind or by a name.
    fn last_being(&self) -> Option<usize> {
        self.entities.iter().rposition(|entity| self.is_being(entity))
    }

    fn is_being(&self, entity: &[NounPhrase]) -> bool {
        let kind = Kind::new(self.words, &entity[0]);
        kind.is_being() || kind.is_name()
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
