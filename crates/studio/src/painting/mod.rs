//! What a painting is: its settings, its steps with their maps, its picture, and what it carries so that it can be
//! painted again or gone on with.
//!
//! [`Painting`] is a picture in the making and when it is done, with its maps as [`KeptMaps`]; [`Recipe`] is what a file
//! carries of it, and [`settings_of_picture`] reads that back, also from other programs' files; [`Branch`] is a step of
//! it to go on from. What this is not: the thread that paints (`worker`), or the disk that keeps (`history`).

mod borrowed;
mod branch;
mod kept_maps;
mod model_info;
mod picture;
mod recipe;

pub use borrowed::{Borrowed, settings_of_picture};
pub use branch::{Branch, BranchedFrom, from_the_seed};
pub use kept_maps::KeptMaps;
pub(crate) use kept_maps::Spill;
pub use model_info::{JobId, ModelInfo, ModelSource};
pub use picture::{PaintedStep, Painting, Stage};
pub use recipe::Recipe;
