//! What decides whose each place of the picture is, where the mask acts (method.md 2).

use serde::{Deserialize, Serialize};

use crate::attention::Regions;

/// What decides whose each place of the picture is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskRegions {
    /// Each patch by itself, in every layer and step: it goes to the entity whose words it looks at most, as in the
    /// paper.
    #[default]
    Patches,
    /// Attention in the first steps, which nothing masks: where the head nouns look gives the entities their order, and each
    /// gets its part of the picture to the end.
    Attention,
    /// The words of the prompt: entities lie side by side as they are named, unless words such as "above" say otherwise.
    Words,
    /// A person.
    Told(Regions),
}

impl MaskRegions {
    /// Those that need nothing but a name.
    pub const NAMED: [Self; 3] = [Self::Patches, Self::Attention, Self::Words];

    /// Its name in options, files and metadata.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Patches => "patches",
            Self::Attention => "attention",
            Self::Words => "words",
            Self::Told(_) => "told",
        }
    }
}
