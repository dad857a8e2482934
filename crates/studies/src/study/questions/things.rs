//! The things of a prompt, each with what it has with it, and how questions call them.

use std::ops::Range;

use super::{english::last, scene, thing::Thing, words::COLLECTIVES};
use tauscope_core::prompt::{Entities, Phrase, WeightedText};
use tauscope_language::vocabulary::is_being;

/// An entity: a thing, and the things that it wears, holds or has.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) thing: Thing,
    pub(super) parts: Vec<Thing>,
    /// The bytes of its own phrase in the prompt as typed, then those of its parts and predicates.
    pub(super) spans: Vec<Range<usize>>,
}

/// The entities of a prompt.
#[derive(Debug)]
pub(super) struct Things {
    pub(super) owners: Vec<Owner>,
}

impl Things {
    /// Reads the entities of `prompt`.
    pub(super) fn read(prompt: &str, entities: &Entities) -> Self {
        let thing = |phrase: &Phrase| {
            Thing::read(&WeightedText::parse(prompt.get(phrase.span.clone()).unwrap_or_default()).text)
        };
        let owner = |phrases: &[Phrase]| {
            let (own, others) = phrases.split_first()?;
            let mut own = thing(own);
            let (mut parts, predicates): (Vec<_>, Vec<_>) =
                others.iter().map(thing).partition(|part| !part.name.is_empty());
            if COLLECTIVES.contains(&own.name.as_str()) && parts.first().is_some_and(|part| part.is_bare) {
                own = Thing { is_plural: true, ..parts.remove(0) };
            }
            predicates.into_iter().for_each(|predicate| own.add(predicate));
            let spans = phrases.iter().map(|phrase| phrase.span.clone()).collect();
            (!own.name.is_empty()).then_some(Owner { thing: own, parts, spans })
        };
        Self { owners: entities.list.iter().filter_map(|entity| owner(&entity.phrases)).collect() }
    }

    /// All things, each before its parts.
    pub(super) fn all(&self) -> impl Iterator<Item = &Thing> {
        self.owners.iter().flat_map(|owner| [&owner.thing].into_iter().chain(&owner.parts))
    }

    /// The things in groups of one name, in the order of their first ones.
    pub(super) fn by_name(&self) -> Vec<Vec<&Thing>> {
        let mut groups: Vec<Vec<&Thing>> = Vec::new();
        for thing in self.all() {
            match groups.iter_mut().find(|group| group[0].name == thing.name) {
                Some(group) => group.push(thing),
                None => groups.push(vec![thing]),
            }
        }
        groups
    }

    /// What a question calls a thing: "the hat", "the red hat" beside another hat. `None` if nothing tells it apart.
    pub(super) fn call(&self, thing: &Thing) -> Option<String> {
        if self.is_only(thing) {
            return Some(format!("the {}", thing.name));
        }
        let full = thing.full_name();
        (self.all().filter(|other| other.full_name() == full).count() == 1).then(|| format!("the {full}"))
    }

    /// The scene reader's class of a thing that is the only one of its name.
    pub(super) fn class(&self, thing: &Thing) -> Option<&'static str> {
        scene::class(&thing.name).filter(|_| self.is_only(thing))
    }

    fn is_only(&self, thing: &Thing) -> bool {
        self.all().filter(|other| other.name == thing.name).count() == 1
    }
}

impl Owner {
    /// Whether it could have what another has: a person or an animal, or whatever has something.
    pub(super) fn can_have(&self) -> bool {
        !self.parts.is_empty() || is_being(last(&self.thing.name))
    }
}
