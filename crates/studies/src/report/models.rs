//! What painted the pictures: whatever is needed to repeat a row.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::run::Results;
use tauscope_studio::painting::Recipe;

/// A run, with everything that its pictures were painted by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) study: String,
    pub(super) model: String,
    pub(super) prompts: usize,
    pub(super) samples: usize,
    /// More than one of a kind means that the run went on elsewhere, or after an update.
    pub(super) programs: BTreeSet<String>,
    pub(super) devices: BTreeSet<String>,
}

impl Run {
    pub(super) fn of(name: &str, results: &Results) -> Self {
        let recipes = || results.shots.values().filter_map(|line| line.recipe.as_deref());
        let program =
            |recipe: &Recipe| format!("Tauscope {}, ONNX Runtime {}", recipe.tauscope, recipe.onnx_runtime);
        Self {
            name: name.to_owned(),
            study: results.study.clone(),
            model: results.model.clone(),
            prompts: results.prompts.len(),
            samples: results.samples,
            programs: recipes().map(program).collect(),
            devices: recipes().map(|recipe| recipe.device.clone()).collect(),
        }
    }
}
