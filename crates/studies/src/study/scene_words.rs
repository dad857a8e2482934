//! What the embedded model's world holds: the words that checks ask for and that the scene reader knows.

use serde::{Deserialize, Serialize};

/// A class of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is its name")]
pub enum Class {
    Boy,
    Girl,
    Cat,
    Dog,
    Giraffe,
    Apple,
    Car,
    House,
    Tree,
    Balloon,
    Umbrella,
    Hat,
}

/// The colour of a thing. Things that are painted as they are (people, most animals) have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is its name")]
pub enum Colour {
    Red,
    Yellow,
    Green,
    Blue,
    Purple,
    Black,
    White,
}

/// The pattern on a thing; plain things have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is its name")]
pub enum Texture {
    Striped,
    Spotted,
}

/// Where a scene is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Place {
    #[serde(rename = "on the beach")]
    Beach,
    #[serde(rename = "in the meadow")]
    Meadow,
    #[serde(rename = "in the forest")]
    Forest,
    #[serde(rename = "in the snow")]
    Snow,
    #[serde(rename = "in the desert")]
    Desert,
    #[serde(rename = "in the city")]
    City,
}

/// The time of day; by day a scene names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Time {
    #[serde(rename = "at sunset")]
    Sunset,
    #[serde(rename = "at night")]
    Night,
}
