//! What the window remembers between two runs. Where it is written to is not its business.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    pub(super) settings: Option<Settings>,
    pub(super) defaults: Defaults,
    pub(super) own_preset: Option<Control>,
    pub(super) corrections: Corrections,
    pub(super) recent: Vec<PathBuf>,
}
