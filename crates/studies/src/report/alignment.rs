//! How many checks each arm meets, by kind, and how it compares with the first arm (the paper's Table 2).

use std::{array, ops::AddAssign};

use serde::Serialize;

use super::{
    answer::{Counts, Pairs},
    selection::Selection,
    side::{Pictures, Side},
};
use crate::{
    statistics::{Interval, bootstrap, mcnemar},
    study::{Kind, StudyPrompt},
};

const KINDS: usize = Kind::ALL.len();

/// The kinds, then all checks, then the mean of kinds.
pub(super) const COLUMNS: usize = KINDS + 2;
pub(super) const ALL_CHECKS: usize = KINDS;
pub(super) const MEAN_OF_KINDS: usize = KINDS + 1;

/// Fixed, so that the same answers give the same intervals.
const SEED: u64 = 14;

/// A column's name in tables.
pub(super) fn column_name(column: usize) -> &'static str {
    Kind::ALL
        .get(column)
        .map_or(if column == ALL_CHECKS { "all checks" } else { "mean of kinds" }, |kind| kind.word())
}

/// The table of some prompts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Alignment {
    /// Of which prompts, in words.
    pub(super) of: String,
    #[serde(flatten)]
    pub(super) selection: Selection,
    /// How many prompts.
    pub(super) prompts: usize,
    /// An arm each.
    pub(super) rows: Vec<Row>,
}

/// An arm's line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) arm: String,
    pub(super) pictures: Pictures,
    /// By column.
    pub(super) cells: [Cell; COLUMNS],
}

/// One number of the table, as a share in 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Cell {
    /// All checks' for the mean of kinds.
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// Share of the answered checks that are met.
    pub(super) share: Option<f64>,
    /// Wilson's interval; of the mean of kinds the bootstrap's.
    pub(super) interval: Option<Interval>,
    /// To the first arm; `None` for the first arm itself.
    pub(super) difference: Option<Difference>,
}

/// An arm compared with the first one, over the checks that are answered under both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    pub(super) asked: usize,
    /// Difference of the shares.
    pub(super) share: f64,
    /// Paired bootstrap over prompts.
    pub(super) interval: Option<Interval>,
    /// Checks met under this arm alone.
    pub(super) better: usize,
    /// Checks met under the first arm alone.
    pub(super) worse: usize,
    /// McNemar's exact test; the mean of kinds has none.
    pub(super) p: Option<f64>,
}

