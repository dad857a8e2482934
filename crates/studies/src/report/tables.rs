//! The report's tables, in the order in which they are read.

use super::{
    Report,
    ablation::ablation,
    alignment::{Alignment, COLUMNS, Cell, Difference, Row, column_name},
    numbers::{NONE, p_value, percent, percent_interval, points, points_interval, score},
    scores::{Mean, judges},
    table::{Entry, Table, Verdict},
};
use crate::statistics::Interval;

/// All that there is something to tell in.
pub(super) fn all(report: &Report) -> Vec<Table> {
    let (of_levels, of_halves): (Vec<_>, Vec<_>) =
        report.alignments.iter().partition(|alignment| alignment.selection.level.is_some());
    let mut tables = alignments(report, &of_halves);
    tables.extend(ablation(report));
    tables.extend(scores(report));
    tables.extend(leaks(report));
    tables.extend(agreement(report));
    tables.push(pictures(report));
    tables.extend(alignments(report, &of_levels));
    tables.push(arms(report));
    tables.push(runs(report));
    tables
}

/// What each arm meets, and how it compares; none while nothing is answered.
fn alignments(report: &Report, alignments: &[&Alignment]) -> Vec<Table> {
    let mut tables = Vec::new();
    for alignment in alignments.iter().filter(|_| report.has_answers()) {
        tables.push(checks(alignment));
        if report.arms.len() > 1 {
            tables.push(differences(alignment, &report.arms[0].name));
        }
    }
    tables
}

fn checks(alignment: &Alignment) -> Table {
    Table {
        title: format!("Checks met: {}", alignment.of),
        caption: format!(
            "{} prompts. Percent of the answered checks that are met, by kind, with Wilson's 95 % interval; mean of \
             kinds: every kind counts alike, with the interval of a bootstrap over prompts.",
            alignment.prompts
        ),
        header: header(),
        rows: alignment.rows.iter().map(|row| entries(row, share)).collect(),
    }
}

fn differences(alignment: &Alignment, first: &str) -> Table {
    Table {
        title: format!("Difference to {first}: {}", alignment.of),
        caption: format!(
            "{} prompts. Points more (+) or fewer (−) than {first} on the checks that are answered under both arms, \
             with the 95 % interval of a paired bootstrap over prompts; checks that only this arm meets (+) and that \
             only {first} meets (−), with McNemar's exact two-sided test.",
            alignment.prompts
        ),
        header: header(),
        rows: alignment.rows.iter().skip(1).map(|row| entries(row, difference)).collect(),
    }
}

/// The arm's column, then those of checks.
pub(super) fn header() -> Vec<String> {
    std::iter::once("arm").chain((0..COLUMNS).map(column_name)).map(str::to_owned).collect()
}

fn entries(row: &Row, entry: impl Fn(&Cell) -> Entry) -> Vec<Entry> {
    std::iter::once(row.arm.as_str().into()).chain(row.cells.iter().map(entry)).collect()
}

/// "79.9" with its interval.
pub(super) fn share(cell: &Cell) -> Entry {
    let interval = cell.interval.map(percent_interval);
    cell.share.map_or_else(Entry::none, |share| Entry::new(percent(share), interval))
}

/// "+2.1" with its interval, counts and test.
fn difference(cell: &Cell) -> Entry {
    let Some(Difference { share, interval, better, worse, p, .. }) = cell.difference else {
        return Entry::none();
    };
    let verdict = interval.and_then(|interval| match interval {
        _ if p.is_some_and(|p| p >= 0.05) => None,
        Interval { low, .. } if low > 0.0 => Some(Verdict::Better),
        Interval { high, .. } if high < 0.0 => Some(Verdict::Worse),
        _ => None,
    });
    let counts = p.map(|p| [format!("+{better} −{worse}"), p_value(p)]);
    let notes = interval.map(points_interval).into_iter().chain(counts.into_iter().flatten());
    Entry { verdict, ..Entry::new(points(share), notes) }
}

fn scores(report: &Report) -> Option<Table> {
    let (of_pictures, of_sets) = judges(report.arms.iter().map(|arm| &arm.scores));
    if of_pictures.is_empty() && of_sets.is_empty() {
        return None;
    }
    let rows = report.arms.iter().map(|arm| {
        let pictures = of_pictures.iter().map(|&judge| mean(arm.scores.pictures.get(judge)));
        let set =
            |&judge: &&str| arm.scores.set.get(judge).map_or_else(Entry::none, |&value| score(value).into());
        std::iter::once(arm.name.as_str().into()).chain(pictures).chain(of_sets.iter().map(set)).collect()
    });
    let names = std::iter::once("arm").chain(of_pictures.iter().copied()).chain(of_sets.iter().copied());
    Some(Table {
        title: format!("Scores: {}", report.alignments[0].of),
        caption: "Scores of pictures: the mean, with the 95 % interval from its standard error and the number of \
                  pictures. Scores of sets (FID, KID): one number for all pictures of an arm; smaller is nearer to the \
                  reference, and numbers of sets of different sizes cannot be compared."
            .into(),
        header: names.map(str::to_owned).collect(),
        rows: rows.collect(),
    })
}

