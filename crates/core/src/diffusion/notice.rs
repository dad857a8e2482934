//! What a person should know about a run that did not fail: each in words that say what to do.
//!
//! [`super::soundness`], the loop and the model find them; they are reported as [`super::Progress::Noticed`] and kept
//! in the [`super::Outcome`].

use std::{fmt, path::PathBuf};

use crate::units;

/// What a person should know about a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
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
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
        }
    }
}
