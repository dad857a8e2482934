//! The three controls on and off in all eight ways (the paper's Table 3).

use super::{
    Arm, Report,
    alignment::Alignment,
    numbers::{percent, points, score},
    scores::judges,
    table::{Entry, Table},
    tables,
};
use crate::run::Results;

/// The controls, by the names of their axes.
const CONTROLS: [&str; 3] = ["tau", "mask", "weights"];

/// Whether a run's axes are on and off, not a sweep.
pub(super) fn is_ablation(results: &Results) -> bool {
    results.study == "ablation"
}

/// A table of all prompts and of each half; none if no run is an ablation.
pub(super) fn ablation(report: &Report) -> Vec<Table> {
    let mut arms: Vec<(usize, [bool; 3])> =
        report.arms.iter().enumerate().filter_map(|(at, arm)| Some((at, controls(arm)?))).collect();
    // None, each alone, two of them, all; tau before mask before weights. Stable, so runs stay in their order.
    arms.sort_by_key(|(_, on)| (on.iter().filter(|on| **on).count(), on.map(|on| !on)));
    if arms.is_empty() {
        return Vec::new();
    }
    let (of_pictures, of_sets) = judges(arms.iter().map(|(at, _)| &report.arms[*at].scores));
    let halves =
        report.alignments.iter().enumerate().filter(|(_, alignment)| alignment.selection.level.is_none());
    let table = |(which, alignment): (usize, &Alignment)| {
        // Scores are means over all prompts.
        let has_scores = which == 0;
        let rows = arms.iter().map(|&(at, on)| {
            let row = &alignment.rows[at];
            let marks = on.map(|on| Entry::from(if on { "✓" } else { "–" }));
            let cells = row.cells.iter().map(|cell| {
                let note = cell.difference.map(|difference| points(difference.share));
                cell.share.map_or_else(Entry::none, |share| Entry::new(percent(share), note))
            });
            let scores = &report.arms[at].scores;
            let pictures = of_pictures.iter().map(|&judge| scores.pictures.get(judge).map(|mean| mean.mean));
            let sets = of_sets.iter().map(|&judge| scores.set.get(judge).copied());
            let scores = pictures.chain(sets).filter(|_| has_scores);
            let scores = scores.map(|value| value.map_or_else(Entry::none, |value| score(value).into()));
            std::iter::once(row.arm.as_str().into()).chain(marks).chain(cells).chain(scores).collect()
        });
        let mut header = tables::header();
        header.splice(1..1, ["temperature", "mask", "weights"].map(str::to_owned));
        header
            .extend(of_pictures.iter().chain(&of_sets).filter(|_| has_scores).map(|&judge| judge.to_owned()));
        Table {
            title: format!("Ablation: {}", alignment.of),
            caption: format!(
                "{} prompts. The three controls on (✓) and off (–). Percent of the answered checks that are met, and \
                 the points more or fewer than {}; the tables of differences have their intervals and tests.",
                alignment.prompts, report.arms[0].name
            ),
            header,
            rows: rows.collect(),
        }
    };
    halves.map(table).collect()
}

/// Which controls an arm of an ablation has on.
fn controls(arm: &Arm) -> Option<[bool; 3]> {
    let is_on = |axis: &str| arm.line.axes.get(axis).map(|&value| value != 0.0);
    let [tau, mask, weights] = CONTROLS.map(is_on);
    if arm.is_ablation { Some([tau?, mask?, weights?]) } else { None }
}
