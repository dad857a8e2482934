//! Decides the role of each noun phrase: an entity, a part of one, or global.
//!
//! The role depends on the phrase's head noun, by the tables of [`super::lexicon`], and on its link, the words between it
//! and the phrase before. The first matching rule applies.

use std::ops::Range;

use super::{
    lexicon::{
        ANIMALS, BODY, BRANDS, COLORS, CONTAINING, COPULAS, CREDITS, DEGREES, FRAMING, LOCATING, MEDIA,
        NAMESAKES, NEGATIONS, PEOPLE, PICTURES, PLACES, RATINGS, RELATIONS, RELATIVES, SAYING, SHADES, STYLES, TIMES,
        Table, WEARABLES, WEARING,
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
    let mut reading = Reading {
        words,
        entities: Vec::new(),
        last: None,
        worn: false,
        aside: None,
        is_coordinated: false,
        after_predicate: false,
    };
    let mut end = 0;
    for phrase in noun_phrases(words) {
        // A tag is at most one phrase: "hands_on_hips".
        if phrase.words.start >= end {
            let link = Link::new(&words[end..phrase.words.start]);
            end = reading.take(phrase, &link);
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
    /// Whether "and" joins the phrase before to another.
    is_coordinated: bool,
    /// Whether the phrase before is a predicate.
    after_predicate: bool,
}

impl Reading<'_> {
    /// Takes the next phrase and returns where it ends.
    fn take(&mut self, phrase: NounPhrase, link: &Link<'_>) -> usize {
        self.aside = self.aside.or(self.of_last()).filter(|_| self.words[phrase.words.start].is_aside);
        let role = self.role(&phrase, link);
        self.worn = link.has(WEARING) || self.worn && link.is_list();
        self.is_coordinated = link.is_and() && !self.after_predicate;
        self.after_predicate = phrase.is_predicate;
        self.last = Some(role);
        let phrase = NounPhrase { words: self.whole_tag(phrase.words), ..phrase };
        let end = phrase.words.end;
        match role {
            Role::Entity => self.entities.push(vec![phrase]),
            Role::Part(owner) => self.entities[owner].push(phrase),
            Role::Scene | Role::Lead => {}
        }
        end
    }

    /// All words that underscores join to these.
    fn whole_tag(&self, mut words: Range<usize>) -> Range<usize> {
        while words.start > 0 && self.words[words.start].is_joined && !self.words[words.start - 1].is_break()
        {
            words.start -= 1;
        }
        while self.words.get(words.end).is_some_and(|word| word.is_joined && !word.is_break()) {
            words.end += 1;
        }
        words
    }

    fn role(&self, phrase: &NounPhrase, link: &Link<'_>) -> Role {
        let (first, head) = (&self.words[phrase.words.start], &self.words[phrase.head]);
        let is_bare = !first.is_determiner();
        let is_being = head.is_in(PEOPLE) || head.is_in(ANIMALS);
        let is_worn = self.is_worn(phrase);
        let before_of = self.words.get(phrase.words.end).is_some_and(|word| word.is("of"));
        let part_of = |owner: Option<usize>| owner.map_or(Role::Entity, Role::Part);

        if phrase.is_predicate {
            return self.predicate(link);
        }
        if first.is("no") || link.has(NEGATIONS) {
            return Role::Scene;
        }
        if self.is_label(phrase) && !is_being && (is_bare || head.is_in(RELATIONS)) {
            return Role::Scene;
        }
        if head.is_in(RELATIONS) && (before_of || !link.is_list()) || self.is_framing(phrase) {
            return Role::Lead;
        }
        if head.is_in(PICTURES) && link.is_list() && (is_bare || before_of || self.entities.is_empty())
            || before_of && link.is_list() && (head.is_in(MEDIA) || self.shows_something(phrase))
        {
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
        if [PLACES, STYLES, TIMES].iter().any(|table| head.is_in(table)) || self.is_mere_style(phrase, link) {
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
        if !is_being && (link.is_passive("with") || is_bare && link.is_passive("in")) {
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
                Some(Role::Part(owner)) if is_worn => return Role::Part(owner),
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
        if first.may_be("PRP$") && !is_being {
            return part_of(self.possessor(link));
        }
        Role::Entity
    }

    /// "black" in "the cat is black" is a part of the cat. In "the dog and the cat are black" it is one of neither.
    fn predicate(&self, link: &Link<'_>) -> Role {
        let is_direct =
            link.words.iter().all(|word| [COPULAS, DEGREES, RELATIVES].iter().any(|table| word.is_in(table)));
        let is_shared =
            self.is_coordinated && ["are", "were", "both"].iter().any(|&word| link.has_word(word));
        let owner = self.of_last().filter(|_| is_direct && !link.is_broken && !link.is_joined && !is_shared);
        owner.map_or(Role::Scene, Role::Part)
    }

    /// Whether it is a part of a body, is worn, or is for a part of the body: "hair bow".
    fn is_worn(&self, phrase: &NounPhrase) -> bool {
        let before = phrase.words.len().checked_sub(2).map(|_| &self.words[phrase.head - 1]);
        let head = &self.words[phrase.head];
        head.is_in(BODY) || head.is_in(WEARABLES) || before.is_some_and(|word| word.is_in(BODY))
    }

    /// Whether it introduces what follows: "left: a cat".
    fn is_label(&self, phrase: &NounPhrase) -> bool {
        self.words.get(phrase.words.end).is_some_and(|word| word.is_break() && word.is(":"))
    }

    /// Whether it only says where or how much of something is in the picture: "upper left", "full body".
    fn is_framing(&self, phrase: &NounPhrase) -> bool {
        self.words[phrase.words.clone()].iter().all(|word| word.is_in(RELATIONS) || word.is_in(FRAMING))
    }

    /// "a double exposure" of a bear, but not "the style" of an artist: whether something countable follows the "of".
    fn shows_something(&self, phrase: &NounPhrase) -> bool {
        let shown = self.words.get(phrase.words.end + 1);
        self.words[phrase.head].is_in(STYLES)
            && !self.words[phrase.head].is("style")
            && shown.is_some_and(|word| word.may_be("CD") || word.is("a") || word.is("an"))
    }

    /// Whether it is no thing without a determiner: a colour, a medium, a camera, a rating.
    fn is_mere_style(&self, phrase: &NounPhrase, link: &Link<'_>) -> bool {
        let words = &self.words[phrase.words.clone()];
        let (Some(first), Some((head, before))) = (words.first(), words.split_last()) else { return false };
        let is_shade = |word: &TaggedWord| {
            word.is_in(COLORS) || word.is_in(SHADES) || word.is_conjunction() || word.is_break()
        };
        let is_color = head.is_in(COLORS) && (!head.is_in(NAMESAKES) || before.iter().all(is_shade));
        let is_rating = before.is_empty() && link.is_list() && head.is_in(RATINGS);
        if first.is_determiner() {
            // "one red and one white", but not "one orange"
            return first.may_be("CD") && head.is_in(COLORS) && !head.is_in(NAMESAKES);
        }
        is_color || is_rating || head.is_in(MEDIA) || first.is_in(BRANDS)
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

    /// The last person or animal, by its kind or by a name.
    fn last_being(&self) -> Option<usize> {
        self.entities.iter().rposition(|entity| self.is_being(entity))
    }

    fn is_being(&self, entity: &[NounPhrase]) -> bool {
        let phrase = &entity[0];
        let (first, head) = (&self.words[phrase.words.start], &self.words[phrase.head]);
        let is_name = !first.is_determiner() && (head.is_unknown() || head.is_explained);
        is_name || head.is_in(PEOPLE) || head.is_in(ANIMALS)
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

    /// Whether a passive and this preposition are between them: "bound in".
    fn is_passive(&self, preposition: &str) -> bool {
        matches!(self.words, [.., verb, last] if verb.may_be("VBN") && last.is(preposition))
    }

    fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|other| other.is(word))
    }

    fn has(&self, table: Table) -> bool {
        self.words.iter().any(|word| word.is_in(table))
    }
}