impl Alignment {
    /// The table of a selection; the first side is what the others are compared with.
    pub(super) fn of(selection: Selection, prompts: &[&StudyPrompt], sides: &[Side<'_>]) -> Self {
        let taken = selection.of(prompts);
        let rows = sides.iter().enumerate().map(|(at, side)| {
            let sums: Vec<Sums> = taken
                .iter()
                .map(|&(place, prompt)| Sums::of(prompt, side, (at > 0).then_some(&sides[0]), place))
                .collect();
            Row { arm: side.name.clone(), pictures: Pictures::of(side, &taken), cells: cells(&sums, at > 0) }
        });
        Self { of: selection.words(prompts), selection, prompts: taken.len(), rows: rows.collect() }
    }
}

/// What is counted of one prompt, or of several, by kind.
#[derive(Clone, Copy, Default)]
struct Sums {
    own: [Counts; KINDS],
    pairs: [Pairs; KINDS],
}

impl Sums {
    fn of(prompt: &StudyPrompt, side: &Side<'_>, first: Option<&Side<'_>>, place: usize) -> Self {
        let mut sums = Self::default();
        let kinds = || prompt.checks.iter().map(|check| check.kind as usize).cycle();
        for (kind, &answer) in kinds().zip(&side.answers[place]) {
            sums.own[kind].count(answer);
        }
        if let Some(first) = first {
            let both = first.answers[place].iter().zip(&side.answers[place]);
            for (kind, (&before, &now)) in kinds().zip(both) {
                sums.pairs[kind].count(before, now);
            }
        }
        sums
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        for kind in 0..KINDS {
            self.own[kind] += other.own[kind];
            self.pairs[kind] += other.pairs[kind];
        }
    }
}

/// Of [`Sums`], what shares are made of: small, since the bootstrap adds it up millions of times.
#[derive(Clone, Copy, Default)]
struct Ratios {
    own: [Ratio; KINDS],
    pairs: [Ratio; KINDS],
}

#[derive(Clone, Copy, Default)]
struct Ratio {
    part: i32,
    whole: i32,
}

impl Ratios {
    fn of(sums: &Sums) -> Self {
        let ratio = |part, whole| Ratio { part, whole: whole as i32 };
        Self {
            own: sums.own.map(|counts| ratio(counts.met as i32, counts.asked)),
            pairs: sums.pairs.map(|pairs| ratio(pairs.better as i32 - pairs.worse as i32, pairs.asked)),
        }
    }
}

impl AddAssign for Ratios {
    fn add_assign(&mut self, other: Self) {
        for kind in 0..KINDS {
            self.own[kind] += other.own[kind];
            self.pairs[kind] += other.pairs[kind];
        }
    }
}

impl Ratio {
    fn share(self) -> Option<f64> {
        (self.whole > 0).then(|| f64::from(self.part) / f64::from(self.whole))
    }
}

impl AddAssign for Ratio {
    fn add_assign(&mut self, other: Self) {
        self.part += other.part;
        self.whole += other.whole;
    }
}

fn cells(prompts: &[Sums], is_compared: bool) -> [Cell; COLUMNS] {
    let mut sum = Sums::default();
    prompts.iter().for_each(|&prompt| sum += prompt);
    let ratios: Vec<Ratios> = prompts.iter().map(Ratios::of).collect();
    // The differences of all columns, then the mean of kinds itself.
    let intervals = bootstrap(&ratios, SEED, |sum| {
        let (differences, mean) = (shares(&sum.pairs), shares(&sum.own)[MEAN_OF_KINDS]);
        array::from_fn::<_, { COLUMNS + 1 }, _>(|at| differences.get(at).copied().unwrap_or(mean))
    });
    let ratios = Ratios::of(&sum);
    let (own_shares, differences) = (shares(&ratios.own), shares(&ratios.pairs));
    array::from_fn(|column| {
        let is_mean = column == MEAN_OF_KINDS;
        let counts = sum.own.get(column).copied().unwrap_or_else(|| total(&sum.own));
        let pairs = sum.pairs.get(column).copied().unwrap_or_else(|| total(&sum.pairs));
        let difference = differences[column].filter(|_| is_compared).map(|share| Difference {
            asked: pairs.asked,
            share,
            interval: intervals[column],
            better: pairs.better,
            worse: pairs.worse,
            p: (!is_mean).then(|| mcnemar(pairs.better, pairs.worse)),
        });
        let interval = if is_mean { intervals[COLUMNS] } else { counts.interval() };
        Cell { counts, share: own_shares[column], interval, difference }
    })
}

/// A share of each column: the kinds', that of all checks, the mean over the kinds that have one.
fn shares(kinds: &[Ratio; KINDS]) -> [Option<f64>; COLUMNS] {
    let mut columns = [None; COLUMNS];
    let (mut sum, mut asked) = (0.0, 0.0);
    for (column, &kind) in columns.iter_mut().zip(kinds) {
        *column = kind.share();
        if let Some(share) = *column {
            sum += share;
            asked += 1.0;
        }
    }
    columns[ALL_CHECKS] = total(kinds).share();
    columns[MEAN_OF_KINDS] = (asked > 0.0).then(|| sum / asked);
    columns
}

fn total<T: Copy + Default + AddAssign>(kinds: &[T; KINDS]) -> T {
    let mut total = T::default();
    kinds.iter().for_each(|&kind| total += kind);
    total
}
