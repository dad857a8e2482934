//! The words of a run as they are exported, read a step at a time.

use ndarray::{Array3, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use tauscope_core::{
    attention::{Layer, RunMaps, aggregate_words, display_grid},
    error::{Error, Result},
    prompt::Word,
};

/// What the maps of the words that are held at once may take over a whole run, in bytes.
const BATCH_BYTES: usize = 64 << 20;

/// Words of a run, with maps averaged over some of its layers.
pub struct RunWords<'a> {
    run: &'a dyn RunMaps,
    words: Vec<&'a Word>,
    layers: &'a dyn Fn(&Layer) -> bool,
}

/// One word's maps over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct WordMaps {
    /// Its place among the words that are exported, which distinguishes repeated words.
    pub index: usize,
    /// As written in the prompt.
    pub word: String,
    /// Aggregated over layers (method.md 5), [steps, h, w].
    pub maps: Array3<f32>,
}

impl<'a> RunWords<'a> {
    /// These words, in order, from the layers for which `layers` holds. None if nothing was recorded or no layer was
    /// chosen.
    pub fn new(
        run: &'a dyn RunMaps,
        words: impl IntoIterator<Item = &'a Word>,
        layers: &'a dyn Fn(&Layer) -> bool,
    ) -> Self {
        let is_chosen = run.steps() > 0 && run.layers().iter().any(layers);
        Self { run, words: words.into_iter().filter(|_| is_chosen).collect(), layers }
    }

    /// Their texts.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &'a str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.run.steps()
    }

    /// Their maps at a step, [words, h, w].
    ///
    /// # Errors
    /// As [`RunMaps::map`].
    pub fn step(&self, step: usize) -> Result<Array3<f32>> {
        self.maps_of(&self.words, step)
    }

    /// The hottest value of each over all steps, by `scale`.
    ///
    /// # Errors
    /// As [`RunMaps::map`].
    pub fn maxima(&self, scale: Scale) -> Result<Vec<f32>> {
        let mut maxima = vec![0.0; self.words.len()];
        for step in 0..self.steps() {
            let maps = self.step(step)?;
            maxima.iter_mut().zip(maps.outer_iter()).for_each(|(most, map)| *most = maximum(map).max(*most));
        }
        if scale == Scale::Common {
            let common = maxima.iter().copied().fold(0.0, f32::max);
            maxima.fill(common);
        }
        Ok(maxima)
    }

    /// Hands every word with its maps to `take`, one after the other. The run is read once for as many words as
    /// [`BATCH_BYTES`] hold.
    ///
    /// # Errors
    /// As [`RunMaps::map`], and what `take` says.
    pub fn each<E: From<Error>>(&self, take: impl FnMut(WordMaps) -> Result<(), E>) -> Result<(), E> {
        self.each_within(BATCH_BYTES, take)
    }

    fn each_within<E: From<Error>>(
        &self,
        batch_bytes: usize,
        mut take: impl FnMut(WordMaps) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(grid) = display_grid(self.run.layers()) else { return Ok(()) };
        let shape = (self.steps(), grid.height, grid.width);
        let word_bytes = self.steps() * grid.patches() * size_of::<f32>();
        let batch = (batch_bytes / word_bytes.max(1)).max(1);
        for (number, words) in self.words.chunks(batch).enumerate() {
            let mut maps = vec![Array3::zeros(shape); words.len()];
            for step in 0..self.steps() {
                let of_step = self.maps_of(words, step)?;
                for (maps, map) in maps.iter_mut().zip(of_step.outer_iter()) {
                    maps.index_axis_mut(Axis(0), step).assign(&map);
                }
            }
            for (at, (word, maps)) in words.iter().zip(maps).enumerate() {
                take(WordMaps { index: number * batch + at, word: word.text.clone(), maps })?;
            }
        }
        Ok(())
    }

    fn maps_of(&self, words: &[&Word], step: usize) -> Result<Array3<f32>> {
        let tokens: Vec<_> = words.iter().map(|word| word.tokens.as_slice()).collect();
        let read = |layer| self.run.map(step, layer);
        let maps = aggregate_words(self.run.layers(), &tokens, self.layers, read)?;
        Ok(maps.unwrap_or_else(|| Array3::zeros((0, 0, 0))))
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

/// The largest value, at least 0. NaN does not count.
fn maximum(map: ArrayView2<'_, f32>) -> f32 {
    map.iter().copied().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use tauscope_core::attention::{Grid, Record, StepMaps};

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
        let run_words = RunWords::new(&record, &words, &|_| true);
        assert_eq!(run_words.step(0).unwrap(), array![[[1.0, 3.0]], [[3.0, 6.0]]]);
        assert_eq!(run_words.maxima(Scale::Own).unwrap(), [3.0, 6.0]);
        assert_eq!(run_words.maxima(Scale::Common).unwrap(), [6.0, 6.0]);
        // All words at once, or each by itself.
        for batch_bytes in [BATCH_BYTES, 0] {
            let mut got = Vec::new();
            let take = |word| {
                got.push(word);
                Ok::<_, Error>(())
            };
            run_words.each_within(batch_bytes, take).unwrap();
            assert_eq!(got[0].maps, array![[[1.0, 3.0]], [[0.0, 0.0]]]);
            assert_eq!(got[1].maps, array![[[3.0, 6.0]], [[0.0, 0.0]]]);
            assert_eq!((got[1].index, got[1].word.as_str()), (1, "girl"));
        }
        assert!(RunWords::new(&record, &words, &|_| false).is_empty());
        assert!(RunWords::new(&Record::default(), &words, &|_| true).is_empty());
    }
}
