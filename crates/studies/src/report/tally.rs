//! The counts of a run that goes on, for a table that fills: no comparison, so it takes no time.

use serde::Serialize;

use super::{
    answer::Counts,
    side::{Pictures, sides},
};
use crate::{
    run::Results,
    study::{Kind, StudyPrompt},
};

/// How many checks each arm meets so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// In the study's order.
    pub arms: Vec<ArmTally>,
}

/// One arm's line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ArmTally {
    /// The arm's name.
    pub arm: String,
    /// By kind, in the order of [`Kind::ALL`]. [`Counts`] know their share and its interval.
    pub kinds: [Counts; Kind::ALL.len()],
    /// All checks.
    pub all: Counts,
    /// Its pictures.
    pub pictures: Pictures,
}

impl Tally {
    /// What `judge` answered so far.
    pub fn of(results: &Results, judge: &str) -> Self {
        let (prompts, sides) = sides(&[("", results)], Some(judge));
        let prompts: Vec<(usize, &StudyPrompt)> = prompts.into_iter().enumerate().collect();
        let arms = sides.into_iter().map(|side| {
            let pictures = Pictures::of(&side, &prompts);
            let mut arm = ArmTally { arm: side.name, pictures, ..ArmTally::default() };
            for ((_, prompt), answers) in prompts.iter().zip(side.answers) {
                for (check, answer) in prompt.checks.iter().cycle().zip(answers) {
                    arm.kinds[check.kind as usize].count(answer);
                    arm.all.count(answer);
                }
            }
            arm
        });
        Self { arms: arms.collect() }
    }
}
