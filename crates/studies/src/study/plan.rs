//! A study that is ready to run: every prompt read, every arm spelled out.

use serde::{Deserialize, Serialize};

use super::{Arm, StudyPrompt};
use tauscope_core::diffusion::scheduler::Sampler;

/// A study without anything left to look up: what a run's folder keeps, so that it goes on as it began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The study's name.
    pub name: String,
    /// What it is for, a sentence.
    #[serde(default)]
    pub about: String,
    /// Its arms; the first is what the others are compared with.
    pub arms: Vec<Arm>,
    /// Its prompts. (In a run's folder they are a file of their own.)
    #[serde(skip)]
    pub prompts: Vec<StudyPrompt>,
    /// How many pictures of each prompt and arm.
    pub samples: usize,
    /// What all arms share.
    #[serde(default)]
    pub common: Common,
    /// The judges' names, in the order in which tables show them.
    pub judges: Vec<String>,
}

/// What all arms share; what is `None` is what suits the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// Width and height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Number of steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Classifier-free guidance scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_scale: Option<f32>,
    /// Which scheduler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler: Option<Sampler>,
    /// The negative prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
}
