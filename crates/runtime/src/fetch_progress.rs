//! How far a fetch of libraries is, in words.

use std::fmt;

use tauscope_core::units;

/// How far a fetch is; displayed as a phrase for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchProgress {
    /// What is fetched: "ONNX Runtime 1.32.0".
    pub what: &'static str,
    /// What is being done.
    pub stage: FetchStage,
    /// Bytes of this stage done.
    pub done_bytes: u64,
    /// Bytes of this stage; `None` where that is not known.
    pub total_bytes: Option<u64>,
}

impl FetchProgress {
    /// The share of the stage that is done, 0..1, where it is known.
    pub fn fraction(&self) -> Option<f32> {
        self.total_bytes.map(|total| self.done_bytes as f32 / total.max(1) as f32)
    }
}

/// What a fetch is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchStage {
    /// Another process or job fetches the same, and this one will use it.
    Waiting,
    /// pip downloads the wheels.
    Downloading,
    /// The libraries are taken out of the wheels.
    Unpacking,
}

impl fmt::Display for FetchProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            FetchStage::Waiting => write!(f, "Waiting for another Tauscope to fetch {}", self.what),
            FetchStage::Downloading => write!(f, "Downloading {}", self.what),
            FetchStage::Unpacking => write!(f, "Unpacking {}", self.what),
        }?;
        self.total_bytes.map_or(Ok(()), |total| write!(f, " ({})", units::bytes(total)))
    }
}
