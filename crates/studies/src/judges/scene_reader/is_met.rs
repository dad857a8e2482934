//! Whether what was read is what a check asks for.

use super::{Object, Reading};
use crate::study::{Asked, Class, Relation, SceneCheck};

/// How far a thing that belongs to somebody may be to the side, in the owner's widths.
const NEAR_WIDTHS: f32 = 0.9;
/// How much further left, right or in front a thing is that stands so, in pixels.
const ASIDE: f32 = 12.0;
/// How much higher or lower, in pixels.
const HIGHER: f32 = 24.0;

impl SceneCheck {
    /// Whether `reading` shows what is asked for.
    pub fn is_met(&self, reading: &Reading) -> bool {
        match self {
            Self::Place(place) => reading.place == Some(*place),
            Self::Time(time) => reading.time == Some(*time),
            Self::Thing(class, asked) => {
                let things = reading.of(*class);
                !things.is_empty() && asked.is_met(&things, reading)
            }
        }
    }
}

impl Asked {
    /// Whether `things`, of which there is at least one, are as asked.
    fn is_met(&self, things: &[&Object], reading: &Reading) -> bool {
        let has = |class: Class| {
            let others = reading.of(class);
            things.iter().any(|owner| others.iter().any(|thing| belongs(thing, owner)))
        };
        match self {
            Self::There => true,
            Self::Count(count) => things.len() == *count,
            Self::Colour(colour) => things.iter().all(|thing| thing.colour == *colour),
            Self::Colours(colours) => are_same(things.iter().map(|thing| thing.colour), colours),
            Self::Texture(texture) => things.iter().all(|thing| thing.texture == *texture),
            Self::Textures(textures) => are_same(things.iter().map(|thing| thing.texture), textures),
            Self::Has(class) => has(*class),
            Self::Lacks(class) => !has(*class),
            Self::Relation(relation, other) => match (best(things), best(&reading.of(*other))) {
                (Some(thing), Some(other)) => relation.holds(thing, other),
                _ => false,
            },
        }
    }
}

impl Relation {
    /// Whether `a` stands so to `b`.
    fn holds(self, a: &Object, b: &Object) -> bool {
        let ([ax, ay], [bx, by]) = (a.centre, b.centre);
        // What stands in front stands lower in the picture.
        let foot = |object: &Object| object.centre[1] + object.size[1] / 2.0;
        match self {
            Self::Left => ax < bx - ASIDE,
            Self::Right => ax > bx + ASIDE,
            Self::Above => ay < by - HIGHER,
            Self::Below => ay > by + HIGHER,
            Self::Front => foot(a) > foot(b) + ASIDE,
            Self::Behind => foot(a) < foot(b) - ASIDE,
        }
    }
}

impl Reading {
    /// Its objects of one class, the surest first.
    fn of(&self, class: Class) -> Vec<&Object> {
        self.objects.iter().filter(|object| object.class == class).collect()
    }
}

/// Whether `thing` is carried or worn by `owner`: near, and higher.
fn belongs(thing: &Object, owner: &Object) -> bool {
    (thing.centre[0] - owner.centre[0]).abs() < NEAR_WIDTHS * owner.size[0]
        && thing.centre[1] < owner.centre[1]
}

/// The object that was seen best; the first of equals.
fn best<'a>(objects: &[&'a Object]) -> Option<&'a Object> {
    objects.iter().copied().reduce(|best, next| if next.score > best.score { next } else { best })
}

/// Whether these are those, in any order.
fn are_same<T: Ord + Copy>(these: impl Iterator<Item = T>, those: &[T]) -> bool {
    let (mut these, mut those) = (these.collect::<Vec<_>>(), those.to_vec());
    these.sort_unstable();
    those.sort_unstable();
    these == those
}
