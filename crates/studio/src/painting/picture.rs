//! A picture while it is painted and afterwards: its steps with their maps, and where it came from.

use std::{iter, mem::size_of, sync::Arc, time::Duration};

use ndarray::{Array, Array2, Array3};

use super::{BranchedFrom, JobId, KeptMaps, ModelInfo, kept_maps::Spill};
use tauscope_core::{
    attention::{ByResolution, Layer, Record, StepScores},
    diffusion::{Checkpoint, LatentPreview, Settings, Steer, StepReport},
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
            maps: KeptMaps::from(&report.maps),
            neutral: report.neutral.as_ref().map(KeptMaps::from),
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

    /// The maps and scores of its steps; with `with_neutral` also the maps before mask and weights, which are as
    /// large again.
    ///
    /// # Errors
    /// As [`KeptMaps::read`].
    pub fn record(&self, with_neutral: bool) -> Result<Record> {
        let neutral = |step: &Arc<PaintedStep>| {
            step.neutral.as_ref().filter(|_| with_neutral).map(KeptMaps::read).transpose()
        };
        Ok(Record {
            layers: self.layers.clone(),
            steps: self.steps.iter().map(|step| step.maps.read()).collect::<Result<_>>()?,
            neutral: self.steps.iter().map(neutral).collect::<Result<_>>()?,
            scores: self.steps.iter().map(|step| step.scores.clone()).collect(),
        })
    }

    /// Adds a step, its layers averaged like those of the others, and moves the maps of the earliest steps to `spill`
    /// while all take more than `most_bytes`.
    pub(crate) fn push(
        &mut self,
        mut report: StepReport,
        preview: &LatentPreview,
        spill: &mut Spill,
        most_bytes: usize,
    ) {
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
        // The parent keeps the others in memory anyway.
        let first = self.first_step();
        let mut bytes: usize = self.steps.iter().skip(first).map(|step| step.map_bytes()).sum();
        for step in self.steps.iter_mut().skip(first).filter(|step| step.map_bytes() > 0) {
            if bytes <= most_bytes {
                break;
            }
            bytes -= step.map_bytes();
            let step = Arc::make_mut(step);
            if spill.take(iter::once(&mut step.maps).chain(&mut step.neutral)).is_err() {
                // The disk is full too: the maps stay in memory.
                break;
            }
        }
    }
}

fn bytes<D: ndarray::Dimension>(array: &Array<f32, D>) -> usize {
    array.len() * size_of::<f32>()
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;
    use tauscope_core::attention::{Grid, StepMaps};

    fn report(index: usize) -> StepReport {
        let latents = Array4::zeros((1, 4, 2, 2));
        StepReport {
            index,
            timestep: 0.0,
            checkpoint: Arc::new(Checkpoint {
                step: index + 1,
                tokens: 4,
                latents: latents.clone(),
                denoised: latents,
                memory: Vec::new(),
            }),
            layers: Arc::new([Layer::new("mid_block.attn2", Grid::new(2, 2))]),
            maps: StepMaps(vec![Array2::from_elem((4, 4), index as f32)]),
            neutral: Some(StepMaps(vec![Array2::from_elem((4, 4), -(index as f32))])),
            scores: StepScores::default(),
            steer: Arc::default(),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn maps_beyond_the_budget_go_to_disk_the_oldest_first() {
        fn check(most_bytes: usize, in_memory: [bool; 4]) {
            let preview: LatentPreview = serde_json::from_str(&format!("{:?}", [[0.0; 5]; 3])).unwrap();
            let mut painting = Painting::new(JobId(1), "Fake", Settings::default());
            let mut spill = Spill::default();
            (0..4).for_each(|index| painting.push(report(index), &preview, &mut spill, most_bytes));
            let kept: Vec<_> = painting.steps.iter().map(|step| step.map_bytes() > 0).collect();
            assert_eq!(kept, in_memory, "{most_bytes}");
            let record = painting.record(true).unwrap();
            for (index, (maps, neutral)) in record.steps.iter().zip(&record.neutral).enumerate() {
                assert_eq!(maps.0[0][[3, 3]], index as f32);
                assert_eq!(neutral.as_ref().unwrap().0[0][[0, 0]], -(index as f32));
            }
        }
        // 2 x 16 values of 2 bytes a step.
        check(256, [true; 4]);
        check(130, [false, false, true, true]);
        check(0, [false; 4]);
    }
}
