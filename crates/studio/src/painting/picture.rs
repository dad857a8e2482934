//! A picture while it is painted and afterwards: its steps with their maps, and where it came from.

use std::{iter, mem::size_of, sync::Arc, time::Duration};

use ndarray::{Array, Array2, Array3, CowArray, Ix2};

use super::{BranchedFrom, JobId, KeptMaps, ModelInfo, Spill};
use tauscope_core::{
    attention::{ByResolution, Layer, RunMaps, StepScores},
    diffusion::{Checkpoint, LatentPreview, Notice, Settings, Steer, StepReport},
    error::{Error, Result},
    model::Fingerprint,
    prompt::{Prompt, PromptWords},
};

/// One step as the window shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PaintedStep {
    /// 0-based.
    pub index: usize,
    /// The timestep that the UNet was given.
    pub timestep: f32,
    /// Preview of the clean latents predicted at this step, [3, h/8, w/8] in 0..1.
    pub preview: Array3<f32>,
    /// Cross-attention maps, in the order of [`Painting::layers`].
    pub maps: KeptMaps,
    /// The same before mask and weights; `None` if neither acted, or if they were not kept.
    pub neutral: Option<KeptMaps>,
    /// Neutral scores of the entities in the same layers, where there were two or more.
    pub scores: StepScores,
    /// The steering that was in force.
    pub steer: Arc<Steer>,
    /// The state of the run after it, to continue from; `None` once that is no longer kept.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// How long it took.
    pub elapsed: Duration,
}

impl PaintedStep {
    /// A step that the loop reported, with its preview.
    pub fn new(report: StepReport, preview: &LatentPreview) -> Self {
        Self {
            index: report.index,
            timestep: report.timestep,
            preview: preview.image(report.checkpoint.denoised.view()),
            maps: KeptMaps::from(report.maps),
            neutral: report.neutral.map(KeptMaps::from),
            scores: report.scores,
            steer: report.steer,
            checkpoint: Some(report.checkpoint),
            elapsed: report.elapsed,
        }
    }

    fn map_bytes(&self) -> usize {
        self.maps.bytes() + self.neutral.as_ref().map_or(0, KeptMaps::bytes)
    }

    /// Nearly all of what it takes in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let arrays = |arrays: &[Array2<f32>]| arrays.iter().map(bytes).sum::<usize>();
        let state =
            self.checkpoint.as_ref().map_or(0, |state| bytes(&state.latents) + bytes(&state.denoised));
        self.map_bytes() + arrays(&self.scores.0) + state + bytes(&self.preview)
    }
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaintingStage {
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
    /// The picture is finished.
    Done,
}

/// A job's progress so far, and in the end the finished picture. Steps are shared, never copied.
#[derive(Clone, Debug)]
pub struct Painting {
    /// Which job.
    pub id: JobId,
    /// The name of the model that paints it.
    pub model: String,
    /// Which model of that name; not known of paintings that earlier versions kept.
    pub model_fingerprint: Option<Fingerprint>,
    /// The requested settings, with the changes made while it was painted.
    pub settings: Settings,
    /// Its prompt as the model reads it; the history keeps only the words.
    pub prompt: Option<Arc<Prompt>>,
    /// The words of its prompt, which name its maps.
    pub words: Arc<PromptWords>,
    /// What it is doing.
    pub stage: PaintingStage,
    /// Layers of the maps, empty before the first step.
    pub layers: Vec<Layer>,
    /// The painting that it continues, if it does not start from noise.
    pub branch: Option<Box<BranchedFrom>>,
    /// The steps so far; a branch's begin with those that it shares with its parent.
    pub steps: Vec<Arc<PaintedStep>>,
    /// The finished picture, [3, height, width] in 0..1.
    pub image: Option<Array3<f32>>,
}

impl Painting {
    /// A job of which nothing is painted yet, by a model of this name.
    pub fn new(id: JobId, model: impl Into<String>, settings: Settings) -> Self {
        Self {
            id,
            model: model.into(),
            model_fingerprint: None,
            settings,
            prompt: None,
            words: Arc::default(),
            stage: PaintingStage::Encoding,
            layers: Vec::new(),
            branch: None,
            steps: Vec::new(),
            image: None,
        }
    }

