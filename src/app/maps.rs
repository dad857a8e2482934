//! Words' maps, derived from a painting once and kept: what tiles, overlay, filmstrip and the ranking at a place show.
//!
//! Each layer is reduced to words first and resized after that, which is cheaper than resizing its 77 tokens. One step
//! of SDXL at 1024 px still takes some 10 ms, so the filmstrip asks with a time budget
//! ([`Maps::step_within`]) and the rest follows in the next frames.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ndarray::{Array2, Array3, ArrayView2, Axis};

use super::{
    cache::Cache,
    layer_filter::LayerFilter,
    reading::Part,
    session::{Shown, Time},
};
use tauscope_core::{
    attention::{Excess, Grid, Layer, Place, StepMaps, aggregate, decided_at},
    prompt::PromptWords,
};
use tauscope_studio::painting::JobId;

/// What all kept maps may take.
const KEPT_BYTES: usize = 128 << 20;
/// How much one frame may spend on maps that can wait.
const FRAME_BUDGET: Duration = Duration::from_millis(6);

/// The maps of all parts of a prompt, [parts, height, width], on the largest grid of the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PartMaps {
    parts: Vec<Part>,
    maps: Array3<f32>,
    /// Where each map lies above its mean and how gathered it is, in the order of the parts. Logarithms are expensive:
    /// they are taken once, not at each frame.
    measured: Vec<(Excess, f32)>,
}

