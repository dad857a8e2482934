//! Does a leak in the map predict a wrong colour in the picture?

use serde::Serialize;

use super::side::Side;
use crate::{
    statistics::auc,
    study::{Kind, StudyPrompt},
};

/// An arm's pictures that have a leak and an answered colour check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Leaks {
    pub(super) arm: String,
    /// The chance that a picture with a wrong colour has the larger leak; 0.5 predicts nothing.
    pub(super) auc: Option<f64>,
    pub(super) points: Vec<Point>,
}

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Point {
    pub(super) prompt: usize,
    pub(super) sample: usize,
    /// The worst leak of an attribute in the maps.
    pub(super) leak: f64,
    /// Whether a check of a colour is answered with no.
    pub(super) wrong: bool,
}

impl Leaks {
    pub(super) fn of(prompts: &[&StudyPrompt], side: &Side<'_>) -> Self {
        let mut points = Vec::new();
        for (prompt, answers) in prompts.iter().zip(&side.answers).filter(|(_, answers)| !answers.is_empty())
        {
            for (shot, answers) in side.shots(prompt).zip(answers.chunks(prompt.checks.len())) {
                let leak = side.results.shots.get(&shot).and_then(|line| line.leak);
                let of_colour =
                    prompt.checks.iter().zip(answers).filter(|(check, _)| check.kind == Kind::Colour);
                let is_right = of_colour.filter_map(|(_, answer)| answer.yes_or_no()).reduce(|a, b| a && b);
                if let (Some(leak), Some(is_right)) = (leak, is_right) {
                    let (prompt, sample) = (shot.prompt, shot.sample);
                    points.push(Point { prompt, sample, leak: leak.into(), wrong: !is_right });
                }
            }
        }
        let auc = auc(&points.iter().map(|point| (point.leak, point.wrong)).collect::<Vec<_>>());
        Self { arm: side.name.clone(), auc, points }
    }
}
