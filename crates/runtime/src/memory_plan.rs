//! What stays in memory, decided once at load from the sizes of the files and the free memory.
//!
//! Weights are mapped from their files, so the system takes their memory back when it needs it. What ONNX Runtime
//! rearranges for speed ("prepacks") stays: of weights in single precision a copy; of weights in half precision the
//! widened ones and a copy of these, three times what is stored (`examples/full_size.rs` shows both). If that is too
//! much, the text encoders and the VAE are freed first, which costs a second where they are needed again; then the UNet is
//! not prepacked, which costs time in every step. What a long prompt takes is known only when it comes:
//! [`text_memory`](super::text_memory) says whether it fits.

use std::fmt;

use serde::Serialize;

use super::{LowMemory, SessionOptions};
use tauscope_core::{model::ModelFolder, units};

/// What becomes of the text encoders and the VAE while the UNet runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// They stay loaded.
    Loaded,
    /// They are freed, and loaded when they are needed.
    Released,
}

/// What is kept in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// What becomes of the text encoders and the VAE.
    pub keep: Keep,
    /// Whether the UNet's weights are prepacked.
    pub prepack: bool,
    /// The weights of all parts as stored, in bytes.
    pub weight_bytes: u64,
    /// The free memory when it was decided, in bytes.
    pub available_bytes: u64,
}

/// Memory that a step needs besides weights, for each pixel of a picture: SDXL's, two rows, in single precision.
const STEP_BYTES_PER_PIXEL: u64 = 3000;

impl MemoryPlan {
    /// For a model, with `available_bytes` free; 0 if the system does not say.
    pub fn of(folder: &ModelFolder, low_memory: LowMemory, available_bytes: u64) -> Self {
        let weight_bytes = folder.weight_bytes();
        let [unet, all] =
            [(folder.unet.weight_bytes, folder.unet.single_bytes), (weight_bytes, folder.single_bytes())]
                .map(|(stored, single)| stored.saturating_add(single));
        let native_size = u64::try_from(folder.native_size).unwrap_or(u64::MAX);
        let step_bytes = native_size.saturating_mul(native_size).saturating_mul(STEP_BYTES_PER_PIXEL);
        let (keep, prepack) = Self::decide(unet, all, step_bytes, low_memory, available_bytes);
        Self { keep, prepack, weight_bytes, available_bytes }
    }

    /// `unet` and `all` are bytes of weights as stored and in single precision together. That is what single precision
    /// takes while it is loaded, stored and copied, and what half precision takes from then on.
    fn decide(
        unet: u64,
        all: u64,
        step_bytes: u64,
        low_memory: LowMemory,
        available_bytes: u64,
    ) -> (Keep, bool) {
        let fits = |weights: u64| weights.saturating_add(step_bytes) <= available_bytes;
        match low_memory {
            LowMemory::On => (Keep::Released, false),
            LowMemory::Auto if available_bytes > 0 && !fits(all) => (Keep::Released, fits(unet)),
            LowMemory::Auto | LowMemory::Off => (Keep::Loaded, true),
        }
    }

    /// Whether something is saved.
    pub fn saves(&self) -> bool {
        self.keep == Keep::Released || !self.prepack
    }

    /// How the UNet's session is made.
    pub(super) fn unet(&self, options: &SessionOptions) -> SessionOptions {
        SessionOptions { prepack: options.prepack && self.prepack, ..options.clone() }
    }

    /// How the sessions of text encoders and VAE are made. Prepacking does not pay for a few calls.
    pub(super) fn small_parts(&self, options: &SessionOptions) -> SessionOptions {
        SessionOptions { prepack: options.prepack && self.keep == Keep::Loaded, ..options.clone() }
    }
}

impl fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weights, free) = (units::bytes(self.weight_bytes), units::bytes(self.available_bytes));
        write!(f, "The weights are {weights} and {free} of memory are free: ")?;
        f.write_str(match (self.keep, self.prepack) {
            (Keep::Loaded, _) => "everything stays loaded.",
            (Keep::Released, true) => "text encoders and VAE are loaded only while they are needed.",
            (Keep::Released, false) => {
                "text encoders and VAE are loaded only while they are needed, and the UNet's weights are used as they \
                 are stored, which is slower."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_saved_where_it_would_not_suffice() {
        const GB: u64 = 1_000_000_000;
        fn check(low_memory: LowMemory, available_bytes: u64, expected: (Keep, bool)) {
            // SDXL in single precision: a UNet of 10.3 GB, encoders and VAE of 3.5 GB.
            let plan =
                MemoryPlan::decide(20_600_000_000, 27_600_000_000, 3 * GB, low_memory, available_bytes);
            assert_eq!(plan, expected, "{available_bytes}");
        }
        check(LowMemory::Auto, 64 * GB, (Keep::Loaded, true));
        check(LowMemory::Auto, 26 * GB, (Keep::Released, true));
        check(LowMemory::Auto, 22 * GB, (Keep::Released, false));
        check(LowMemory::Auto, GB, (Keep::Released, false));
        // The system does not say.
        check(LowMemory::Auto, 0, (Keep::Loaded, true));
        check(LowMemory::On, 64 * GB, (Keep::Released, false));
        check(LowMemory::Off, GB, (Keep::Loaded, true));
    }

    #[test]
    fn the_embedded_model_stays_loaded() {
        let folder = ModelFolder::embedded().unwrap();
        assert!(!MemoryPlan::of(&folder, LowMemory::Auto, 1 << 30).saves());
        assert!(MemoryPlan::of(&folder, LowMemory::On, 1 << 30).saves());
    }
}