impl PartMaps {
    fn new(parts: Vec<Part>, maps: Array3<f32>) -> Self {
        let measured = maps.outer_iter().map(|map| {
            let excess = Excess::of(map);
            let focus = excess.focus();
            (excess, focus)
        });
        Self { measured: measured.collect(), parts, maps }
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

    fn bytes(&self) -> usize {
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

/// What is derived and kept.
pub(super) struct Maps {
    parts: Cache<PartsKey, Option<Arc<PartMaps>>>,
    focus: Cache<PartsKey, Arc<Focus>>,
    scores: Cache<StepKey, Arc<Array3<f32>>>,
    decided: Cache<(JobId, LayerFilter), Arc<Decisions>>,
    /// When this frame's budget is spent.
    deadline: Option<Instant>,
    /// Whether something was put off for lack of time.
    owes: bool,
}

/// A step of a painting, over some of its layers.
type StepKey = (JobId, LayerFilter, usize);
/// The content words with the steps from which they stay in their places.
pub(super) type Decisions = Vec<(Part, usize)>;
/// How gathered each part is at a step.
pub(super) type Focus = Vec<(Part, f32)>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum PartsKey {
    /// As used.
    Used(Time, StepKey),
    /// Before mask and weights, where these acted.
    Neutral(StepKey),
}

impl Default for Maps {
    fn default() -> Self {
        Self {
            parts: Cache::new(KEPT_BYTES),
            focus: Cache::new(KEPT_BYTES / 16),
            scores: Cache::new(KEPT_BYTES / 8),
            decided: Cache::new(KEPT_BYTES / 128),
            deadline: None,
            owes: false,
        }
    }
}

impl Maps {
    /// Begins a frame.
    pub(super) fn begin_frame(&mut self) {
        self.deadline = None;
        self.owes = false;
        self.parts.begin_frame();
        self.focus.begin_frame();
        self.scores.begin_frame();
        self.decided.begin_frame();
    }

    /// Whether another frame is needed to finish.
    pub(super) fn owes(&self) -> bool {
        self.owes
    }

    /// The maps of a step, made now if need be; `None` while a mean over many steps takes its time.
    pub(super) fn step(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        time: Time,
        step: usize,
    ) -> Option<Arc<PartMaps>> {
        match time {
            Time::Step => self.used(shown, filter, step),
            Time::MeanSoFar => self.mean(shown, filter, step),
        }
    }

    /// As [`Self::step`], but `None` once this frame has spent its time on new maps.
    pub(super) fn step_within(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        time: Time,
        step: usize,
    ) -> Option<Arc<PartMaps>> {
        let key = PartsKey::Used(time, (shown.painting.id, filter.clone(), step));
        match self.parts.find(&key) {
            None if self.is_late() => None,
            None => self.step(shown, filter, time, step),
            Some(found) => found,
        }
    }

    /// How gathered each part is at a step, if there was time to find out. Far smaller than the maps, which need not stay.
    pub(super) fn focus_within(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        time: Time,
        step: usize,
    ) -> Option<Arc<Focus>> {
        let key = PartsKey::Used(time, (shown.painting.id, filter.clone(), step));
        if let Some(found) = self.focus.find(&key) {
            return Some(found);
        }
        let maps = self.step_within(shown, filter, time, step)?;
        let measured = maps.parts.iter().zip(&maps.measured).map(|(&part, &(_, focus))| (part, focus));
        let made: Arc<Focus> = Arc::new(measured.collect());
        self.focus.insert(key, made.clone(), made.len() * size_of::<(Part, f32)>());
        Some(made)
    }

    /// Whether this frame's budget is spent; what can wait then follows in the next frame.
    fn is_late(&mut self) -> bool {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + FRAME_BUDGET);
        let is_late = Instant::now() > deadline;
        self.owes |= is_late;
        is_late
    }

    fn used(&mut self, shown: Shown<'_>, filter: &LayerFilter, step: usize) -> Option<Arc<PartMaps>> {
        let key = PartsKey::Used(Time::Step, (shown.painting.id, filter.clone(), step));
        // That a step is not painted yet is not worth remembering: it may be soon.
        let painted = shown.painting.steps.get(step)?;
        self.made(key, || part_maps(shown.words, &shown.painting.layers, &painted.maps.read().ok()?, filter))
    }

    /// The mean so far grows step by step from the newest mean that is kept.
    fn mean(&mut self, shown: Shown<'_>, filter: &LayerFilter, step: usize) -> Option<Arc<PartMaps>> {
        let key = |step| PartsKey::Used(Time::MeanSoFar, (shown.painting.id, filter.clone(), step));
        let kept = (0..=step).rev().find_map(|step| Some((step, self.parts.find(&key(step))??)));
        let (mut at, mut mean) = match kept {
            Some(kept) => kept,
            None => {
                let first = self.used(shown, filter, 0)?;
                self.parts.insert(key(0), Some(first.clone()), 0);
                (0, first)
            }
        };
        while at < step {
            if self.is_late() {
                return None;
            }
            let now = self.used(shown, filter, at + 1)?;
            let share = 1.0 / (at as f32 + 2.0);
            mean = self.made(key(at + 1), || {
                Some(PartMaps::new(now.parts.clone(), &mean.maps * (1.0 - share) + &now.maps * share))
            })?;
            at += 1;
        }
        Some(mean)
    }

    /// The maps of a step before mask and weights.
    pub(super) fn neutral(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        step: usize,
    ) -> Option<Arc<PartMaps>> {
        let Some(neutral) = &shown.painting.steps.get(step)?.neutral else {
            return self.used(shown, filter, step);
        };
        let key = PartsKey::Neutral((shown.painting.id, filter.clone(), step));
        self.made(key, || part_maps(shown.words, &shown.painting.layers, &neutral.read().ok()?, filter))
    }

    fn made(&mut self, key: PartsKey, make: impl FnOnce() -> Option<PartMaps>) -> Option<Arc<PartMaps>> {
        if let Some(found) = self.parts.find(&key) {
            return found;
        }
        // If no layer is chosen there are none, which is kept too.
        let made = make().map(Arc::new);
        self.parts.insert(key, made.clone(), made.as_ref().map_or(0, |made| made.bytes()));
        made
    }

    /// How much each place would look at each entity by itself, [entities, h, w]; none with fewer than two.
    pub(super) fn scores(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        step: usize,
    ) -> Option<Arc<Array3<f32>>> {
        let key = (shown.painting.id, filter.clone(), step);
        if let Some(found) = self.scores.find(&key) {
            return Some(found);
        }
        let layers = &shown.painting.layers;
        let target = layers.iter().map(|layer| layer.grid).max_by_key(|grid| grid.patches())?;
        let scores = layers.iter().zip(&shown.painting.steps.get(step)?.scores.0);
        let chosen = scores.filter(|(layer, _)| filter.holds(layer));
        let made = Arc::new(aggregate(chosen.map(|(layer, score)| (layer, score.view())), target)?);
        self.scores.insert(key, made.clone(), made.len() * size_of::<f32>());
        Some(made)
    }

    /// From which step on each content word of a finished painting stays where it ends, once there was time to
    /// find out (method.md 7).
    pub(super) fn decided(&mut self, shown: Shown<'_>, filter: &LayerFilter) -> Option<Arc<Decisions>> {
        shown.painting.image.as_ref()?;
        let key = (shown.painting.id, filter.clone());
        if let Some(found) = self.decided.find(&key) {
            return Some(found);
        }
        let steps = (0..shown.painting.steps.len())
            .map(|step| self.step_within(shown, filter, Time::Step, step))
            .collect::<Option<Vec<_>>>()?;
        let decided = shown.words.content().into_iter().filter_map(|part| {
            let places = steps.iter().map(|maps| maps.excess(part)).collect::<Option<Vec<_>>>()?;
            Some((part, decided_at(&places)?))
        });
        let made: Arc<Decisions> = Arc::new(decided.collect());
        self.decided.insert(key, made.clone(), made.len() * size_of::<(Part, usize)>());
        Some(made)
    }
}

fn part_maps(
    words: &PromptWords,
    layers: &[Layer],
    maps: &StepMaps,
    filter: &LayerFilter,
) -> Option<PartMaps> {
    let parts = words.all();
    let target = layers.iter().map(|layer| layer.grid).max_by_key(|grid| grid.patches())?;
    let chosen: Vec<(&Layer, Array2<f32>)> = layers
        .iter()
        .zip(&maps.0)
        .filter(|(layer, _)| filter.holds(layer))
        .map(|(layer, map)| (layer, columns(map, &parts, words)))
        .collect();
    let maps = aggregate(chosen.iter().map(|(layer, map)| (*layer, map.view())), target)?;
    Some(PartMaps::new(parts, maps))
}

/// From [patches, tokens] to [patches, parts]: the mean over each part's tokens.
fn columns(map: &Array2<f32>, parts: &[Part], words: &PromptWords) -> Array2<f32> {
    let mut columns = Array2::zeros((map.nrows(), parts.len()));
    for (index, &part) in parts.iter().enumerate() {
        let tokens: Vec<_> =
            words.tokens_of(part).iter().copied().filter(|&token| token < map.ncols()).collect();
        let share = 1.0 / tokens.len().max(1) as f32;
        let mut column = columns.column_mut(index);
        for token in tokens {
            column.scaled_add(share, &map.column(token));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use tauscope_core::{
        attention::{StepScores, word_map},
        diffusion::Settings,
        prompt::Word,
    };
    use tauscope_studio::painting::{KeptMaps, PaintedStep, Painting};

    fn painting() -> Arc<Painting> {
        let word = |text: &str, tokens: &[usize], content| Word {
            text: text.to_owned(),
            source: 0..0,
            tokens: tokens.to_vec(),
            pieces: vec![],
            content,
            weight: 1.0,
        };
        let words = PromptWords {
            list: vec![word("a", &[1], false), word("umbrella", &[2, 3], true)],
            start: vec![0],
            ..PromptWords::default()
        };
        let layer = |name: &str, side| Layer { name: name.to_owned(), grid: Grid::new(side, side), count: 1 };
        let step = |index: usize| {
            let value = |patch: usize, token: usize| (patch * 7 + token * 3 + index) as f32;
            Arc::new(PaintedStep {
                index,
                timestep: 0.0,
                preview: Array3::zeros((3, 2, 2)),
                maps: KeptMaps::from(&StepMaps(vec![
                    Array2::from_shape_fn((4, 4), |(n, t)| value(n, t)),
                    Array2::from_shape_fn((1, 4), |(n, t)| value(n, t)),
                ])),
                neutral: None,
                scores: StepScores::default(),
                steer: Arc::default(),
                checkpoint: None,
                elapsed: Duration::ZERO,
            })
        };
        let painting = Painting {
            words: Arc::new(words),
            layers: vec![layer("down_blocks.1.attentions.0", 2), layer("mid_block.attentions.0", 1)],
            steps: vec![step(0), step(1), step(2)],
            ..Painting::new(JobId(1), "Scenes", Settings::default())
        };
        Arc::new(painting)
    }

    /// What method.md 5 says, word for word: resize every token, average layers, average tokens.
    #[test]
    fn words_first_equals_words_last() {
        let painting = painting();
        let shown = Shown::of(&painting);
        let maps = Maps::default().step(shown, &LayerFilter::All, Time::Step, 1).unwrap();
        let recorded = painting.steps[1].maps.read().unwrap();
        let layers = painting.layers.iter().zip(&recorded.0);
        let naive = aggregate(layers.map(|(l, m)| (l, m.view())), Grid::new(2, 2)).unwrap();
        let expected = word_map(naive.view(), &[2, 3]);
        let got = maps.of(Part::Word(1)).unwrap();
        assert!((&got - &expected).iter().all(|d| d.abs() < 1e-4), "{got} {expected}");
    }

    #[test]
    fn the_mean_so_far_is_the_mean() {
        let painting = painting();
        let shown = Shown::of(&painting);
        let mut maps = Maps::default();
        let mean = maps.step(shown, &LayerFilter::All, Time::MeanSoFar, 2).unwrap();
        let each: Vec<_> =
            (0..3).map(|i| maps.step(shown, &LayerFilter::All, Time::Step, i).unwrap()).collect();
        let expected = (&each[0].maps + &each[1].maps + &each[2].maps) / 3.0;
        assert!((&mean.maps - &expected).iter().all(|d| d.abs() < 1e-4));
    }

    #[test]
    fn a_place_ranks_its_words() {
        let maps = PartMaps::new(vec![Part::Word(0), Part::Start], array![[[0.1, 0.8]], [[0.5, 0.2]]]);
        let names =
            |x| maps.ranking(Place { x, y: 1.0 }).into_iter().map(|(part, _)| part).collect::<Vec<_>>();
        assert_eq!(names(0.0), [Part::Start, Part::Word(0)]);
        assert_eq!(names(1.0), [Part::Word(0), Part::Start]);
    }
}
