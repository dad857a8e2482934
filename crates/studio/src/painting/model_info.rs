//! Which model is loaded, and which job it paints.

use std::path::PathBuf;

use tauscope_core::{
    diffusion::{Defaults, Settings},
    model::{Fingerprint, FixedSize},
};

/// Identifies one `Generate` request, from 1 upwards in the order of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Which model to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The one inside the program.
    Embedded,
    /// A folder, or the name of a repository (`org/name`) where there is no such folder.
    Folder(PathBuf),
}

/// What a loaded model is.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Display name ("Scenes").
    pub name: String,
    /// Identifies it, whatever its name is.
    pub fingerprint: Fingerprint,
    /// Where it came from.
    pub source: ModelSource,
    /// Side in pixels that it was trained for.
    pub native_size: usize,
    /// The sizes that it paints, if not all.
    pub fixed_size: FixedSize,
    /// How to sample it where a person has not chosen.
    pub defaults: Defaults,
    /// The execution provider that is in use and its threads ("CPU, 2 threads").
    pub device: String,
    /// What is wrong with that, if anything ("no CUDA: libcudnn.so.9 is missing").
    pub remark: Option<String>,
    /// ONNX Runtime's version.
    pub runtime_version: String,
    /// SIMD path of the operators ("AVX-512").
    pub simd: String,
    /// Cross-attention layers, diffusers paths in model order.
    pub layers: Vec<String>,
}

impl ModelInfo {
    /// Width and height in pixels where none were chosen.
    pub fn first_size(&self) -> (usize, usize) {
        self.fixed_size.applied_to((self.native_size, self.native_size))
    }

    /// The settings where none were chosen: what suits the model, without a prompt.
    pub fn usual_settings(&self) -> Settings {
        let (width, height) = self.first_size();
        let Defaults { sampler, steps, guidance_scale } = self.defaults;
        Settings { width, height, steps, guidance_scale, sampler, ..Settings::default() }
    }
}
