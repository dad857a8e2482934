//! The words of a run as they are exported.

use std::iter;

use ndarray::{Array3, ArrayView3, Axis, stack};
use serde::{Deserialize, Serialize};

use tauscope_core::{
    attention::{Layer, Record, word_map},
    prompt::Word,
};

/// One word's maps over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct WordMaps {
    /// Its place in the prompt, which distinguishes repeated words.
    pub index: usize,
    /// As written in the prompt.
    pub word: String,
    /// Aggregated over layers (method.md 5), [steps, h, w].
    pub maps: Array3<f32>,
}

impl WordMaps {
    /// Every word of `words`, in order, from the layers for which `chosen` holds. Empty if nothing was recorded or no
    /// layer was chosen.
    pub fn of_record<'a>(
        record: &Record,
        words: impl IntoIterator<Item = &'a Word>,
        chosen: impl Fn(&Layer) -> bool,
    ) -> Vec<Self> {
        let steps: Vec<Array3<f32>> =
            (0..record.steps.len()).filter_map(|step| record.aggregate(step, &chosen)).collect();
        let maps_of = |tokens: &[usize]| {
            let maps: Vec<_> = steps.iter().map(|maps| word_map(maps.view(), tokens)).collect();
            stack(Axis(0), &maps.iter().map(|map| map.view()).collect::<Vec<_>>()).ok()
        };
        let words = words.into_iter().enumerate();
        words
            .filter_map(|(index, word)| {
                Some(Self { index, word: word.text.clone(), maps: maps_of(&word.tokens)? })
            })
            .collect()
    }
}

/// What the hottest colour stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Each word's own maximum over its steps.
    #[default]
    Own,
    /// The maximum of all words, so that words can be compared.
    Common,
}

impl Scale {
    /// The maximum for each of `words`.
    pub fn maxima(self, words: &[WordMaps]) -> Vec<f32> {
        match self {
            Self::Own => words.iter().map(|word| maximum([word.maps.view()])).collect(),
            Self::Common => {
                let common = maximum(words.iter().map(|word| word.maps.view()));
                iter::repeat_n(common, words.len()).collect()
            }
        }
    }
}

/// The largest value, at least 0. NaN does not count.
pub fn maximum<'a>(maps: impl IntoIterator<Item = ArrayView3<'a, f32>>) -> f32 {
    maps.into_iter().fold(0.0, |most, map| map.iter().copied().fold(most, f32::max))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use tauscope_core::attention::{Grid, StepMaps};

    #[test]
    fn words_are_the_mean_of_their_tokens_at_each_step() {
        let record = Record {
            layers: vec![Layer::new("mid_block", Grid::new(1, 2))],
            steps: vec![
                StepMaps(vec![array![[1.0, 2.0, 4.0], [3.0, 4.0, 8.0]]]),
                StepMaps(vec![Array2::zeros((2, 3))]),
            ],
            ..Record::default()
        };
        let word = |text: &str, tokens: &[usize]| Word {
            text: text.to_owned(),
            source: 0..0,
            tokens: tokens.to_vec(),
            pieces: Vec::new(),
            content: true,
            weight: 1.0,
        };
        let words = [word("a", &[0]), word("girl", &[1, 2])];
        let got = WordMaps::of_record(&record, &words, |_| true);
        assert_eq!(got[0].maps, array![[[1.0, 3.0]], [[0.0, 0.0]]]);
        assert_eq!(got[1].maps, array![[[3.0, 6.0]], [[0.0, 0.0]]]);
        assert_eq!((got[1].index, got[1].word.as_str()), (1, "girl"));
        assert_eq!(Scale::Own.maxima(&got), [3.0, 6.0]);
        assert_eq!(Scale::Common.maxima(&got), [6.0, 6.0]);
        assert_eq!(WordMaps::of_record(&record, &words, |_| false), []);
        assert_eq!(WordMaps::of_record(&Record::default(), &words, |_| true), []);
    }
}
