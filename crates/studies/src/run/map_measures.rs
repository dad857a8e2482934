//! What a picture's maps say, measured step by step, so that no map is kept (method.md 7).

use tauscope_core::{
    attention::{Excess, Noun, StepMaps, aggregate_words, leaks},
    diffusion::StepReport,
    error::Result,
    prompt::{Entities, Word},
};
use tauscope_studio::export::nouns;

/// The measures of a picture while it is painted.
pub(super) struct MapMeasures<'a> {
    words: &'a [Word],
    entities: Vec<Vec<Noun>>,
    last_step: usize,
    /// The worst leak of each step.
    leaks: Vec<f32>,
    focus: Option<f32>,
    overlap: Option<f32>,
}

impl<'a> MapMeasures<'a> {
    /// Of a picture of so many steps, whose prompt has these words and entities.
    pub(super) fn new(words: &'a [Word], entities: &Entities, steps: usize) -> Self {
        let entities = nouns(entities, words);
        let last_step = steps.saturating_sub(1);
        Self { words, entities, last_step, leaks: Vec::new(), focus: None, overlap: None }
    }

    /// Measures a step.
    ///
    /// # Errors
    /// If its maps do not belong to its layers.
    pub(super) fn step(&mut self, report: &StepReport) -> Result<()> {
        let is_last = report.index == self.last_step;
        let has_pairs = self.entities.iter().filter(|nouns| !nouns.is_empty()).count() > 1;
        if has_pairs {
            let neutral = self.excesses(report, report.neutral.as_ref().unwrap_or(&report.maps))?;
            self.leaks.extend(leaks(&neutral, &self.entities).first().map(|worst| worst.overlap));
            self.overlap = is_last.then(|| self.overlap(&neutral)).flatten();
        }
        if is_last {
            let used = self.excesses(report, &report.maps)?;
            let content = used.iter().zip(self.words).filter(|(_, word)| word.content);
            self.focus = mean(&content.map(|(excess, _)| excess.focus()).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Mean focus of the content words at the last step, on the maps that were used.
    pub(super) fn focus(&self) -> Option<f32> {
        self.focus
    }

    /// Largest overlap of the nouns of two entities at the last step, on neutral maps.
    pub(super) fn largest_overlap(&self) -> Option<f32> {
        self.overlap
    }

    /// The worst leak at a step, on neutral maps, mean over the steps.
    pub(super) fn leak(&self) -> Option<f32> {
        mean(&self.leaks)
    }

    /// Where each word's map, averaged over the layers, lies above its mean.
    fn excesses(&self, report: &StepReport, maps: &StepMaps) -> Result<Vec<Excess>> {
        let tokens: Vec<_> = self.words.iter().map(|word| word.tokens.as_slice()).collect();
        let maps =
            aggregate_words(&report.layers, &tokens, |_| true, |layer| Ok(maps.0[layer].view().into()))?;
        Ok(maps.map_or_else(
            || vec![Excess::default(); self.words.len()],
            |maps| maps.outer_iter().map(Excess::of).collect(),
        ))
    }

    fn overlap(&self, neutral: &[Excess]) -> Option<f32> {
        let heads: Vec<_> = self.entities.iter().filter_map(|nouns| Some(nouns.first()?.head)).collect();
        let pairs = heads.iter().enumerate().flat_map(|(at, &a)| heads[..at].iter().map(move |&b| (a, b)));
        pairs.map(|(a, b)| neutral[a].overlap(&neutral[b])).max_by(f32::total_cmp)
    }
}

fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}
