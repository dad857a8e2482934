//! What is measured of a run (method.md 7), to be written as JSON: how gathered each word is, when its place is
//! decided, how far words share places, and which attributes leak.
//!
//! Focus and decision are measured on the maps that were used; overlaps and leaks on the maps before mask and weights,
//! because a hard mask removes them by construction.

use std::path::Path;

use ndarray::{CowArray, Ix2};
use serde::Serialize;

use super::nouns;
use tauscope_core::{
    CancelToken,
    attention::{Excess, Noun, RunMaps, aggregate_words, decided_at, leaks},
    error::{Error, Result},
    prompt::{Entities, Word},
    write_file,
};

/// What is measured of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// The content words, in reading order.
    pub words: Vec<WordMeasures>,
    /// Each step.
    pub steps: Vec<StepMeasures>,
}

/// What is measured of a word over a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordMeasures {
    /// As written in the prompt.
    pub word: String,
    /// The first step, 0-based, from which its map stays where it ends.
    pub decided_at: Option<usize>,
}

/// What is measured of a step, over all layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepMeasures {
    /// Of each word: 0 spread evenly, 1 on one patch.
    pub focus: Vec<f32>,
    /// Of each word with those before it: 0 apart, 1 the same place.
    pub overlap: Vec<Vec<f32>>,
    /// The worst first; none with fewer than two entities.
    pub leaks: Vec<NamedLeak>,
}

/// An attribute on the noun of another entity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedLeak {
    /// The attribute.
    pub attribute: String,
    /// The noun of another entity that it overlaps most.
    pub onto: String,
    /// By how much.
    pub overlap: f32,
    /// The noun that it belongs to.
    pub own: String,
    /// How much it overlaps that one.
    pub own_overlap: f32,
}

impl Measures {
    /// Measures the content words of a run of a prompt with these words and entities, a step at a time. Other words are
    /// not measured, but may be nouns' heads.
    ///
    /// # Errors
    /// As [`RunMaps::map`], and [`Error::Cancelled`].
    pub fn of(run: &dyn RunMaps, words: &[Word], entities: &Entities, cancel: &CancelToken) -> Result<Self> {
        let entities = nouns(entities, words);
        let content: Vec<_> = (0..words.len()).filter(|&word| words[word].content).collect();
        let used = |step| excesses(run, words, |layer| run.map(step, layer));
        let last = run.steps().checked_sub(1).map(used).transpose()?.unwrap_or_default();
        // How far each word is where it ends, at every step.
        let mut nearness = vec![Vec::with_capacity(run.steps()); content.len()];
        let mut steps = Vec::with_capacity(run.steps());
        for step in 0..run.steps() {
            cancel.check()?;
            let used = used(step)?;
            for (nearness, &word) in nearness.iter_mut().zip(&content) {
                nearness.push(used[word].overlap(&last[word]));
            }
            let before = |layer| run.neutral(step, layer)?.map_or_else(|| run.map(step, layer), Ok);
            let has_neutral = !run.layers().is_empty() && run.neutral(step, 0)?.is_some();
            let neutral = if has_neutral { &excesses(run, words, before)? } else { &used };
            steps.push(StepMeasures::of(&used, neutral, words, &content, &entities));
        }
        let measured = content.iter().zip(nearness).map(|(&word, nearness)| WordMeasures {
            word: words[word].text.clone(),
            decided_at: decided_at(nearness.into_iter()),
        });
        Ok(Self { words: measured.collect(), steps })
    }

    /// Writes them as JSON.
    ///
    /// # Errors
    /// If the file cannot be written; it is whole or not there.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Internal(format!("measures cannot be written as JSON ({error}).")))?;
        write_file(path, |file| std::io::Write::write_all(file, &json))
    }
}