fn mean(mean: Option<&Mean>) -> Entry {
    let Some(Mean { mean, interval, pictures }) = mean else { return Entry::none() };
    let interval = interval.map(|interval| format!("{} to {}", score(interval.low), score(interval.high)));
    Entry::new(score(*mean), interval.into_iter().chain([format!("n = {pictures}")]))
}

fn leaks(report: &Report) -> Option<Table> {
    let rows: Vec<Vec<Entry>> = report
        .leaks
        .iter()
        .filter(|leaks| !leaks.points.is_empty())
        .map(|leaks| {
            let wrong = leaks.points.iter().filter(|point| point.wrong).count();
            let auc = leaks.auc.map_or_else(Entry::none, |auc| format!("{auc:.3}").into());
            vec![
                leaks.arm.as_str().into(),
                leaks.points.len().to_string().into(),
                wrong.to_string().into(),
                auc,
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        title: format!("Leak in the map and wrong colour in the picture: {}", report.alignments[0].of),
        caption: "Pictures with a measured leak and an answered check of a colour. AUC: the chance that a picture with a \
                  wrong colour has the larger leak; 0.5 is chance, 1 tells them apart always."
            .into(),
        header: ["arm", "pictures", "with a wrong colour", "AUC"].map(str::to_owned).into(),
        rows,
    })
}

fn agreement(report: &Report) -> Option<Table> {
    let rows = report.reviewers.pairs.iter().map(|pair| {
        let kappa = pair.agreement.kappa.map_or_else(Entry::none, |kappa| format!("{kappa:.2}").into());
        let counts = [pair.agreement.answered, pair.agreement.left_out].map(|count| count.to_string().into());
        std::iter::once(pair.judges.join(" and ").into()).chain([kappa]).chain(counts).collect()
    });
    let mean = report.reviewers.mean_kappa.map_or(NONE.to_owned(), |kappa| format!("{kappa:.2}"));
    (!report.reviewers.pairs.is_empty()).then(|| Table {
        title: "Agreement of judges".into(),
        caption: format!(
            "Cohen's kappa over the checks that both answered with yes or no: 1 is full agreement, 0 is chance. Mean \
             over the pairs: {mean}."
        ),
        header: ["judges", "kappa", "answered by both", "left out"].map(str::to_owned).into(),
        rows: rows.collect(),
    })
}

fn pictures(report: &Report) -> Table {
    let rows = report.arms.iter().zip(&report.alignments[0].rows).map(|(arm, row)| {
        let counts = row.cells[super::alignment::ALL_CHECKS].counts;
        let numbers = [
            row.pictures.painted,
            row.pictures.failed,
            row.pictures.missing,
            counts.asked,
            counts.cannot_tell,
            counts.not_judged,
        ];
        let seconds = mean(arm.scores.seconds.as_ref());
        std::iter::once(arm.name.as_str().into())
            .chain(numbers.map(|number| number.to_string().into()))
            .chain([seconds])
            .collect()
    });
    let header = [
        "arm",
        "painted",
        "failed",
        "not painted",
        "checks answered",
        "cannot tell",
        "not judged",
        "seconds a picture",
    ];
    Table {
        title: format!("Pictures and answers: {}", report.alignments[0].of),
        caption: "Nothing is dropped: the checks of pictures that failed or are not painted yet count as not judged. \
                  Seconds: the mean over painted pictures, with its 95 % interval."
            .into(),
        header: header.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

fn arms(report: &Report) -> Table {
    let rows = report.arms.iter().map(|arm| vec![arm.name.as_str().into(), arm.line.about.as_str().into()]);
    Table {
        title: "Arms".into(),
        caption:
            "How each arm differs from neutral settings. The first arm is what the others are compared with."
                .into(),
        header: ["arm", "settings"].map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

fn runs(report: &Report) -> Table {
    let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("; ");
    let rows = report.runs.iter().map(|run| {
        let texts = [
            run.name.clone(),
            run.study.clone(),
            run.model.clone(),
            run.prompts.to_string(),
            run.samples.to_string(),
            list(&run.programs),
            list(&run.devices),
        ];
        texts.map(Entry::from).into()
    });
    let header = ["run", "study", "model", "prompts", "pictures a prompt", "programs", "devices"];
    Table {
        title: "Runs".into(),
        caption: "What painted the pictures. The seed of a picture is 1000 times its prompt's number, plus its sample; \
                  each picture's full settings stand in the run's folder."
            .into(),
        header: header.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}
