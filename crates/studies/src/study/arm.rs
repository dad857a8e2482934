//! An arm: the settings under which a study's prompts are painted, beside the others'.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tauscope_core::{
    attention::Control,
    diffusion::{Settings, scheduler::Sampler},
};

/// One way to paint every prompt. It differs from another arm in control, or says what else differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name: `neutral`, `our-reading`.
    pub name: String,
    /// How attention is steered.
    pub control: Control,
    /// Its own guidance scale, where it does not take the study's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_scale: Option<f32>,
    /// Its own number of steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Its own sampler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler: Option<Sampler>,
    /// Where it lies in a sweep: {"tau": 0.7, "strength": 1}; empty outside sweeps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, f64>,
}

impl Arm {
    /// The settings of one picture: `usual` with what this arm changes.
    pub fn settings(&self, usual: &Settings) -> Settings {
        Settings {
            control: self.control.clone(),
            guidance_scale: self.guidance_scale.unwrap_or(usual.guidance_scale),
            steps: self.steps.unwrap_or(usual.steps),
            sampler: self.sampler.unwrap_or(usual.sampler),
            changes: Vec::new(),
            ..usual.clone()
        }
    }
}