    /// Whether this model painted it.
    pub fn is_of(&self, model: &ModelInfo) -> bool {
        match self.model_fingerprint {
            Some(painter) => painter == model.fingerprint,
            None => self.model == model.name,
        }
    }

    /// The name of the model that painted it, with its fingerprint's short form if `other` has the same name.
    pub fn model_beside(&self, other: &str) -> String {
        match self.model_fingerprint {
            Some(fingerprint) if self.model == other => format!("{} ({})", self.model, fingerprint.short()),
            _ => self.model.clone(),
        }
    }

    /// Checks that the loaded model painted it.
    ///
    /// # Errors
    /// [`Error::Input`] if another one painted it.
    pub(crate) fn require(&self, loaded: &ModelInfo) -> Result<()> {
        if self.is_of(loaded) {
            return Ok(());
        }
        let painter = self.model_beside(&loaded.name);
        let (other, remedy) = if self.model == loaded.name {
            let remedy = "Open the folder of the first; `tauscope inspect` shows a folder's fingerprint.";
            (format!("another {} ({})", loaded.name, loaded.fingerprint.short()), remedy.to_owned())
        } else {
            (loaded.name.clone(), format!("Open {painter} again to continue with it."))
        };
        Err(Error::input(format!("{painter} painted this picture, and {other} is loaded."), remedy))
    }

    /// Its first own step, after those of its parent.
    pub fn first_step(&self) -> usize {
        self.branch.as_ref().map_or(0, |branch| branch.step)
    }

    /// Its settings with the steering of its own steps.
    pub(crate) fn as_steered(&self) -> Settings {
        let first = self.first_step();
        let steers: Vec<_> = self.steps.iter().skip(first).map(|step| Arc::clone(&step.steer)).collect();
        self.settings.as_steered(first, &steers)
    }

    /// Nearly all of what it takes in memory, in bytes, including steps that it shares with others.
    pub fn bytes(&self) -> usize {
        self.steps.iter().map(|step| step.bytes()).sum::<usize>() + self.image.as_ref().map_or(0, bytes)
    }

    /// Adds a step, its layers averaged like those of the others, then makes room as [`Self::make_room`] does.
    pub(crate) fn push(
        &mut self,
        mut report: StepReport,
        preview: &LatentPreview,
        spill: &mut Spill,
        most_bytes: usize,
    ) -> Option<Notice> {
        if self.layers.is_empty() {
            self.layers = report.layers.to_vec();
        } else if *self.layers != *report.layers {
            // The parent comes from the history, where layers are averaged.
            let reduced = ByResolution::of(&report.layers);
            report.maps = reduced.step(&report.maps);
            report.neutral = report.neutral.map(|neutral| reduced.step(&neutral));
            report.scores = reduced.scores(&report.scores);
        }
        self.steps.push(Arc::new(PaintedStep::new(report, preview)));
        self.make_room(spill, most_bytes)
    }

    /// Moves the maps of the earliest steps to `spill` while all take more than `most_bytes`. The notice says if they
    /// have to stay.
    pub fn make_room(&mut self, spill: &mut Spill, most_bytes: usize) -> Option<Notice> {
        let mut notice = None;
        // The parent keeps the others in memory anyway.
        let first = self.first_step();
        let mut bytes: usize = self.steps.iter().skip(first).map(|step| step.map_bytes()).sum();
        for step in self.steps.iter_mut().skip(first).filter(|step| step.map_bytes() > 0) {
            if bytes <= most_bytes {
                break;
            }
            bytes -= step.map_bytes();
            let step = Arc::make_mut(step);
            notice = notice.or(spill.take(iter::once(&mut step.maps).chain(&mut step.neutral)));
            if step.map_bytes() > 0 {
                break;
            }
        }
        notice
    }

    fn step(&self, step: usize) -> Result<&PaintedStep> {
        let painted = self.steps.get(step).map(Arc::as_ref);
        painted.ok_or_else(|| Error::Internal(format!("step {step} is not painted yet.")))
    }
}

impl RunMaps for Painting {
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
        self.steps.get(step).map(|painted| &painted.scores)
    }
}

fn bytes<D: ndarray::Dimension>(array: &Array<f32, D>) -> usize {
    array.len() * size_of::<f32>()
}

#[cfg(test)]
mod tests;
