//! A report as CSV: one number a line with everything that it is of, for other programs' tables.

use std::io;

use serde::Serialize;

use super::{Report, alignment::column_name, answer::Counts, numbers::plain, side::Side};
use crate::{run::ArmLine, study::StudyPrompt};
use tauscope_core::error::{Error, Result};

/// A line of `prompts.csv`: a prompt under an arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct PromptRecord {
    number: usize,
    prompt: String,
    kind: Option<&'static str>,
    level: Option<String>,
    half: Option<String>,
    arm: String,
    met: usize,
    asked: usize,
    cannot_tell: usize,
    not_judged: usize,
}

/// A line of `checks.csv`.
#[derive(Serialize)]
struct CheckRecord<'a> {
    of: &'a str,
    prompts: usize,
    arm: &'a str,
    axes: &'a str,
    checks: &'a str,
    met: usize,
    asked: usize,
    cannot_tell: usize,
    not_judged: usize,
    pictures_failed: usize,
    pictures_missing: usize,
    share: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    difference: Option<f64>,
    difference_low: Option<f64>,
    difference_high: Option<f64>,
    asked_of_both: Option<usize>,
    better: Option<usize>,
    worse: Option<usize>,
    p: Option<f64>,
}

/// A line of `scores.csv`.
#[derive(Serialize)]
struct ScoreRecord<'a> {
    arm: &'a str,
    axes: &'a str,
    guidance_scale: Option<f32>,
    score: &'a str,
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
    pictures: Option<usize>,
}

/// A line of `leak.csv`.
#[derive(Serialize)]
struct LeakRecord<'a> {
    arm: &'a str,
    prompt: usize,
    sample: usize,
    leak: f64,
    wrong_colour: bool,
}

/// Every prompt under every arm.
pub(super) fn prompts(prompts: &[&StudyPrompt], sides: &[Side<'_>]) -> Vec<PromptRecord> {
    let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let mut records = Vec::new();
    for (place, prompt) in prompts.iter().enumerate() {
        for side in sides {
            let mut counts = Counts::default();
            side.answers[place].iter().for_each(|&answer| counts.count(answer));
            let Counts { met, asked, cannot_tell, not_judged } = counts;
            records.push(PromptRecord {
                number: prompt.number,
                prompt: prompt.prompt.clone(),
                kind: prompt.kind.map(|kind| kind.word()),
                level: word(serde_json::json!(prompt.level)),
                half: word(serde_json::json!(prompt.half)),
                arm: side.name.clone(),
                met,
                asked,
                cannot_tell,
                not_judged,
            });
        }
    }
    records
}

/// The files with their names.
///
/// # Errors
/// [`Error::Internal`] if a record is no line of CSV.
pub(super) fn files(report: &Report) -> Result<Vec<(String, Vec<u8>)>> {
    let axes: Vec<String> = report.arms.iter().map(|arm| axes_of(&arm.line)).collect();
    let leaks = report.leaks.iter().flat_map(|leaks| {
        leaks.points.iter().map(|point| LeakRecord {
            arm: &leaks.arm,
            prompt: point.prompt,
            sample: point.sample,
            leak: point.leak,
            wrong_colour: point.wrong,
        })
    });
    let files = [
        ("checks.csv", csv(checks(report, &axes))?),
        ("scores.csv", csv(scores(report, &axes))?),
        ("prompts.csv", csv(&report.prompts)?),
        ("leak.csv", csv(leaks)?),
    ];
    Ok(files
        .into_iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect())
}

fn checks<'a>(report: &'a Report, axes: &'a [String]) -> impl Iterator<Item = CheckRecord<'a>> {
    report.alignments.iter().flat_map(move |alignment| {
        alignment.rows.iter().zip(axes).flat_map(move |(row, axes)| {
            row.cells.iter().enumerate().map(move |(column, cell)| CheckRecord {
                of: &alignment.of,
                prompts: alignment.prompts,
                arm: &row.arm,
                axes,
                checks: column_name(column),
                met: cell.counts.met,
                asked: cell.counts.asked,
                cannot_tell: cell.counts.cannot_tell,
                not_judged: cell.counts.not_judged,
                pictures_failed: row.pictures.failed,
                pictures_missing: row.pictures.missing,
                share: cell.share,
                low: cell.interval.map(|interval| interval.low),
                high: cell.interval.map(|interval| interval.high),
                difference: cell.difference.map(|difference| difference.share),
                difference_low: cell.difference.and_then(|difference| Some(difference.interval?.low)),
                difference_high: cell.difference.and_then(|difference| Some(difference.interval?.high)),
                asked_of_both: cell.difference.map(|difference| difference.asked),
                better: cell.difference.map(|difference| difference.better),
                worse: cell.difference.map(|difference| difference.worse),
                p: cell.difference.and_then(|difference| difference.p),
            })
        })
    })
}

fn scores<'a>(report: &'a Report, axes: &'a [String]) -> impl Iterator<Item = ScoreRecord<'a>> {
    report.arms.iter().zip(axes).flat_map(|(arm, axes)| {
        let record = |score, value| ScoreRecord {
            arm: &arm.name,
            axes,
            guidance_scale: arm.line.guidance_scale,
            score,
            value,
            low: None,
            high: None,
            pictures: None,
        };
        let seconds = arm.scores.seconds.iter().map(|seconds| ("seconds a picture", seconds));
        let means = arm.scores.pictures.iter().map(|(judge, mean)| (judge.as_str(), mean)).chain(seconds);
        let means = means.map(move |(score, mean)| ScoreRecord {
            low: mean.interval.map(|interval| interval.low),
            high: mean.interval.map(|interval| interval.high),
            pictures: Some(mean.pictures),
            ..record(score, mean.mean)
        });
        means.chain(arm.scores.set.iter().map(move |(judge, &value)| record(judge, value)))
    })
}

/// "strength=1 tau=0.7".
fn axes_of(arm: &ArmLine) -> String {
    let axes = arm.axes.iter().map(|(axis, &value)| format!("{axis}={}", plain(value)));
    axes.collect::<Vec<_>>().join(" ")
}

fn csv<T: Serialize>(records: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let write = || -> io::Result<Vec<u8>> {
        for record in records {
            writer.serialize(record)?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    };
    write().map_err(|error| Error::Internal(format!("a table is no CSV ({error}).")))
}
