//! A step's maps reduced to what is shown of them: one map for each part of the prompt.
//!
//! Each layer is reduced to parts first and resized after that, which is cheaper than resizing all its tokens, and one
//! layer is in memory at a time: of a prompt of many chunks they are large.

use ndarray::{Array3, ArrayView2, Axis};

use super::{layer_filter::LayerFilter, reading::Part};
use tauscope_core::{
    attention::{Excess, Grid, Place, aggregate_words},
    error::Result,
};
use tauscope_studio::painting::{KeptMaps, Painting};

/// The maps of all parts of a prompt, [parts, height, width], on the largest grid of the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PartMaps {
    /// Of which step, or until which one.
    step: usize,
    parts: Vec<Part>,
    maps: Array3<f32>,
    /// Where each map lies above its mean and how gathered it is, in the order of the parts. Logarithms are expensive:
    /// they are taken once, not at each frame.
    measured: Vec<(Excess, f32)>,
}

impl PartMaps {
    fn new(step: usize, parts: Vec<Part>, maps: Array3<f32>) -> Self {
        let measured = maps.outer_iter().map(|map| {
            let excess = Excess::of(map);
            let focus = excess.focus();
            (excess, focus)
        });
        Self { step, measured: measured.collect(), parts, maps }
    }

    /// The mean of this, a mean of `before` + 1 steps, and a step that follows.
    pub(super) fn mean_with(&self, next: &Self, before: usize) -> Self {
        let share = 1.0 / (before as f32 + 2.0);
        Self::new(next.step, next.parts.clone(), &self.maps * (1.0 - share) + &next.maps * share)
    }

    /// The step that they are of, or the last of those that they are the mean of.
    pub(super) fn step(&self) -> usize {
        self.step
    }

    /// Each part with how gathered it is.
    pub(super) fn focuses(&self) -> impl Iterator<Item = (Part, f32)> {
        self.parts.iter().zip(&self.measured).map(|(&part, &(_, focus))| (part, focus))
    }

    fn index_of(&self, part: Part) -> Option<usize> {
        self.parts.iter().position(|&other| other == part)
    }

    /// A part's map, [height, width].
    pub(super) fn of(&self, part: Part) -> Option<ArrayView2<'_, f32>> {
        Some(self.maps.index_axis(Axis(0), self.index_of(part)?))
    }

    /// How gathered a part's map is (method.md 7).
    pub(super) fn focus(&self, part: Part) -> Option<f32> {
        self.measured.get(self.index_of(part)?).map(|(_, focus)| *focus)
    }

    /// Where a part's map lies above its mean.
    pub(super) fn excess(&self, part: Part) -> Option<Excess> {
        self.measured.get(self.index_of(part)?).map(|(excess, _)| excess.clone())
    }

    /// Nearly all of what they take in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.maps.len() * (size_of::<f32>() + size_of::<f64>())
    }

    /// The largest value of a part's map.
    pub(super) fn max_of(&self, part: Part) -> f32 {
        self.of(part).map_or(0.0, |map| map.iter().copied().fold(0.0, f32::max))
    }

    /// The largest value of all of `parts`.
    pub(super) fn max_of_all(&self, parts: &[Part]) -> f32 {
        parts.iter().map(|&part| self.max_of(part)).fold(0.0, f32::max)
    }

    /// What a place looks at: parts and their values there, the strongest first.
    pub(super) fn ranking(&self, place: Place) -> Vec<(Part, f32)> {
        let here = at_place(&self.maps, place);
        let mut ranking: Vec<_> = self.parts.iter().copied().zip(here).collect();
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }
}

/// The values of maps [n, height, width] at a place.
pub(super) fn at_place(maps: &Array3<f32>, place: Place) -> Vec<f32> {
    let (_, height, width) = maps.dim();
    let patch = Grid::new(height, width).patch_at(place);
    maps.outer_iter().map(|map| map[[patch / width, patch % width]]).collect()
}

/// The maps of a step as `filter` chooses them; `None` if no layer is chosen. Reads `maps`, wherever they are kept.
///
/// # Errors
/// As [`KeptMaps::layer`].
pub(super) fn part_maps(
    painting: &Painting,
    step: usize,
    maps: &KeptMaps,
    filter: &LayerFilter,
) -> Result<Option<PartMaps>> {
    let parts = painting.words.all();
    let tokens: Vec<_> = parts.iter().map(|&part| painting.words.tokens_of(part)).collect();
    let read = |layer| maps.layer(layer).map(Into::into);
    let reduced = aggregate_words(&painting.layers, &tokens, |layer| filter.holds(layer), read)?;
    Ok(reduced.map(|maps| PartMaps::new(step, parts, maps)))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_place_ranks_its_words() {
        let maps = PartMaps::new(0, vec![Part::Word(0), Part::Start], array![[[0.1, 0.8]], [[0.5, 0.2]]]);
        let names =
            |x| maps.ranking(Place { x, y: 1.0 }).into_iter().map(|(part, _)| part).collect::<Vec<_>>();
        assert_eq!(names(0.0), [Part::Start, Part::Word(0)]);
        assert_eq!(names(1.0), [Part::Word(0), Part::Start]);
    }
}
