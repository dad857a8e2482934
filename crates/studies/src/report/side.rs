//! The arms of one or two runs, side by side over the same prompts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::Answer;
use crate::{
    run::{ArmLine, Results, Shot},
    study::StudyPrompt,
};

/// An arm of a run.
pub(super) struct Side<'a> {
    /// Its name, "run/arm" if there are several runs.
    pub(super) name: String,
    /// Its run's name.
    pub(super) run: &'a str,
    pub(super) arm: &'a ArmLine,
    pub(super) results: &'a Results,
    /// What became of each prompt's checks: picture after picture, each in the order of the checks.
    pub(super) answers: Vec<Vec<Answer>>,
}

/// Prompts that the runs have, and their arms. A prompt that differs between runs in text or checks is two prompts.
pub(super) fn sides<'a>(
    runs: &[(&'a str, &'a Results)],
    judge: Option<&str>,
) -> (Vec<&'a StudyPrompt>, Vec<Side<'a>>) {
    let mut prompts: BTreeMap<usize, Vec<&StudyPrompt>> = BTreeMap::new();
    for prompt in runs.iter().flat_map(|&(_, results)| &results.prompts) {
        let alike = prompts.entry(prompt.number).or_default();
        if !alike.contains(&prompt) {
            alike.push(prompt);
        }
    }
    let prompts: Vec<_> = prompts.into_values().flatten().collect();
    let arms =
        runs.iter().flat_map(|&(run, results)| results.arms.iter().map(move |arm| (run, results, arm)));
    let sides = arms.map(|(run, results, arm)| {
        let name = if runs.len() > 1 { format!("{run}/{}", arm.name) } else { arm.name.clone() };
        let mut side = Side { name, run, arm, results, answers: Vec::new() };
        side.answers = prompts.iter().map(|prompt| side.answers_to(prompt, judge)).collect();
        side
    });
    let sides = sides.collect();
    (prompts, sides)
}

impl Side<'_> {
    /// The keys of its pictures of `prompt`; none if its run does not have the prompt.
    pub(super) fn shots(&self, prompt: &StudyPrompt) -> impl Iterator<Item = Shot> + use<'_> {
        let at = self.results.prompts.binary_search_by_key(&prompt.number, |own| own.number);
        let knows = at.is_ok_and(|at| &self.results.prompts[at] == prompt);
        let number = prompt.number;
        (0..if knows { self.results.samples } else { 0 }).map(move |sample| Shot {
            prompt: number,
            sample,
            arm: self.arm.name.clone(),
        })
    }

    fn answers_to(&self, prompt: &StudyPrompt, judge: Option<&str>) -> Vec<Answer> {
        let all = judge.and_then(|judge| self.results.answers.get(judge));
        let of_shot = |shot| {
            let answers = all.and_then(|all| all.get(&shot));
            (0..prompt.checks.len())
                .map(move |check| Answer::of(answers.and_then(|answers| answers.get(check)).copied()))
        };
        self.shots(prompt).flat_map(of_shot).collect()
    }
}

/// What became of an arm's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pictures {
    /// Painted.
    pub painted: usize,
    /// Tried, with an error.
    pub failed: usize,
    /// Not tried yet.
    pub missing: usize,
}

impl Pictures {
    pub(super) fn of(side: &Side<'_>, prompts: &[(usize, &StudyPrompt)]) -> Self {
        let mut pictures = Self::default();
        for shot in prompts.iter().flat_map(|(_, prompt)| side.shots(prompt)) {
            match side.results.shots.get(&shot) {
                Some(line) if line.picture.is_some() => pictures.painted += 1,
                Some(_) => pictures.failed += 1,
                None => pictures.missing += 1,
            }
        }
        pictures
    }
}
