//! Scores of each arm's pictures and of its set (the paper's Table 1), and how long a picture took.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::side::Side;
use crate::{
    statistics::{Interval, mean_interval},
    study::StudyPrompt,
};

/// An arm's scores.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Scores {
    /// Of single pictures, by judge.
    pub(super) pictures: BTreeMap<String, Mean>,
    /// Of the whole set, by judge.
    pub(super) set: BTreeMap<String, f64>,
    /// Seconds a painted picture.
    pub(super) seconds: Option<Mean>,
}

/// A mean over pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Mean {
    pub(super) mean: f64,
    /// From the standard error.
    pub(super) interval: Option<Interval>,
    /// How many pictures.
    pub(super) pictures: usize,
}

impl Mean {
    fn of(values: &[f64]) -> Option<Self> {
        mean_interval(values).map(|(mean, interval)| Self { mean, interval, pictures: values.len() })
    }
}

impl Scores {
    pub(super) fn of(prompts: &[&StudyPrompt], side: &Side<'_>) -> Self {
        let shots: Vec<_> = prompts.iter().flat_map(|prompt| side.shots(prompt)).collect();
        let of_judge = |(judge, scores): (&String, &BTreeMap<_, f64>)| {
            let values: Vec<f64> = shots.iter().filter_map(|shot| scores.get(shot).copied()).collect();
            Some((judge.clone(), Mean::of(&values)?))
        };
        let set = side.results.sets.iter();
        let lines = shots.iter().filter_map(|shot| side.results.shots.get(shot));
        let seconds: Vec<f64> =
            lines.filter(|line| line.picture.is_some()).map(|line| line.seconds).collect();
        Self {
            pictures: side.results.scores.iter().filter_map(of_judge).collect(),
            set: set.filter_map(|(judge, arms)| Some((judge.clone(), *arms.get(&side.arm.name)?))).collect(),
            seconds: Mean::of(&seconds),
        }
    }
}

/// The names of all judges of single pictures, and of all judges of sets.
pub(super) fn judges<'a>(
    scores: impl Iterator<Item = &'a Scores> + Clone,
) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let pictures = scores.clone().flat_map(|scores| scores.pictures.keys());
    let sets = scores.flat_map(|scores| scores.set.keys());
    (pictures.map(String::as_str).collect(), sets.map(String::as_str).collect())
}
