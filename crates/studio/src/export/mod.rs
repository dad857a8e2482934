//! Pictures and maps as files, a step of a run at a time. Knows the maps of a run and nothing of windows.
//!
//! [`write_picture`] saves a picture with its settings and [`read_metadata`] gives them back, also those of other
//! programs; [`RunWords`] are a run's words, written as a sequence of heatmaps ([`write_sequence`]), one contact sheet
//! ([`ContactSheet`]), an animation
//! ([`write_gif`], [`write_apng`]) or raw numbers ([`write_npz`]), or in any of these forms by [`MapFiles`]; [`nouns()`]
//! says which words' leaks are measured.
//! Every file appears whole or not at all ([`write_file`]).

mod animation;
mod colormap;
mod difference;
mod foreign;
mod heatmap;
mod maps;
mod measures;
mod nouns;
mod npy;
mod npz;
mod npz_archive;
mod parameters;
mod picture;
mod sequence;
mod sheet;
mod stem;
mod until_error;
mod words;

pub use animation::{Frames, write_apng, write_gif};
pub use colormap::ColorMap;
pub use difference::{Difference, difference_map, side_by_side};
pub use foreign::{NamedSampler, sampler_named};
pub use heatmap::{Smoothing, Style, heatmap, overlay};
pub use maps::{MapFiles, MapForm, named};
pub use measures::{Measures, NamedLeak, StepMeasures, WordMeasures};
pub use nouns::nouns;
pub use npy::open_npy;
pub use npz::{RunArrays, write_npz};
pub use npz_archive::{Compression, NpzArchive, NpzWriter};
pub use parameters::Parameters;
pub use picture::{Metadata, read_metadata, to_image, write_image, write_picture};
pub use sequence::{file_name, write_sequence};
pub use sheet::ContactSheet;
pub use stem::free_stem;
pub use words::{RunWords, Scale, WordMaps};
