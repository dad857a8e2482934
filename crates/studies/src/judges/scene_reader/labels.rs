//! What the reader's channels mean: its `labels.json`.

use serde::Deserialize;

use crate::study::{Class, Colour, Place, Texture, Time};
use tauscope_core::{Error, Result};

/// The meaning of each channel, in order; `None` for no colour of its own, no texture, no place, no time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub(super) classes: Vec<Class>,
    pub(super) colours: Vec<Option<Colour>>,
    pub(super) textures: Vec<Option<Texture>>,
    pub(super) places: Vec<Option<Place>>,
    pub(super) times: Vec<Option<Time>>,
    /// Heat above which a cell may be an object.
    pub(super) threshold: f32,
}

impl Labels {
    /// Those in the program.
    ///
    /// # Errors
    /// [`Error::Internal`] if they are not what this module reads; a test would notice.
    pub(super) fn embedded() -> Result<Self> {
        serde_json::from_slice(super::LABELS)
            .map_err(|error| Error::Internal(format!("the scene reader's labels cannot be read ({error}).")))
    }
}
