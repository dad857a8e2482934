//! A picture in the making and when it is done: its steps with their maps, and where it came from.

use std::{mem::size_of, sync::Arc, time::Duration};

use ndarray::{Array, Array2, Array3};

use super::{BranchedFrom, JobId};
use crate::{
    attention::{ByResolution, Layer, Record, StepMaps, StepScores},
    diffusion::{Checkpoint, LatentPreview, Settings, Steer, StepReport},
};

/// One step as the window shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PaintedStep {
    /// 0-based.
    pub index: usize,
    /// The timestep that the UNet was given.
    pub timestep: f32,
    /// Cheap picture of the clean latents expected at this step, [3, h/8, w/8] in 0..1.
    pub preview: Array3<f32>,
    /// Cross-attention maps, in the order of [`Painting::layers`].
    pub maps: StepMaps,
    /// The same before mask and weights; `None` if neither acted, or if they were not kept.
    pub neutral: Option<StepMaps>,
    /// Neutral scores of the entities in the same layers, where there were two or more.
    pub scores: StepScores,
    /// What was in force.
    pub steer: Arc<Steer>,
    /// Where the run stood after it, to go on from; `None` once that is no longer kept.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// How long it took.
    pub elapsed: Duration,
}

impl PaintedStep {
    /// A step that the loop reported, with its preview.
    pub fn new(report: &StepReport, preview: &LatentPreview) -> Self {
        Self {
            index: report.index,
            timestep: report.timestep,
            preview: preview.image(report.checkpoint.denoised.view()),
            maps: report.maps.clone(),
            neutral: report.neutral.clone(),
            scores: report.scores.clone(),
            steer: Arc::clone(&report.steer),
            checkpoint: Some(Arc::clone(&report.checkpoint)),
            elapsed: report.elapsed,
        }
    }

    /// The same with its layers averaged.
    pub(super) fn by_resolution(self, reduced: &ByResolution) -> Self {
        let maps = reduced.step(&self.maps);
        let neutral = self.neutral.as_ref().map(|neutral| reduced.step(neutral));
        let scores = reduced.scores(&self.scores);
        Self { maps, neutral, scores, ..self }
    }

    /// What it takes in memory, nearly all of it.
    pub fn bytes(&self) -> usize {
        let arrays = |arrays: &[Array2<f32>]| arrays.iter().map(bytes).sum::<usize>();
        let state =
            self.checkpoint.as_ref().map_or(0, |state| bytes(&state.latents) + bytes(&state.denoised));
        arrays(&self.maps.0)
            + self.neutral.as_ref().map_or(0, |neutral| arrays(&neutral.0))
            + arrays(&self.scores.0)
            + state
            + bytes(&self.preview)
    }
}

/// What a job is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The text encoders run.
    Encoding,
    /// Steps run.
    Painting,
    /// The VAE runs.
    Decoding {
        /// How many tiles are decoded.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// The picture is there.
    Done,
}

/// A job as far as it has come, and in the end the finished picture. Steps are shared, never copied.
#[derive(Clone, Debug)]
pub struct Painting {
    /// Which job.
    pub id: JobId,
    /// What was asked for, with what was changed meanwhile.
    pub settings: Settings,
    /// What it is busy with.
    pub stage: Stage,
    /// Layers of the maps, empty before the first step.
    pub layers: Vec<Layer>,
    /// The painting that it goes on from, if it does not begin at noise.
    pub branch: Option<Box<BranchedFrom>>,
    /// The steps so far; a branch's begin with those that it shares with its parent.
    pub steps: Vec<Arc<PaintedStep>>,
    /// The finished picture, [3, height, width] in 0..1.
    pub image: Option<Array3<f32>>,
}

impl Painting {
    /// The first step that is its own.
    pub fn first_step(&self) -> usize {
        self.branch.as_ref().map_or(0, |branch| branch.step)
    }

    /// Its settings with what was in force at its own steps.
    pub(super) fn as_steered(&self) -> Settings {
        let first = self.first_step();
        let steers: Vec<_> = self.steps.iter().skip(first).map(|step| Arc::clone(&step.steer)).collect();
        self.settings.as_steered(first, &steers)
    }

    /// What it takes in memory, nearly all of it; steps that it shares with others included.
    pub fn bytes(&self) -> usize {
        self.steps.iter().map(|step| step.bytes()).sum::<usize>() + self.image.as_ref().map_or(0, bytes)
    }

    /// The maps and scores of its steps.
    pub fn record(&self) -> Record {
        Record {
            layers: self.layers.clone(),
            steps: self.steps.iter().map(|step| step.maps.clone()).collect(),
            neutral: self.steps.iter().map(|step| step.neutral.clone()).collect(),
            scores: self.steps.iter().map(|step| step.scores.clone()).collect(),
        }
    }
}

fn bytes<D: ndarray::Dimension>(array: &Array<f32, D>) -> usize {
    array.len() * size_of::<f32>()
}
