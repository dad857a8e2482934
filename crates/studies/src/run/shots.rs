//! The pictures of a study in the order in which a run paints them, each with its number and its file's name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Shard, Shot};
use crate::study::{MOST_SAMPLES, Plan};
use tauscope_core::error::{Error, Result};

/// The pictures of a plan: prompts outermost, then samples, then arms. A picture's number in this order counts the whole
/// study, whatever the shard.
#[derive(Clone, Debug)]
pub(super) struct Shots {
    prompts: Vec<usize>,
    places: BTreeMap<usize, usize>,
    arms: Vec<String>,
    samples: usize,
    shard: Shard,
}

/// Where a picture stands in its plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The prompt's place in the plan.
    pub(super) prompt: usize,
    /// Which of its samples.
    pub(super) sample: usize,
    /// The arm's place in the plan.
    pub(super) arm: usize,
}

impl Shots {
    /// Those of `plan` that are in `shard`.
    ///
    /// # Errors
    /// [`Error::Input`] if two pictures could not be told apart, or if there are none.
    pub(super) fn of(plan: &Plan, shard: Shard) -> Result<Self> {
        let prompts: Vec<_> = plan.prompts.iter().map(|prompt| prompt.number).collect();
        let places: BTreeMap<_, _> =
            prompts.iter().enumerate().map(|(place, &number)| (number, place)).collect();
        if places.len() < prompts.len() {
            return Err(Error::input(
                "Two prompts of the study have the same number.",
                "Number the prompts of its files anew, or leave their numbers out.",
            ));
        }
        let mut names = BTreeSet::new();
        for arm in &plan.arms {
            if arm.name.is_empty() || !names.insert(as_file_name(&arm.name).to_lowercase()) {
                return Err(Error::input(
                    format!("The arm {:?} has no name of its own.", arm.name),
                    "Give each arm another name; case, and what is no letter or digit, tells no names apart.",
                ));
            }
        }
        if prompts.is_empty() || names.is_empty() || !(1..=MOST_SAMPLES).contains(&plan.samples) {
            return Err(Error::input(
                format!(
                    "A study of {} prompts and {} arms with {} pictures of each cannot be run.",
                    prompts.len(),
                    names.len(),
                    plan.samples
                ),
                format!("Give it a prompt, an arm, and 1 to {MOST_SAMPLES} pictures of each."),
            ));
        }
        let arms = plan.arms.iter().map(|arm| arm.name.clone()).collect();
        Ok(Self { prompts, places, arms, samples: plan.samples, shard })
    }

    /// The numbers of its pictures, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        let a_prompt = self.samples * self.arms.len();
        let prompts = (0..self.prompts.len()).filter(|&place| self.shard.holds(place));
        prompts.flat_map(move |place| place * a_prompt..(place + 1) * a_prompt)
    }

    /// Whether the prompt at this place is in the shard.
    pub(super) fn has_prompt(&self, place: usize) -> bool {
        self.shard.holds(place)
    }

    /// Where a picture stands.
    pub(super) fn place(&self, number: usize) -> Place {
        let (rest, arm) = (number / self.arms.len(), number % self.arms.len());
        Place { prompt: rest / self.samples, sample: rest % self.samples, arm }
    }

    /// Which picture has this number.
    pub(super) fn shot(&self, number: usize) -> Shot {
        let Place { prompt, sample, arm } = self.place(number);
        Shot { prompt: self.prompts[prompt], sample, arm: self.arms[arm].clone() }
    }

    /// The number of a picture; `None` if it is in another study or shard.
    pub(super) fn number(&self, shot: &Shot) -> Option<usize> {
        let prompt = *self.places.get(&shot.prompt).filter(|&&place| self.shard.holds(place))?;
        let arm = self.arms.iter().position(|arm| *arm == shot.arm)?;
        (shot.sample < self.samples).then(|| (prompt * self.samples + shot.sample) * self.arms.len() + arm)
    }

    /// The name of a picture's file.
    pub(super) fn file_name(&self, number: usize) -> String {
        let Shot { prompt, sample, arm } = self.shot(number);
        format!("{prompt:05}-{sample}-{}.png", as_file_name(&arm))
    }
}

impl Shot {
    /// The seed of its noise.
    pub fn seed(&self) -> u64 {
        (self.prompt * MOST_SAMPLES + self.sample) as u64
    }
}

/// The name with what not every file system takes as "_".
fn as_file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{Arm, StudyPrompt};

    fn plan(prompts: &[usize], arms: &[&str], samples: usize) -> Plan {
        let prompt = |&number: &usize| StudyPrompt {
            number,
            prompt: "a cat".into(),
            kind: None,
            level: None,
            half: None,
            checks: Vec::new(),
        };
        let arm = |&name: &&str| Arm { name: name.into(), ..Arm::default() };
        Plan {
            prompts: prompts.iter().map(prompt).collect(),
            arms: arms.iter().map(arm).collect(),
            samples,
            ..Plan::default()
        }
    }

    #[test]
    fn arms_follow_each_other_so_pairs_fill_together() {
        let shots = Shots::of(&plan(&[4, 9], &["neutral", "a b/c"], 2), Shard::WHOLE).unwrap();
        let names: Vec<_> = shots.numbers().map(|number| shots.file_name(number)).collect();
        let expected = [
            "00004-0-neutral.png",
            "00004-0-a_b_c.png",
            "00004-1-neutral.png",
            "00004-1-a_b_c.png",
            "00009-0-neutral.png",
            "00009-0-a_b_c.png",
            "00009-1-neutral.png",
            "00009-1-a_b_c.png",
        ];
        assert_eq!(names, expected);
        assert!(shots.numbers().all(|number| shots.number(&shots.shot(number)) == Some(number)));
        assert_eq!(shots.shot(6).seed(), 9001);
    }

    #[test]
    fn a_shard_keeps_the_numbers_of_the_whole() {
        let plan = plan(&[0, 2, 4], &["neutral"], 2);
        let part = |number| Shots::of(&plan, Shard::new(number, 2).unwrap()).unwrap();
        assert_eq!(part(1).numbers().collect::<Vec<_>>(), [0, 1, 4, 5]);
        assert_eq!(part(2).numbers().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(part(1).number(&part(2).shot(2)), None);
    }

    #[test]
    fn pictures_that_cannot_be_told_apart_are_refused() {
        fn check(plan: Plan, expected: &str) {
            let message = Shots::of(&plan, Shard::WHOLE).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check(plan(&[1, 1], &["neutral"], 1), "same number");
        check(plan(&[1], &["a b", "A_b"], 1), "The arm \"A_b\"");
        check(plan(&[1], &[""], 1), "The arm \"\"");
        check(plan(&[], &["a"], 1), "0 prompts");
        check(plan(&[1], &[], 1), "0 arms");
        check(plan(&[1], &["a"], 1001), "1001 pictures of each");
    }
}
