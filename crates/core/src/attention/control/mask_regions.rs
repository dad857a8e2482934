//! What decides whose each place of the picture is, where the mask acts (method.md 2).

use serde::{Deserialize, Serialize};

use crate::{
    attention::{Layout, Regions},
    error::Result,
};

/// What decides whose each place of the picture is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Nothing is masked where one is in front of another.
    Words,
    /// A person, who gave each entity its part of the picture.
    Layout(Layout),
    /// A person, who drew regions of any shape.
    Drawn(Regions),
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
            Self::Layout(_) => "layout",
            Self::Drawn(_) => "drawn",
        }
    }

    /// Checks a layout. (Regions are checked as they are made.)
    ///
    /// # Errors
    /// As [`Layout::validate`].
    pub(super) fn validate(&self) -> Result<()> {
        match self {
            Self::Layout(layout) => layout.validate(),
            Self::Patches | Self::Attention | Self::Words | Self::Drawn(_) => Ok(()),
        }
    }
}
