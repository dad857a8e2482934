//! Which colour and which texture things have.

use serde_json::{Value, json};

use super::{
    english::{plural, with_article},
    scene::{self, check},
    thing::Thing,
    things::Things,
    words::MATERIALS,
};
use crate::study::{Check, Kind};

/// Whether each thing has its colours.
pub(super) fn colours(things: &Things) -> Vec<Check> {
    let attribute = |thing: &Thing| match &thing.colours[..] {
        [] => None,
        colours => Some(colours.join(" and ")),
    };
    let field = |thing: &Thing| match &thing.colours[..] {
        [colour] => scene::colour(colour).map(Value::from),
        _ => None,
    };
    ask_all(things, Kind::Colour, "colour", attribute, field)
}

/// Whether each thing has its texture. Where one is striped or spotted, the others that the scene reader knows are plain.
pub(super) fn textures(things: &Things) -> Vec<Check> {
    let of = |thing: &Thing| thing.textures.first().and_then(|texture| scene::texture(texture));
    let is_patterned = things.all().any(|thing| of(thing).is_some() && scene::class(&thing.name).is_some());
    let attribute = |thing: &Thing| match &thing.textures[..] {
        [] if is_patterned && scene::class(&thing.name).is_some() => Some("plain".to_owned()),
        [] => None,
        [material] if MATERIALS.contains(&material.as_str()) => Some(format!("made of {material}")),
        textures => Some(textures.join(" and ")),
    };
    let field = |thing: &Thing| match &thing.textures[..] {
        [] => Some(Value::Null),
        [_] => of(thing).map(Value::from),
        _ => None,
    };
    ask_all(things, Kind::Texture, "texture", attribute, field)
}

/// Asks for an attribute of each thing: `attribute` says it in words, `field` as the scene reader does.
fn ask_all(
    things: &Things,
    kind: Kind,
    name: &str,
    attribute: impl Fn(&Thing) -> Option<String>,
    field: impl Fn(&Thing) -> Option<Value>,
) -> Vec<Check> {
    let ask = |group: &Vec<&Thing>| -> Vec<Check> {
        let class = scene::class(&group[0].name);
        match group[..] {
            [thing] => {
                let Some(attribute) = attribute(thing) else { return Vec::new() };
                let fields = class.zip(field(thing)).map(|(class, value)| json!({"cls": class, name: value}));
                let question = format!("{} the {} {attribute}?", thing.is(), thing.name);
                vec![check(kind, question, fields)]
            }
            [one, other] if !one.is_plural && !other.is_plural => {
                let Some((first, second)) = attribute(one).zip(attribute(other)) else {
                    return each(kind, group, &attribute);
                };
                let values = class.zip(field(one).zip(field(other)));
                let fields = values.map(
                    |(class, (first, second))| json!({"cls": class, format!("{name}s"): [first, second]}),
                );
                let question = if first == second {
                    format!("Are both {} {first}?", plural(&one.name))
                } else {
                    format!("Is one {} {first} and the other {second}?", one.name)
                };
                vec![check(kind, question, fields)]
            }
            _ => each(kind, group, &attribute),
        }
    };
    things.by_name().iter().flat_map(ask).collect()
}

/// Asks whether there is one with each attribute: "Is there a red ball?".
fn each(kind: Kind, group: &[&Thing], attribute: impl Fn(&Thing) -> Option<String>) -> Vec<Check> {
    let ask = |thing: &&Thing| {
        let attribute = attribute(thing)?;
        let what = match attribute.strip_prefix("made of ") {
            Some(material) => format!("{material} {}", thing.name),
            None => format!("{attribute} {}", thing.name),
        };
        let what = if thing.is_plural { what } else { with_article(&what) };
        Some(check(kind, format!("{} there {what}?", thing.is()), None))
    };
    group.iter().filter_map(ask).collect()
}
