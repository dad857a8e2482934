//! A model folder: what it holds, checked before anything is loaded.
//!
//! [`ModelFolder::open`] reads an SDXL folder as Hugging Face optimum lays it out: graphs and configurations, never a
//! weight. [`ModelFolder::embedded`] is the small model in the program. What comes back is safe to load: `runtime` makes
//! sessions of it, `prompt` tokenizers; what does not come back is told in a sentence with a remedy. [`LanguageData`] is
//! what `prompt` finds entities with, which is no part of a model but lies on disk or in the program like one.

mod advice;
mod configs;
mod edm;
mod embedded;
mod files;
mod fingerprint;
mod fixed_size;
mod folder;
mod git_lfs;
mod graphs;
mod locate;
mod mapped;
mod ports;
mod scheduler_config;
#[cfg(test)]
mod scratch_folder;
pub mod snapshots;
#[cfg(test)]
mod tiny_graph;
mod tokenizer_files;
#[cfg(test)]
mod variants;
mod weights;
mod words;
#[cfg(test)]
mod wrong_folders;

pub use advice::{ONLY_TORCH, export_command};
pub use edm::{Edm, SigmaSchedule};
pub use embedded::NAME as EMBEDDED_NAME;
pub use files::Files;
pub use fingerprint::Fingerprint;
pub use fixed_size::FixedSize;
pub use folder::ModelFolder;
pub use graphs::{TextEncoder, Unet, Vae};
pub use scheduler_config::{
    BetaSchedule, FinalSigma, Interpolation, PredictionType, SchedulerConfig, TimestepSpacing, TimestepType,
};
pub use tokenizer_files::TokenizerFiles;
pub use weights::{WeightFile, check_weights};
pub use words::Words;
