//! A model folder and its contents, checked before anything is loaded.
//!
//! [`ModelFolder::open`] reads an SDXL folder in the layout of Hugging Face optimum: its graphs and configurations, and
//! samples of its weights for the [`Fingerprint`]. [`ModelFolder::embedded`] is the small model in the program. A folder
//! that opens is safe to load: `runtime` makes sessions from it, `prompt` tokenizers. Any other folder is an error with a
//! remedy.

mod advice;
mod configs;
mod edm;
mod embedded;
mod file_stamps;
mod files;
mod fingerprint;
mod fixed_size;
mod folder;
mod git_lfs;
mod graphs;
mod locate;
mod mapped;
mod ports;
#[cfg(test)]
mod python_configs;
pub mod python_json;
mod scheduler_config;
mod scheduler_defaults;
mod scheduler_faults;
mod scheduler_keys;
mod scheduler_numbers;
#[cfg(test)]
mod scratch_folder;
pub mod snapshots;
#[cfg(test)]
mod strange_numbers;
#[cfg(test)]
mod tiny_graph;
mod tokenizer_files;
#[cfg(test)]
mod variants;
mod weights;
mod words;
#[cfg(test)]
mod wrong_folders;

/// The longest side of a picture in latents: 4096 pixels.
const MOST_LATENTS: usize = 512;

pub use advice::{ONLY_TORCH, export_command};
pub use edm::{Edm, SigmaSchedule};
pub use embedded::NAME as EMBEDDED_NAME;
pub use file_stamps::FileStamps;
pub use files::Files;
pub use fingerprint::Fingerprint;
pub use fixed_size::FixedSize;
pub use folder::ModelFolder;
pub use graphs::{TextEncoder, Unet, Vae};
pub use scheduler_config::SchedulerConfig;
pub use scheduler_keys::{
    BetaSchedule, FinalSigma, Interpolation, PredictionType, TimestepSpacing, TimestepType,
};
pub use tokenizer_files::TokenizerFiles;
pub use weights::{WeightFile, check_weights};
pub use words::Words;
