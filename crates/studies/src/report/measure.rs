//! One number an arm, of any of the report's sorts: what sweeps and trade-offs are drawn of.

use super::{
    alignment::{ALL_CHECKS, Alignment, MEAN_OF_KINDS, column_name},
    scores::{Scores, judges},
};
use crate::statistics::Interval;

/// What is measured of every arm.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    /// "all checks", "FID".
    pub(super) name: String,
    pub(super) unit: Unit,
    /// By arm.
    pub(super) values: Vec<Option<Value>>,
}

/// What the values are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Checks met, in percent.
    Percent,
    /// A judge's score of pictures.
    Score,
    /// A judge's score of a set.
    Set,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
}

/// All measures that any arm has.
pub(super) fn measures(alignment: &Alignment, scores: &[Scores]) -> Vec<Measure> {
    let checks = [ALL_CHECKS, MEAN_OF_KINDS].map(|column| {
        let values = alignment.rows.iter().map(|row| {
            let cell = row.cells[column];
            let interval = cell.interval.map(|interval| interval.times(100.0));
            Some(Value { value: 100.0 * cell.share?, interval })
        });
        Measure { name: column_name(column).to_owned(), unit: Unit::Percent, values: values.collect() }
    });
    let (of_pictures, of_sets) = judges(scores.iter());
    let of_pictures = of_pictures.into_iter().map(|judge| {
        let mean = |scores: &Scores| {
            scores.pictures.get(judge).map(|mean| Value { value: mean.mean, interval: mean.interval })
        };
        Measure { name: judge.to_owned(), unit: Unit::Score, values: scores.iter().map(mean).collect() }
    });
    let of_sets = of_sets.into_iter().map(|judge| {
        let value = |scores: &Scores| Some(Value { value: *scores.set.get(judge)?, interval: None });
        Measure { name: judge.to_owned(), unit: Unit::Set, values: scores.iter().map(value).collect() }
    });
    let all = checks.into_iter().chain(of_pictures).chain(of_sets);
    all.filter(|measure| measure.values.iter().any(Option::is_some)).collect()
}