impl StepMeasures {
    /// Focus is measured on the maps that were `used`, everything else on the `neutral` ones; both hold every word.
    fn of(
        used: &[Excess],
        neutral: &[Excess],
        words: &[Word],
        content: &[usize],
        entities: &[Vec<Noun>],
    ) -> Self {
        let name = |word: usize| words[word].text.clone();
        let leaks = if entities.len() < 2 { Vec::new() } else { leaks(neutral, entities) };
        let named = leaks.into_iter().map(|leak| NamedLeak {
            attribute: name(leak.attribute),
            onto: name(leak.onto),
            overlap: leak.overlap,
            own: name(leak.own),
            own_overlap: leak.own_overlap,
        });
        let overlaps = |at: usize| {
            let earlier = content[..at].iter();
            earlier.map(|&other| neutral[content[at]].overlap(&neutral[other])).collect()
        };
        Self {
            focus: content.iter().map(|&word| used[word].focus()).collect(),
            overlap: (0..content.len()).map(overlaps).collect(),
            leaks: named.collect(),
        }
    }
}

/// Where each word's map, averaged over all layers that `read` gives, lies above its mean.
fn excesses<'a>(
    run: &dyn RunMaps,
    words: &[Word],
    read: impl FnMut(usize) -> Result<CowArray<'a, f32, Ix2>>,
) -> Result<Vec<Excess>> {
    let tokens: Vec<_> = words.iter().map(|word| word.tokens.as_slice()).collect();
    let maps = aggregate_words(run.layers(), &tokens, |_| true, read)?;
    Ok(match maps {
        Some(maps) => maps.outer_iter().map(Excess::of).collect(),
        None => vec![Excess::default(); words.len()],
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use tauscope_core::attention::{Grid, Layer, Record, StepMaps};

    /// Four patches in a row and a token for each word, whose heat lies on the given patches.
    fn step(heat: [[usize; 2]; 4]) -> StepMaps {
        let map =
            Array2::from_shape_fn((4, 4), |(patch, token)| f32::from(u8::from(heat[token].contains(&patch))));
        StepMaps(vec![map])
    }

    #[test]
    fn leaks_are_those_before_control() {
        let prompt = "red cat blue dog";
        let words: Vec<_> = [0..3, 4..7, 8..12, 13..16]
            .into_iter()
            .enumerate()
            .map(|(token, span)| Word {
                text: prompt[span.clone()].to_owned(),
                source: span,
                tokens: vec![token],
                pieces: Vec::new(),
                content: true,
                weight: 1.0,
            })
            .collect();
        let entities = Entities::by_hand(prompt, "red cat;blue dog").unwrap();
        let apart = step([[0, 1], [0, 1], [2, 3], [2, 3]]);
        let leaking = step([[1, 2], [0, 1], [2, 3], [2, 3]]);
        let record = Record {
            layers: vec![Layer::new("mid_block", Grid::new(1, 4))],
            steps: vec![leaking.clone(), apart.clone(), apart],
            neutral: vec![None, Some(leaking), None],
            scores: Vec::new(),
        };
        let none = CancelToken::new();
        let measures = Measures::of(&record, &words, &entities, &none).unwrap();
        let red: Vec<_> = measures
            .steps
            .iter()
            .map(|step| {
                let red = step.leaks.iter().find(|leak| leak.attribute == "red").unwrap();
                (red.onto.as_str(), red.overlap, red.own_overlap)
            })
            .collect();
        assert_eq!(red, [("dog", 0.5, 0.5), ("dog", 0.5, 0.5), ("dog", 0.0, 1.0)]);
        let decided: Vec<_> = measures.words.iter().map(|word| word.decided_at).collect();
        assert_eq!(decided, [Some(1), Some(0), Some(0), Some(0)]);
        assert!((measures.steps[2].focus[0] - 0.5).abs() < 1e-6);
        assert_eq!(measures.steps[2].overlap[1], [1.0]);
        let without = Measures::of(&record, &words, &Entities::default(), &none).unwrap();
        assert!(without.steps[0].leaks.is_empty());
    }
}
