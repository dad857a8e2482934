//! The maps of a run alone, exactly as the UNet gave them: what the command line writes into files when the run is over.

use std::iter;

use ndarray::{CowArray, Ix2};

use super::{KeptMaps, Precision, Spill};
use tauscope_core::{
    attention::{Layer, RunMaps, StepScores},
    diffusion::{Notice, StepReport},
    error::{Error, Result},
};

/// The maps of a run: in memory as far as its budget goes, and the rest in a temporary file.
#[derive(Debug)]
pub struct Recording {
    layers: Vec<Layer>,
    steps: Vec<RecordedStep>,
    spill: Spill,
    most_bytes: usize,
}

#[derive(Debug)]
struct RecordedStep {
    maps: KeptMaps,
    neutral: Option<KeptMaps>,
    scores: StepScores,
}

impl RecordedStep {
    fn bytes(&self) -> usize {
        self.maps.bytes() + self.neutral.as_ref().map_or(0, KeptMaps::bytes)
    }
}

impl Recording {
    /// Of no step yet, with at most `most_bytes` of maps in memory.
    pub fn new(most_bytes: usize) -> Self {
        Self::with(Spill::default(), most_bytes)
    }

    fn with(spill: Spill, most_bytes: usize) -> Self {
        Self { layers: Vec::new(), steps: Vec::new(), spill, most_bytes }
    }

    /// Adds a step. The notice says if its maps should have gone to the file and could not.
    pub fn push(&mut self, report: StepReport) -> Option<Notice> {
        if self.layers.is_empty() {
            self.layers = report.layers.to_vec();
        }
        let mut step = RecordedStep {
            maps: KeptMaps::new(report.maps, Precision::Single),
            neutral: report.neutral.map(|maps| KeptMaps::new(maps, Precision::Single)),
            scores: report.scores,
        };
        let is_beyond = self.bytes() + step.bytes() > self.most_bytes;
        let notice =
            is_beyond.then(|| self.spill.take(iter::once(&mut step.maps).chain(&mut step.neutral))).flatten();
        self.steps.push(step);
        notice
    }

    /// What its maps take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.steps.iter().map(RecordedStep::bytes).sum()
    }

    fn step(&self, step: usize) -> Result<&RecordedStep> {
        let recorded = self.steps.get(step);
        recorded.ok_or_else(|| Error::Internal(format!("step {step} is not recorded.")))
    }
}

impl RunMaps for Recording {
    fn layers(&self) -> &[Layer] {
        &self.layers
    }

    fn steps(&self) -> usize {
        self.steps.len()
    }

    fn map(&self, step: usize, layer: usize) -> Result<CowArray<'_, f32, Ix2>> {
        self.step(step)?.maps.layer(layer).map(CowArray::from)
    }

    fn neutral(&self, step: usize, layer: usize) -> Result<Option<CowArray<'_, f32, Ix2>>> {
        let neutral = self.step(step)?.neutral.as_ref();
        neutral.map(|maps| maps.layer(layer).map(CowArray::from)).transpose()
    }

    fn scores(&self, step: usize) -> Option<&StepScores> {
        self.steps.get(step).map(|recorded| &recorded.scores)
    }
}
