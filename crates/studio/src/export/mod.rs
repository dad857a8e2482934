//! Pictures and maps as files. Knows the attention record and nothing of windows.
//!
//! [`write_picture`] saves a picture with its settings and [`read_metadata`] gives them back, also those of other
//! programs; [`WordMaps`] are a run's
//! words, written as a sequence of heatmaps ([`write_sequence`]), one contact sheet ([`contact_sheet`]), an animation
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
mod stem;
mod words;

pub use animation::{write_apng, write_gif};
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
pub use sequence::{contact_sheet, file_name, word_frames, word_overlays, write_sequence};
pub use stem::free_stem;
pub use words::{Scale, WordMaps, maximum};
