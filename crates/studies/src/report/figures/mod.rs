//! The report's figures, each an SVG that also stands alone.

mod chart;
mod heat;

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

use self::chart::{Chart, Line, Point};
use super::{
    Report,
    alignment::{Alignment, COLUMNS, column_name},
    measure::{Measure, Unit, Value},
    numbers::plain,
    sweep::{Series, Sweep},
};
use tauscope_core::error::{Error, Result};

/// More colours cannot be told apart.
const MOST_ARMS: usize = chart::COLOURS.len();

/// What drawing gives.
type Drawn<T> = std::result::Result<T, DrawingAreaErrorKind<io::Error>>;

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// Its file's name.
    pub(super) file: String,
    pub(super) title: String,
    /// What is seen.
    pub(super) caption: String,
    pub(super) svg: String,
}

/// All that there is something to see in.
///
/// # Errors
/// [`Error::Internal`] if one cannot be drawn.
pub(super) fn all(report: &Report) -> Result<Vec<Figure>> {
    let drawn = || -> Drawn<Vec<Figure>> {
        let mut figures = Vec::new();
        for alignment in &report.alignments {
            figures.extend(kinds(report, alignment)?);
        }
        for sweep in &report.sweeps {
            for measure in &report.measures {
                figures.extend(swept(report, sweep, measure)?);
            }
        }
        figures.extend(trade_offs(report)?);
        figures.extend(leak(report)?);
        Ok(figures)
    };
    drawn().map_err(|error| Error::Internal(format!("a figure cannot be drawn ({error}).")))
}

/// Table 2 as dots with intervals, for all prompts and each half.
fn kinds(report: &Report, alignment: &Alignment) -> Drawn<Option<Figure>> {
    if !report.has_answers() || alignment.selection.level.is_some() || alignment.rows.len() > MOST_ARMS {
        return Ok(None);
    }
    let columns: Vec<usize> = (0..COLUMNS)
        .filter(|&column| alignment.rows.iter().any(|row| row.cells[column].share.is_some()))
        .collect();
    let arms = alignment.rows.len() as f64;
    let lines = alignment.rows.iter().enumerate().map(|(arm, row)| {
        let beside = 0.6 * ((arm as f64 + 0.5) / arms - 0.5);
        let points = columns.iter().enumerate().filter_map(|(place, &column)| {
            let cell = row.cells[column];
            let interval = cell.interval.map(|interval| (100.0 * interval.low, 100.0 * interval.high));
            let (x, y) = (place as f64 + beside, 100.0 * cell.share?);
            Some(Point { x, y, interval, label: String::new() })
        });
        Line { name: row.arm.clone(), points: points.collect(), is_joined: false }
    });
    let chart = Chart {
        x: String::new(),
        y: "checks met, %".into(),
        places: columns.iter().map(|&column| column_name(column).to_owned()).collect(),
        lines: lines.collect(),
    };
    Ok(Some(Figure {
        file: file_name(&format!("checks {}", alignment.of)),
        title: format!("Checks met by kind: {}", alignment.of),
        caption: "Percent of the answered checks that are met, with 95 % intervals.".into(),
        svg: chart.svg()?,
    }))
}

fn swept(report: &Report, sweep: &Sweep, measure: &Measure) -> Drawn<Vec<Figure>> {
    let of = &report.alignments[0].of;
    let unit = match measure.unit {
        Unit::Percent => format!("{}, % met", measure.name),
        Unit::Score | Unit::Set => measure.name.clone(),
    };
    let (along, caption, svg) = match sweep {
        Sweep::Curves { axis, series } => {
            let lines =
                series.iter().map(|series| curve(series, measure)).filter(|line| !line.points.is_empty());
            let chart = Chart { x: axis.clone(), y: unit, lines: lines.collect(), ..Chart::default() };
            if chart.lines.is_empty() {
                return Ok(Vec::new());
            }
            (axis.clone(), "Each point is an arm; bars are 95 % intervals.", chart.svg()?)
        }
        Sweep::Grid(grid) => {
            let values: Vec<Option<f64>> = measure.values.iter().map(|value| Some((*value)?.value)).collect();
            if grid.arms.iter().all(|&(_, _, arm)| values[arm].is_none()) {
                return Ok(Vec::new());
            }
            let place = if grid.name.is_empty() { String::new() } else { format!(" ({})", grid.name) };
            let along = format!("{} and {}{place}", grid.rows.name, grid.columns.name);
            (along, "Each cell is an arm; the darker, the larger the number.", heat::heat(grid, &values)?)
        }
    };
    Ok(vec![Figure {
        file: file_name(&format!("{} over {along}", measure.name)),
        title: format!("{} over {along}: {of}", capitalised(&measure.name)),
        caption: caption.into(),
        svg,
    }])
}

