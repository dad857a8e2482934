//! Words' maps, derived from a painting once and kept: what tiles, overlay, filmstrip and the ranking at a place show.
//!
//! One step of SDXL at 1024 px takes some 10 ms, so the filmstrip asks with a time budget ([`Maps::step_within`]) and the
//! rest follows in the next frames. Maps that went to a file, or that are too many, come from the [`MapReader`]; until then
//! what was shown last stays. A step whose maps are gone shows none.

mod keys;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ndarray::Array3;

pub(super) use keys::PartsKey;
use keys::{Kind, StepKey};

use super::{
    cache::Cache,
    layer_filter::LayerFilter,
    map_reader::{Answer, MapReader, Question},
    part_maps::{PartMaps, part_maps},
    reading::Part,
    session::{Shown, Time},
};
use tauscope_core::{
    attention::{aggregate, decided_at, display_grid},
    error::Error,
};
use tauscope_studio::painting::{JobId, KeptMaps};

/// What all kept maps may take.
const KEPT_BYTES: usize = 128 << 20;
/// How much one frame may spend on maps that can wait.
const FRAME_BUDGET: Duration = Duration::from_millis(6);
/// Maps of a step that are larger are reduced on the reader's thread even if they are in memory: SDXL's at 1024 px are
/// 16 MB for each 77 tokens.
const AT_ONCE_BYTES: usize = 64 << 20;

/// What is derived and kept.
pub(super) struct Maps {
    /// `None` for a step that has none.
    parts: Cache<PartsKey, Option<Arc<PartMaps>>>,
    focus: Cache<PartsKey, Arc<Focus>>,
    scores: Cache<StepKey, Arc<Array3<f32>>>,
    decided: Cache<(JobId, LayerFilter), Arc<Decisions>>,
    nearness: Cache<StepKey, Arc<Vec<f32>>>,
    /// What was shown last of a painting.
    latest: Cache<(JobId, LayerFilter, Kind), Arc<PartMaps>>,
    reader: Option<MapReader>,
    /// What the reader was asked for and has not answered.
    asked: Option<PartsKey>,
    /// What this frame lacked, and whether it is shown large.
    missing: Option<(Question, bool)>,
    /// When this frame's budget is spent.
    deadline: Option<Instant>,
    /// Whether something was put off for lack of time.
    owes: bool,
}

/// A step's maps, or why there are none.
type Found = Result<Arc<PartMaps>, Lack>;

/// Why there are no maps.
enum Lack {
    /// They are being read, or have their turn in a later frame.
    NotYet,
    /// No layer is chosen, or they are gone or cannot be read.
    Never,
}

/// The content words with the steps from which they stay in their places.
pub(super) type Decisions = Vec<(Part, usize)>;
/// How gathered each part is at a step.
pub(super) type Focus = Vec<(Part, f32)>;

impl Maps {
    /// None yet. `wake` is called when maps have been read that were not at hand.
    pub(super) fn new(wake: impl Fn() + Send + 'static) -> Self {
        Self {
            parts: Cache::new(KEPT_BYTES),
            focus: Cache::new(KEPT_BYTES / 16),
            scores: Cache::new(KEPT_BYTES / 8),
            decided: Cache::new(KEPT_BYTES / 128),
            nearness: Cache::new(KEPT_BYTES / 128),
            latest: Cache::new(KEPT_BYTES / 8),
            // Without a thread what lies in files is not shown.
            reader: MapReader::start(wake).ok(),
            asked: None,
            missing: None,
            deadline: None,
            owes: false,
        }
    }

    /// Takes in what the reader has read; gives what it could not read.
    pub(super) fn take_in(&mut self) -> Vec<Error> {
        let mut failures = Vec::new();
        while let Some(Answer { key, made }) = self.reader.as_ref().and_then(MapReader::poll) {
            self.asked = None;
            let made = made.unwrap_or_else(|error| {
                failures.push(error);
                None
            });
            self.keep(key, made);
        }
        failures
    }

    /// Begins a frame.
    pub(super) fn begin_frame(&mut self) {
        self.deadline = None;
        self.owes = false;
        self.parts.begin_frame();
        self.focus.begin_frame();
        self.scores.begin_frame();
        self.decided.begin_frame();
        self.nearness.begin_frame();
        self.latest.begin_frame();
    }

    /// Ends a frame: what it lacked is asked for, one thing at a time, so that the reader is never behind what is shown.
    /// Whether another frame is needed to finish.
    pub(super) fn end_frame(&mut self) -> bool {
        if let (Some((question, _)), None, Some(reader)) = (self.missing.take(), &self.asked, &self.reader) {
            self.asked = Some(question.key.clone());
            reader.ask(question);
        }
        self.owes
    }

    /// The maps of a step, made now if need be. Those that were shown last while these are read or a mean over many steps
    /// takes its time: [`PartMaps::step`] tells. `None` also if the step has none.
    pub(super) fn step(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        time: Time,
        step: usize,
    ) -> Option<Arc<PartMaps>> {
        let found = self.at(shown, filter, time, step, true);
        self.or_latest(found, (shown.painting.id, filter.clone(), Kind::Used(time)))
    }

    fn at(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        time: Time,
        step: usize,
        is_large: bool,
    ) -> Found {
        match time {
            Time::Step => self.used(shown, filter, step, is_large),
            Time::MeanSoFar => self.mean(shown, filter, step, is_large),
        }
    }

    fn or_latest(&mut self, found: Found, key: (JobId, LayerFilter, Kind)) -> Option<Arc<PartMaps>> {
        match found {
            Ok(maps) => {
                self.latest.insert(key, Arc::clone(&maps), maps.bytes());
                Some(maps)
            }
            Err(Lack::NotYet) => self.latest.find(&key),
            Err(Lack::Never) => None,
        }
    }

