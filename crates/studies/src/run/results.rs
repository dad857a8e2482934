//! What a run has found so far: the lines of its folder, read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::study::StudyPrompt;
use tauscope_studio::painting::Recipe;

/// Which picture of a study: the key of all its lines. The same prompt and seed under every arm make a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shot {
    /// The prompt's number in its file ([`StudyPrompt::number`]).
    pub prompt: usize,
    /// Which of the prompt's seeds, 0-based: the seed itself is `1000 * prompt + sample`.
    pub sample: usize,
    /// The arm's name.
    pub arm: String,
}

/// A picture that was painted, or the reason why it was not: a line of `pictures.jsonl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShotLine {
    /// Which picture.
    #[serde(flatten)]
    pub shot: Shot,
    /// Its file, below the run's folder; `None` if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Why there is none, a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took to paint.
    #[serde(default)]
    pub seconds: f64,
    /// Mean focus of the content words at the last step (method.md 7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<f32>,
    /// Largest overlap of head nouns of different entities, on neutral maps of the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<f32>,
    /// The worst leak of an attribute at a step, on neutral maps, mean over the steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak: Option<f32>,
    /// What is needed to paint it again: settings, model, versions. `None` if it failed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Box<Recipe>>,
}

/// An arm as it was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmLine {
    /// Its name.
    pub name: String,
    /// How it differs from neutral settings, in words.
    pub about: String,
    /// Its guidance scale, if the arm sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_scale: Option<f32>,
    /// Where it lies in a sweep: {"tau": 0.7, "strength": 1}; empty outside sweeps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, f64>,
}

/// Everything that a run has found so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The study's name.
    pub study: String,
    /// The model's name and fingerprint, as text.
    pub model: String,
    /// The arms, in the study's order; the first is what the others are compared with.
    pub arms: Vec<ArmLine>,
    /// Its prompts, in order of their numbers.
    pub prompts: Vec<StudyPrompt>,
    /// How many pictures of each prompt and arm.
    pub samples: usize,
    /// The pictures, painted or failed.
    pub shots: BTreeMap<Shot, ShotLine>,
    /// Answers by judge: of each picture one an entry of the prompt's checks, in their order; `None` is "cannot tell".
    pub answers: BTreeMap<String, BTreeMap<Shot, Vec<Option<bool>>>>,
    /// Scores by judge: CLIP score, reward.
    pub scores: BTreeMap<String, BTreeMap<Shot, f64>>,
    /// Scores of whole sets by judge, then arm: FID, KID.
    pub sets: BTreeMap<String, BTreeMap<String, f64>>,
}
