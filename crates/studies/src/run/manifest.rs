//! What a run's folder says of the run, and how two runs differ.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Shard, shots::Shots};
use crate::study::Plan;
use tauscope_core::{error::Result, model::Fingerprint};
use tauscope_studio::painting::ModelInfo;

/// Which model paints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelName {
    /// Its display name.
    pub name: String,
    /// Which model of that name.
    pub fingerprint: Fingerprint,
}

impl From<&ModelInfo> for ModelName {
    fn from(model: &ModelInfo) -> Self {
        Self { name: model.name.clone(), fingerprint: model.fingerprint }
    }
}

/// "Scenes (0123456789abcdef0123456789abcdef)".
impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.fingerprint)
    }
}

/// A run, except for what it found: `study.json` and `prompts.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of the program that began it; each picture's recipe has its own.
    pub(super) tauscope: String,
    pub(super) model: ModelName,
    #[serde(default)]
    pub(super) shard: Shard,
    pub(super) study: Plan,
}

impl Manifest {
    /// Of a run that begins now.
    pub(super) fn new(plan: &Plan, model: &ModelName, shard: Shard) -> Self {
        let tauscope = env!("CARGO_PKG_VERSION").to_owned();
        Self { tauscope, model: model.clone(), shard, study: plan.clone() }
    }

    /// Its pictures.
    ///
    /// # Errors
    /// As [`Shots::of`].
    pub(super) fn shots(&self) -> Result<Shots> {
        Shots::of(&self.study, self.shard)
    }

    /// In what pictures of both could differ, each a clause: "its shard is 1/2 and not 2/2". Judges may differ, and so may
    /// what the study is said to be for.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (&self.study, &other.study);
        let mut found = Vec::new();
        let mut compare = |what: &str, ours: &dyn fmt::Display, theirs: &dyn fmt::Display| {
            let (ours, theirs) = (ours.to_string(), theirs.to_string());
            if ours != theirs {
                found.push(format!("its {what} is {ours} and not {theirs}"));
            }
        };
        compare("study", &ours.name, &theirs.name);
        compare("model", &self.model, &other.model);
        compare("shard", &self.shard, &other.shard);
        compare("number of pictures of each prompt and arm", &ours.samples, &theirs.samples);
        compare("number of prompts", &ours.prompts.len(), &theirs.prompts.len());
        let names =
            |plan: &Plan| plan.arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>().join(", ");
        compare("list of arms", &names(ours), &names(theirs));
        found.extend(changed_values(&ours.common, &theirs.common));
        for (ours, theirs) in
            ours.arms.iter().zip(&theirs.arms).filter(|(ours, theirs)| ours.name == theirs.name)
        {
            let changed = changed_values(ours, theirs);
            found.extend(changed.into_iter().map(|clause| format!("in its arm {}, {clause}", ours.name)));
        }
        let same_length = ours.prompts.len() == theirs.prompts.len();
        let mut prompts = ours.prompts.iter().zip(&theirs.prompts).filter(|_| same_length);
        found.extend(prompts.find(|(ours, theirs)| ours != theirs).map(|(ours, theirs)| {
            let what = if ours.prompt == theirs.prompt { "asks something else" } else { "is another" };
            format!("its prompt {} ({:?}) {what}", ours.number, ours.prompt)
        }));
        found
    }
}

/// Which values of two things of the same type differ, each a clause.
fn changed_values(ours: &impl Serialize, theirs: &impl Serialize) -> Vec<String> {
    let [ours, theirs] = [values(ours), values(theirs)];
    let mut found = Vec::new();
    for key in ours.keys().chain(theirs.keys().filter(|key| !ours.contains_key(*key))) {
        let [ours, theirs] = [&ours, &theirs].map(|values| values.get(key));
        if ours != theirs {
            let [ours, theirs] =
                [ours, theirs].map(|value| value.map_or("left open".to_owned(), Value::to_string));
            found.push(format!("{key} is {ours} and not {theirs}"));
        }
    }
    found
}

/// The values in it, each under its path: `control.tau`.
fn values(thing: &impl Serialize) -> BTreeMap<String, Value> {
    fn collect(path: &str, value: Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                    collect(&path, value, found);
                }
            }
            value => {
                found.insert(path.to_owned(), value);
            }
        }
    }
    let mut found = BTreeMap::new();
    // Through text, where a number of single precision is as short as people write it: 0.7.
    let text = serde_json::to_string(thing).unwrap_or_default();
    collect("", serde_json::from_str(&text).unwrap_or_default(), &mut found);
    found
}
