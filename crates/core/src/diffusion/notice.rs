//! What a person should know about a run that did not fail: each in words that say what to do.
//!
//! Whoever prepares a run, the loop, [`super::soundness`] and the model find them. All are reported as
//! [`super::Progress::Noticed`] and kept in the [`super::Outcome`], so that the window, standard error and JSON say the same.

use std::{fmt, path::PathBuf};

use super::scheduler::SchedulerNotice;
use crate::{prompt::PromptNotice, units};

/// What a person should know about a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// It does not run on the device that was hoped for: which instead, and why.
    Device(String),
    /// Memory is saved at the cost of time: how.
    LowMemory(String),
    /// The model is known never to have seen these words.
    Unseen {
        /// The model's name.
        model: String,
        /// The words, each once.
        words: Vec<String>,
    },
    /// A part of the control acted on entities, of which there were too few at every step.
    Idle {
        /// The part's name.
        part: &'static str,
        /// How many entities it needs.
        fewest: usize,
    },
    /// The VAE overflowed in half precision, and the picture was decoded in single precision.
    SinglePrecision,
    /// Decoding the picture at once would have taken more memory than was free.
    TiledForMemory {
        /// What it would have taken, in bytes.
        needed_bytes: u64,
        /// What was free, in bytes.
        available_bytes: u64,
    },
    /// Maps of earlier steps should have gone to a temporary file, and could not.
    MapsInMemory {
        /// Where the file would be.
        folder: PathBuf,
        /// What the system said, without a full stop.
        problem: String,
    },
    /// The picture is of one colour.
    OneColour,
    /// The latents spread far beyond those of any picture.
    Burnt,
    /// A temperature far from 1 acted for a large part of the run.
    FarTemperature {
        /// The one that acted last.
        tau: f32,
        /// In how many steps one acted.
        steps: usize,
        /// How many steps there were.
        of: usize,
    },
    /// The prompt is read in another way than typed.
    Prompt(PromptNotice),
    /// The negative prompt is.
    NegativePrompt(PromptNotice),
    /// The negative prompt has weights.
    NegativeWeights,
    /// The model's scheduler configuration asks for something that is not done.
    Scheduler(SchedulerNotice),
}

impl Notice {
    /// Whether the window shows it where it belongs for as long as it holds: at the device's name, or at the words of the
    /// prompt.
    pub fn stands_in_the_window(&self) -> bool {
        matches!(self, Self::Device(_) | Self::LowMemory(_) | Self::Unseen { .. } | Self::Prompt(_))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(sentence) | Self::LowMemory(sentence) => f.write_str(sentence),
            Self::Unseen { model, words } => write!(f, "{model} has never seen: {}.", words.join(", ")),
            Self::Idle { part, fewest } => write!(
                f,
                "{part} did nothing: it needs {fewest} entities or more. Say which words form them, or write a prompt \
                 with more things in it."
            ),
            Self::SinglePrecision => f.write_str(
                "The VAE overflowed in half precision, so the picture was decoded in single precision, which takes \
                 longer. A VAE that is mended for half precision (sdxl-vae-fp16-fix) avoids that.",
            ),
            Self::TiledForMemory { needed_bytes, available_bytes } => write!(
                f,
                "The picture was decoded in tiles: at once it would have taken about {} of memory, and {} are free.",
                units::bytes(*needed_bytes),
                units::bytes(*available_bytes)
            ),
            Self::MapsInMemory { folder, problem } => write!(
                f,
                "The maps of earlier steps cannot be moved to a temporary file in {} ({problem}), so they stay in memory \
                 as long as that has room. Free some space there, or set TMPDIR to a folder on another disk and start again.",
                folder.display()
            ),
            Self::OneColour => f.write_str(
                "The picture is of one colour. Try another seed or sampler, a guidance scale of 5 to 7, and less \
                 steering.",
            ),
            Self::Burnt => f.write_str(
                "The picture is overdriven: its latents spread far beyond those of any picture. Lower the guidance \
                 scale, or steer less.",
            ),
            Self::FarTemperature { tau, steps, of } => write!(
                f,
                "τ was far from 1 (at last {tau}) in {steps} of {of} steps, which degrades pictures. Let it act in \
                 fewer steps, or bring it nearer to 1."
            ),
            Self::Prompt(notice) => notice.fmt(f),
            Self::NegativePrompt(notice) => write!(f, "In the negative prompt: {notice}"),
            Self::NegativeWeights => f.write_str(
                "Weights in the negative prompt have no effect: they act where the words of the prompt are looked at.",
            ),
            Self::Scheduler(notice) => notice.fmt(f),
        }
    }
}
