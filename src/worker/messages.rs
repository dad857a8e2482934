//! What goes in and what comes out of the worker.

use std::{path::PathBuf, sync::Arc, time::Duration};

use ndarray::Array3;

use crate::{
    attention::{Layer, Record, StepMaps, StepScores},
    diffusion::{LatentPreview, Settings, Steer, StepReport},
    error::Error,
};

/// Names one Generate, from 1 upwards in the order of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Which model to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The one inside the program.
    Embedded,
    /// A folder.
    Folder(PathBuf),
}

/// What the worker is asked for. Cancelling does not queue: see [`super::Worker::cancel`].
#[derive(Clone, Debug)]
pub enum Request {
    /// Frees what is loaded and loads this. Who opens another model is done with the old one: every job asked for
    /// before is cancelled, and so is a load that has not ended.
    Load(ModelSource),
    /// Paints; waits its turn behind jobs and a load asked for before.
    Generate {
        /// The job's name, given by the asker and never used twice.
        id: JobId,
        /// What to paint.
        settings: Settings,
    },
    /// Frees the model; cancels as [`Request::Load`] does.
    Unload,
}

/// What the worker tells. Events are few: steps and previews lie in [`super::Worker::live`], these say that something
/// changed.
///
/// Every `Load` ends in one of `Loaded` and `LoadFailed`, every `Generate` in one of `Finished`, `Cancelled` and
/// `Failed`; nothing about a job follows its end. A load or a job that panics fails like any other; after a panic in
/// a job the worker loads the model anew by itself, so that `Loading` and its end follow unasked.
#[derive(Debug)]
pub enum Event {
    /// Loading goes on: the stage in words, and its share done (0..1) where that is known.
    Loading {
        /// "Fetching ONNX Runtime", "Loading the UNet".
        stage: String,
        /// 0..1, or unknown.
        fraction: Option<f32>,
    },
    /// The model can paint.
    Loaded(Arc<ModelInfo>),
    /// The model cannot be loaded, or loading was cancelled ([`Error::Cancelled`]); nothing is loaded now.
    LoadFailed(Error),
    /// The model was freed.
    Unloaded,
    /// The job left the queue and runs.
    Started(JobId),
    /// A job has a new step or stage in [`super::Worker::live`]. However many, one of them waits to be drained.
    Advanced(JobId),
    /// The picture is done.
    Finished(JobId, Arc<Painting>),
    /// The job ended without a picture, by request.
    Cancelled(JobId),
    /// The job ended without a picture, by error.
    Failed(JobId, Error),
}

/// What a loaded model is.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Display name ("Scenes").
    pub name: String,
    /// Where it came from.
    pub source: ModelSource,
    /// Side in pixels that it was trained for.
    pub native_size: usize,
    /// The execution provider that really runs and its threads ("CPU, 2 threads").
    pub device: String,
    /// ONNX Runtime's version.
    pub runtime_version: String,
    /// SIMD path of the operators ("AVX-512").
    pub simd: String,
    /// Cross-attention layers, diffusers paths in model order.
    pub layers: Vec<String>,
}

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
    /// How long it took.
    pub elapsed: Duration,
}

impl PaintedStep {
    /// A step that the loop reported, with its preview.
    pub fn new(report: &StepReport, preview: &LatentPreview) -> Self {
        Self {
            index: report.index,
            timestep: report.timestep,
            preview: preview.image(report.denoised.view()),
            maps: report.maps.clone(),
            neutral: report.neutral.clone(),
            scores: report.scores.clone(),
            steer: Arc::clone(&report.steer),
            elapsed: report.elapsed,
        }
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
    Decoding,
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
    /// The steps so far.
    pub steps: Vec<Arc<PaintedStep>>,
    /// The finished picture, [3, height, width] in 0..1.
    pub image: Option<Array3<f32>>,
}

impl Painting {
    /// Its settings with what was in force at its steps.
    pub(super) fn as_steered(&self) -> Settings {
        let steers: Vec<_> = self.steps.iter().map(|step| Arc::clone(&step.steer)).collect();
        self.settings.as_steered(0, &steers)
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