fn curve(series: &Series, measure: &Measure) -> Line {
    let points = series.arms.iter().filter_map(|&(x, arm)| {
        let Value { value, interval } = measure.values[arm]?;
        let interval = interval.map(|interval| (interval.low, interval.high));
        Some(Point { x, y: value, interval, label: String::new() })
    });
    Line { name: series.name.clone(), points: points.collect(), is_joined: true }
}

/// FID against CLIP score over guidance (the paper's Fig. 6), and any other score of sets against any of pictures.
fn trade_offs(report: &Report) -> Drawn<Vec<Figure>> {
    let of_unit = |unit| report.measures.iter().filter(move |measure| measure.unit == unit);
    let guided = report.sweeps.iter().find_map(|sweep| match sweep {
        Sweep::Curves { axis, series } if axis.starts_with("guidance") => Some(series),
        _ => None,
    });
    let mut figures = Vec::new();
    for (set, pictures) in
        of_unit(Unit::Set).flat_map(|set| of_unit(Unit::Score).map(move |score| (set, score)))
    {
        let lines = guided.into_iter().flatten().map(|series| {
            let points = series.arms.iter().filter_map(|&(guidance, arm)| {
                let (x, y) = (pictures.values[arm]?.value, set.values[arm]?.value);
                Some(Point { x, y, interval: None, label: plain(guidance) })
            });
            Line { name: series.name.clone(), points: points.collect(), is_joined: true }
        });
        let lines: Vec<Line> = lines.filter(|line| line.points.len() > 1).collect();
        if lines.is_empty() {
            continue;
        }
        let chart = Chart { x: pictures.name.clone(), y: set.name.clone(), lines, ..Chart::default() };
        figures.push(Figure {
            file: file_name(&format!("{} against {}", set.name, pictures.name)),
            title: format!("{} against {} over guidance: {}", set.name, pictures.name, report.alignments[0].of),
            caption: "A curve an arm; the numbers beside its points are guidance scales. Better is lower and further \
                      to the right."
                .into(),
            svg: chart.svg()?,
        });
    }
    Ok(figures)
}

/// Each picture's leak, by whether one of its colours is wrong.
fn leak(report: &Report) -> Drawn<Option<Figure>> {
    let arms = || report.leaks.iter().filter(|leaks| !leaks.points.is_empty());
    let left_out = match arms().count() {
        count if count > MOST_ARMS => format!(" Of {count} arms the first {MOST_ARMS} are shown."),
        _ => String::new(),
    };
    let lines = arms().take(MOST_ARMS).map(|leaks| {
        let points = leaks.points.iter().enumerate().map(|(index, point)| {
            // The golden ratio spreads points evenly, whatever their number.
            let beside = (index as f64 * 0.618_034).fract() - 0.5;
            let x = f64::from(u8::from(point.wrong)) + 0.7 * beside;
            Point { x, y: point.leak, interval: None, label: String::new() }
        });
        let auc = leaks.auc.map_or(String::new(), |auc| format!(", AUC {auc:.2}"));
        Line { name: format!("{}{auc}", leaks.arm), points: points.collect(), is_joined: false }
    });
    let lines: Vec<Line> = lines.collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let places = ["all colours right", "a colour is wrong"].map(str::to_owned).into();
    let chart = Chart { x: String::new(), y: "leak in the maps".into(), places, lines };
    Ok(Some(Figure {
        file: file_name("leak and wrong colour"),
        title: format!("Leak in the map and wrong colour in the picture: {}", report.alignments[0].of),
        caption: format!(
            "Each dot is a picture; its place within a column means nothing. AUC: the chance that a picture with a \
             wrong colour has the larger leak; 0.5 is chance.{left_out}"
        ),
        svg: chart.svg()?,
    }))
}

/// Of letters, digits and hyphens.
fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    format!("{}.svg", words.collect::<Vec<_>>().join("-").to_lowercase())
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
