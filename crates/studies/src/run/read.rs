//! Reads what a run has found so far, also while another process runs it.

use std::{collections::BTreeMap, path::Path};

use serde::de::DeserializeOwned;

use super::{
    ArmLine, Results, Shot, ShotLine,
    files::{ANSWERS, PICTURES_LINES, SCORES, lines_file, read_judges, read_manifest},
    lines::{self, AnswersLine, ScoreLine},
    review::answers_of_people,
};
use crate::study::Arm;
use tauscope_core::{attention::Control, error::Result};

impl Results {
    /// The results in the folder of a run. Takes no lock: lines that are being written are not there yet.
    ///
    /// Scores of sets are not in it: [`super::read_features`] gives what they are computed from.
    ///
    /// # Errors
    /// [`tauscope_core::Error::Input`] if it is no such folder, or if a line is broken;
    /// [`tauscope_core::Error::File`].
    pub fn read(folder: &Path) -> Result<Self> {
        let manifest = read_manifest(folder)?;
        let shots = manifest.shots()?;
        let plan = manifest.study;
        let lines = lines::read::<ShotLine>(&folder.join(PICTURES_LINES))?;
        let mut results = Self {
            study: plan.name,
            model: manifest.model.to_string(),
            arms: plan.arms.iter().map(ArmLine::from).collect(),
            prompts: plan.prompts,
            samples: plan.samples,
            // The last line of a picture counts: it may have failed before.
            shots: lines.into_iter().map(|line| (line.shot.clone(), line)).collect(),
            ..Self::default()
        };
        // A shard tells of its own prompts alone.
        let mut places = 0..;
        results.prompts.retain(|_| places.next().is_some_and(|place| shots.has_prompt(place)));
        results.prompts.sort_unstable_by_key(|prompt| prompt.number);
        for judge in read_judges(folder)?.into_keys() {
            let answers: BTreeMap<_, _> =
                by_shot(folder, ANSWERS, &judge, |line: AnswersLine| (line.shot, line.answers))?;
            let scores: BTreeMap<_, _> =
                by_shot(folder, SCORES, &judge, |line: ScoreLine| (line.shot, line.score))?;
            if !answers.is_empty() {
                results.answers.insert(judge.clone(), answers);
            }
            if !scores.is_empty() {
                results.scores.insert(judge, scores);
            }
        }
        results.answers.extend(answers_of_people(folder, &results)?);
        Ok(results)
    }
}

fn by_shot<L: DeserializeOwned, T>(
    folder: &Path,
    kind: &str,
    judge: &str,
    split: impl Fn(L) -> (Shot, T),
) -> Result<BTreeMap<Shot, T>> {
    Ok(lines::read(&lines_file(folder, kind, judge))?.into_iter().map(split).collect())
}

impl From<&Arm> for ArmLine {
    fn from(arm: &Arm) -> Self {
        Self {
            name: arm.name.clone(),
            about: about(arm),
            guidance_scale: arm.guidance_scale,
            axes: arm.axes.clone(),
        }
    }
}

/// How an arm differs from neutral settings, in words.
fn about(arm: &Arm) -> String {
    let mut parts = arm.control.differences(&Control::neutral());
    parts.extend(arm.guidance_scale.map(|scale| format!("guidance {scale}")));
    parts.extend(arm.steps.map(|steps| format!("{steps} steps")));
    parts.extend(arm.sampler.map(|sampler| sampler.label().to_owned()));
    if parts.is_empty() { "neutral".to_owned() } else { parts.join(", ") }
}
