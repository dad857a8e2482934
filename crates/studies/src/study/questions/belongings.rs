//! What is there, and what belongs to whom.

use serde_json::json;

use super::{
    english::with_article,
    scene::{self, check},
    things::Things,
};
use crate::study::{Check, Kind};

/// Whether each entity is there. What belongs to one is asked of by [`belongings`].
pub(super) fn presence(things: &Things) -> Vec<Check> {
    let ask = |thing: &super::thing::Thing| {
        let what = if thing.is_plural { thing.name.clone() } else { with_article(&thing.name) };
        let fields = scene::class(&thing.name).map(|class| json!({"cls": class}));
        check(Kind::Content, format!("{} there {what}?", thing.is()), fields)
    };
    things.owners.iter().map(|owner| ask(&owner.thing)).collect()
}

/// Whether each entity has what is its own, and lacks what is another's.
pub(super) fn belongings(things: &Things) -> Vec<Check> {
    let mut asked = Vec::new();
    for (index, owner) in things.owners.iter().enumerate() {
        for part in &owner.parts {
            let class = scene::class(&part.name);
            if let Some(name) = things.call(&owner.thing) {
                let does = if owner.thing.is_plural { "Do" } else { "Does" };
                let what = if part.is_bare { part.name.clone() } else { format!("the {}", part.name) };
                let fields = things.class(&owner.thing).zip(class);
                let fields = fields.map(|(class, has)| json!({"cls": class, "has": has}));
                asked.push(check(Kind::Content, format!("{does} {name} have {what}?"), fields));
            }
            let others = things.owners.iter().enumerate().filter(|(other, _)| *other != index);
            let others = others.map(|(_, other)| other).filter(|other| {
                let has_too = other.parts.iter().any(|own| own.name == part.name);
                other.can_have() && !has_too && !other.thing.is_plural && !part.is_plural && !part.is_bare
            });
            for other in others {
                let Some(name) = things.call(&other.thing) else { continue };
                let fields = things.class(&other.thing).zip(class);
                let fields = fields.map(|(class, lacks)| json!({"cls": class, "lacks": lacks}));
                let question = format!("Is {name} without {}?", with_article(&part.name));
                asked.push(check(Kind::Content, question, fields));
            }
        }
    }
    asked
}
