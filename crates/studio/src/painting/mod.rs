//! What a painting is: its settings, its steps with their maps, its picture, and what it stores so that it can be
//! painted again or continued.
//!
//! [`Painting`] is a picture while it is painted and afterwards, with its maps as [`KeptMaps`]; [`Recording`] is the maps
//! of a run alone; [`Recipe`] is what a file stores of a painting, and [`SavedSettings`] reads that back, also from other
//! programs' files; [`Branch`] is a step of
//! it to continue from. What this is not: the thread that paints (`worker`), or the storage on disk (`history`).

mod branch;
mod kept_maps;
mod model_info;
mod picture;
mod picture_notice;
mod picture_settings;
mod recipe;
mod recording;
mod regions_file;
mod spill;

pub use branch::{Branch, BranchedFrom, from_the_seed};
pub use kept_maps::KeptMaps;
pub(crate) use kept_maps::Precision;
pub use kept_maps::RUN_BYTES;
pub use model_info::{JobId, ModelInfo, ModelSource};
pub use picture::{PaintedStep, Painting, PaintingStage};
pub use picture_notice::{PictureNotice, Said};
pub use picture_settings::{PictureSettings, SavedSettings};
pub use recipe::Recipe;
pub use recording::Recording;
pub use regions_file::read_regions;
pub use spill::Spill;
