//! How far the judges of checks agree with each other.

use serde::Serialize;

use super::side::Side;
use crate::{
    statistics::{Agreement, kappa, mean_kappa},
    study::StudyPrompt,
};

/// Cohen's kappa of every pair of judges that answered the same checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Reviewers {
    pub(super) pairs: Vec<Pair>,
    /// Over the pairs.
    pub(super) mean_kappa: Option<f64>,
}

/// Two judges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Pair {
    pub(super) judges: [String; 2],
    #[serde(flatten)]
    pub(super) agreement: Agreement,
}

impl Reviewers {
    pub(super) fn of(prompts: &[&StudyPrompt], sides: &[Side<'_>]) -> Self {
        let mut names: Vec<&String> = sides.iter().flat_map(|side| side.results.answers.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let answers: Vec<Vec<Option<bool>>> =
            names.iter().map(|judge| answers_of(judge, prompts, sides)).collect();
        let judged = names.iter().zip(&answers).enumerate();
        let pairs = judged.flat_map(|(at, (first, theirs))| {
            names[at + 1..].iter().zip(&answers[at + 1..]).map(move |(second, others)| Pair {
                judges: [first.to_string(), second.to_string()],
                agreement: kappa(theirs, others),
            })
        });
        Self { pairs: pairs.collect(), mean_kappa: mean_kappa(&answers) }
    }
}

/// A judge's answers to all checks of all pictures.
fn answers_of(judge: &str, prompts: &[&StudyPrompt], sides: &[Side<'_>]) -> Vec<Option<bool>> {
    let mut answers = Vec::new();
    for side in sides {
        let own = side.results.answers.get(judge);
        for prompt in prompts {
            for shot in side.shots(prompt) {
                let given = own.and_then(|own| own.get(&shot));
                let checks = 0..prompt.checks.len();
                answers.extend(checks.map(|check| *given?.get(check)?));
            }
        }
    }
    answers
}
