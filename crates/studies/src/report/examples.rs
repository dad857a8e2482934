//! Which prompts are shown side by side: those on which the arms differ most (the paper's Fig. 5).

use super::{answer::Answer, side::Side};
use crate::{run::Shot, study::StudyPrompt};

/// Of the best and of the worst, each.
const MOST_PROMPTS: usize = 8;

/// More would not fit beside each other.
const MOST_ARMS: usize = 8;

/// One prompt and seed under several arms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Example {
    pub(super) prompt: String,
    pub(super) number: usize,
    pub(super) seed: u64,
    pub(super) pictures: Vec<Option<Shown>>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) run: String,
    /// Below the run's folder.
    pub(super) file: String,
    pub(super) met: usize,
    pub(super) asked: usize,
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Examples {
    /// The arms that are shown; a picture each in every example.
    pub(super) arms: Vec<String>,
    /// Some arm meets most more checks than the first; the largest difference first.
    pub(super) best: Vec<Example>,
    /// Some arm meets most fewer.
    pub(super) worst: Vec<Example>,
}

impl Examples {
    pub(super) fn of(prompts: &[&StudyPrompt], sides: &[Side<'_>]) -> Self {
        let sides = &sides[..sides.len().min(MOST_ARMS)];
        // The largest gain and the largest loss of each prompt and seed, with the place of the prompt.
        let mut gains = Vec::new();
        let mut losses = Vec::new();
        for (place, prompt) in prompts.iter().enumerate() {
            for sample in 0..sides.first().map_or(0, |side| side.results.samples) {
                let differences = sides
                    .iter()
                    .skip(1)
                    .filter_map(|side| difference(place, prompt, sample, &sides[0], side));
                let differences: Vec<f64> = differences.collect();
                let largest = differences.iter().copied().fold(0.0, f64::max);
                let smallest = differences.iter().copied().fold(0.0, f64::min);
                gains.extend((largest > 0.0).then_some((largest, place, sample)));
                losses.extend((smallest < 0.0).then_some((-smallest, place, sample)));
            }
        }
        let examples = |mut ranked: Vec<(f64, usize, usize)>| {
            // Stable: equal ones stay in the order of the prompts.
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            let first = ranked.into_iter().take(MOST_PROMPTS);
            first.map(|(_, place, sample)| Example::of(place, prompts[place], sample, sides)).collect()
        };
        Self {
            arms: sides.iter().map(|side| side.name.clone()).collect(),
            best: examples(gains),
            worst: examples(losses),
        }
    }
}

impl Example {
    fn of(place: usize, prompt: &StudyPrompt, sample: usize, sides: &[Side<'_>]) -> Self {
        let shown = |side: &Side<'_>| {
            let line = side.results.shots.get(&side.shots(prompt).nth(sample)?)?;
            let (met, asked) = met(answers(place, prompt, sample, side));
            Some(Shown { run: side.run.to_owned(), file: line.picture.clone()?, met, asked })
        };
        let pictures = sides.iter().map(shown).collect();
        // The same under every arm.
        let seed = Shot { prompt: prompt.number, sample, ..Shot::default() }.seed();
        Self { prompt: prompt.prompt.clone(), number: prompt.number, seed, pictures }
    }
}

/// How many more of the checks are met, as a share; `None` unless both have an answer.
fn difference(
    place: usize,
    prompt: &StudyPrompt,
    sample: usize,
    first: &Side<'_>,
    other: &Side<'_>,
) -> Option<f64> {
    let [first, other] = [first, other].map(|side| {
        let (met, asked) = met(answers(place, prompt, sample, side));
        (asked > 0).then(|| met as f64 / asked as f64)
    });
    Some(other? - first?)
}

fn answers<'a>(place: usize, prompt: &StudyPrompt, sample: usize, side: &'a Side<'_>) -> &'a [Answer] {
    let checks = prompt.checks.len();
    side.answers[place].get(sample * checks..(sample + 1) * checks).unwrap_or_default()
}

fn met(answers: &[Answer]) -> (usize, usize) {
    let given = answers.iter().filter_map(|answer| answer.yes_or_no());
    given.fold((0, 0), |(met, asked), yes| (met + usize::from(yes), asked + 1))
}