    /// As [`Self::step`], but `None` once this frame has spent its time on new maps, and while they are read.
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
            None => self.at(shown, filter, time, step, false).ok(),
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
        let made: Arc<Focus> = Arc::new(maps.focuses().collect());
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

    fn used(&mut self, shown: Shown<'_>, filter: &LayerFilter, step: usize, is_large: bool) -> Found {
        let key = PartsKey::Used(Time::Step, (shown.painting.id, filter.clone(), step));
        // That a step is not painted yet is not worth remembering: it may be soon.
        let painted = shown.painting.steps.get(step).ok_or(Lack::NotYet)?;
        self.reduced(key, shown, &painted.maps, is_large)
    }

    /// The mean so far grows step by step from the newest mean that is kept.
    fn mean(&mut self, shown: Shown<'_>, filter: &LayerFilter, step: usize, is_large: bool) -> Found {
        let key = |step| PartsKey::Used(Time::MeanSoFar, (shown.painting.id, filter.clone(), step));
        let kept = (0..=step).rev().find_map(|step| Some((step, self.parts.find(&key(step))??)));
        let (mut at, mut mean) = match kept {
            Some(kept) => kept,
            None => {
                let first = self.used(shown, filter, 0, is_large)?;
                self.parts.insert(key(0), Some(first.clone()), 0);
                (0, first)
            }
        };
        while at < step {
            if self.is_late() {
                return Err(Lack::NotYet);
            }
            let now = self.used(shown, filter, at + 1, is_large)?;
            mean = self.keep(key(at + 1), Some(mean.mean_with(&now, at))).ok_or(Lack::Never)?;
            at += 1;
        }
        Ok(mean)
    }

    /// The maps of a step before mask and weights, or those that were shown last while these are read. `None` also if the
    /// step has none.
    pub(super) fn neutral(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        step: usize,
    ) -> Option<Arc<PartMaps>> {
        let found = match &shown.painting.steps.get(step)?.neutral {
            Some(neutral) => {
                let key = PartsKey::Neutral((shown.painting.id, filter.clone(), step));
                self.reduced(key, shown, neutral, false)
            }
            None => self.used(shown, filter, step, false),
        };
        self.or_latest(found, (shown.painting.id, filter.clone(), Kind::Neutral))
    }

    /// What is kept under `key`, or else what is made of `maps`: at once if they are at hand, and otherwise later.
    fn reduced(&mut self, key: PartsKey, shown: Shown<'_>, maps: &KeptMaps, is_large: bool) -> Found {
        if let Some(found) = self.parts.find(&key) {
            return found.ok_or(Lack::Never);
        }
        if maps.are_on_disk() || maps.bytes() > AT_ONCE_BYTES {
            if self.reader.is_none() {
                return Err(Lack::Never);
            }
            if self.missing.as_ref().is_none_or(|(_, other_is_large)| is_large && !other_is_large) {
                let question = Question { key, painting: Arc::clone(shown.painting) };
                self.missing = Some((question, is_large));
            }
            return Err(Lack::NotYet);
        }
        let (_, filter, step) = key.of();
        // Memory can be read; what had no room there was told, and is not shown.
        let made = part_maps(shown.painting, *step, maps, filter).ok().flatten();
        self.keep(key, made).ok_or(Lack::Never)
    }

    /// That there are no maps is kept too.
    fn keep(&mut self, key: PartsKey, made: Option<PartMaps>) -> Option<Arc<PartMaps>> {
        let made = made.map(Arc::new);
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
        let target = display_grid(layers)?;
        let scores = layers.iter().zip(&shown.painting.steps.get(step)?.scores.0);
        let chosen = scores.filter(|(layer, _)| filter.holds(layer));
        let made = Arc::new(aggregate(chosen.map(|(layer, score)| (layer, score.view())), target)?);
        self.scores.insert(key, made.clone(), made.len() * size_of::<f32>());
        Some(made)
    }

    /// How far each content word overlaps its final place at a step, if there was time to find out. Far smaller than the
    /// maps, which need not stay.
    fn nearness_within(
        &mut self,
        shown: Shown<'_>,
        filter: &LayerFilter,
        step: usize,
        last: &PartMaps,
    ) -> Option<Arc<Vec<f32>>> {
        let key = (shown.painting.id, filter.clone(), step);
        if let Some(found) = self.nearness.find(&key) {
            return Some(found);
        }
        let maps = self.step_within(shown, filter, Time::Step, step)?;
        let near = |part| Some(maps.excess(part)?.overlap(&last.excess(part)?));
        let made: Arc<Vec<f32>> =
            Arc::new(shown.words.content().into_iter().map(|part| near(part).unwrap_or(0.0)).collect());
        self.nearness.insert(key, made.clone(), made.len() * size_of::<f32>());
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
        let last = shown.painting.steps.len().checked_sub(1)?;
        let last_maps = self.step_within(shown, filter, Time::Step, last)?;
        let steps = (0..=last).map(|step| self.nearness_within(shown, filter, step, &last_maps));
        let steps = steps.collect::<Option<Vec<_>>>()?;
        let decided =
            shown.words.content().into_iter().enumerate().filter_map(|(at, part)| {
                Some((part, decided_at(steps.iter().map(|nearness| nearness[at]))?))
            });
        let made: Arc<Decisions> = Arc::new(decided.collect());
        self.decided.insert(key, made.clone(), made.len() * size_of::<(Part, usize)>());
        Some(made)
    }
}

#[cfg(test)]
mod tests;
