//! What the window remembers between two runs. Where it is written to is not its business.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use super::{super::corrections::Corrections, preferences::ThemeChoice, view::TileSize};
use tauscope_core::{
    attention::Control,
    diffusion::{Defaults, Settings},
};
use tauscope_studio::export::ColorMap;

/// The content of the window's file. Missing fields take their defaults, so that older files stay readable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    pub(super) theme: ThemeChoice,
    pub(super) tile_size: TileSize,
    pub(super) color_map: ColorMap,
    pub(super) same_scale: bool,
    pub(super) saves_without_settings: bool,
    pub(super) seed_is_fixed: bool,
    #[serde(deserialize_with = "settings_that_can_be_painted")]
    pub(super) settings: Option<Settings>,
    pub(super) defaults: Defaults,
    pub(super) own_preset: Option<Control>,
    pub(super) corrections: Corrections,
    pub(super) recent: Vec<PathBuf>,
}

impl Remembered {
    /// Light or dark.
    pub fn theme(&self) -> ThemeChoice {
        self.theme
    }
}

/// Settings that were edited by hand and cannot be painted are left out; the rest of the file stays.
fn settings_that_can_be_painted<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Settings>, D::Error> {
    let json = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(json).ok())
}
