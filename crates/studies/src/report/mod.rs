//! Tables and figures of what one or two runs found.
//!
//! [`Report::of`] computes everything from [`Results`]; the rest shows it, as JSON, Markdown, CSV, LaTeX, SVG and one page
//! of HTML. What is not judged is counted beside what is.

mod ablation;
mod alignment;
mod answer;
mod examples;
mod figures;
mod json;
mod leak;
mod measure;
mod models;
mod numbers;
mod page;
mod picture;
mod records;
mod reviewers;
mod scores;
mod selection;
mod side;
mod sweep;
mod table;
mod tables;
mod tally;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::run::{ArmLine, Results};
use image::RgbImage;
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

use self::{
    alignment::Alignment, examples::Examples, leak::Leaks, measure::Measure, models::Run,
    records::PromptRecord, reviewers::Reviewers, scores::Scores, selection::Selection, sweep::Sweep,
};

pub use answer::Counts;
pub use side::Pictures;
pub use tally::{ArmTally, Tally};

/// Everything that one or two runs tell.
#[derive(Clone, Debug)]
pub struct Report {
    runs: Vec<Run>,
    /// Who answered the checks.
    judge: Option<String>,
    arms: Vec<Arm>,
    /// Of all prompts first, then of each half and level.
    alignments: Vec<Alignment>,
    leaks: Vec<Leaks>,
    reviewers: Reviewers,
    sweeps: Vec<Sweep>,
    measures: Vec<Measure>,
    examples: Examples,
    prompts: Vec<PromptRecord>,
}

/// What the names of judges that are people begin with.
const PEOPLE: &str = "people/";

/// An arm of a run.
#[derive(Clone, Debug)]
struct Arm {
    /// "run/arm" if there are several runs.
    name: String,
    line: ArmLine,
    /// Whether its study is an ablation.
    is_ablation: bool,
    scores: Scores,
}

impl Report {
    /// Of named runs. The first arm of the first run is what all others are compared with. `judge` is whose answers
    /// count; without it the first in the alphabet that answered, and people only if nobody else did.
    pub fn of(results: &[(String, Results)], judge: Option<&str>) -> Self {
        let runs: Vec<(&str, &Results)> =
            results.iter().map(|(name, results)| (name.as_str(), results)).collect();
        let judges = || runs.iter().flat_map(|(_, results)| results.answers.keys()).map(String::as_str);
        let first = || judges().find(|judge| !judge.starts_with(PEOPLE)).or_else(|| judges().next());
        let judge = judge.or_else(first);
        let (prompts, sides) = side::sides(&runs, judge);
        let arms = sides.iter().map(|side| Arm {
            name: side.name.clone(),
            line: side.arm.clone(),
            is_ablation: ablation::is_ablation(side.results),
            scores: Scores::of(&prompts, side),
        });
        let arms: Vec<Arm> = arms.collect();
        let selections = Selection::all(&prompts).into_iter();
        let alignments: Vec<_> =
            selections.map(|selection| Alignment::of(selection, &prompts, &sides)).collect();
        let scores: Vec<Scores> = arms.iter().map(|arm| arm.scores.clone()).collect();
        Self {
            runs: runs.iter().map(|(name, results)| Run::of(name, results)).collect(),
            judge: judge.map(str::to_owned),
            measures: measure::measures(&alignments[0], &scores),
            arms,
            alignments,
            leaks: sides.iter().map(|side| Leaks::of(&prompts, side)).collect(),
            reviewers: Reviewers::of(&prompts, &sides),
            sweeps: sweep::sweeps(&sides),
            examples: Examples::of(&prompts, &sides),
            prompts: records::prompts(&prompts, &sides),
        }
    }

    /// All tables as Markdown.
    pub fn markdown(&self) -> String {
        let tables = tables::all(self).into_iter().map(|table| table.markdown());
        format!("# {}\n\n{}\n\n{}", self.title(), self.subtitle(), tables.collect::<Vec<_>>().join("\n"))
    }

    /// All tables as LaTeX, for the packages booktabs and amssymb.
    pub fn latex(&self) -> String {
        tables::all(self).iter().map(table::Table::latex).collect::<Vec<_>>().join("\n")
    }

    /// Writes everything into `folder`, which is made: the page, the tables, the figures, and JSON; the paths of the
    /// files. `pictures` gives a run's picture by its file, for the page; one that is gone is shown as missing.
    ///
    /// # Errors
    /// [`Error::File`](tauscope_core::Error::File) if one cannot be written. Each is whole or not there.
    pub fn write(
        &self,
        folder: &Path,
        pictures: impl Fn(&str, &str) -> Option<RgbImage>,
    ) -> Result<Vec<PathBuf>> {
        let figures = figures::all(self)?;
        let page = page::page(self, &tables::all(self), &figures, pictures);
        let mut files = vec![
            ("report.html".to_owned(), page.into_bytes()),
            ("report.json".to_owned(), format!("{:#}\n", self.json()).into_bytes()),
            ("tables.md".to_owned(), self.markdown().into_bytes()),
            ("tables.tex".to_owned(), self.latex().into_bytes()),
        ];
        files.extend(records::files(self)?);
        files.extend(figures.into_iter().map(|figure| (figure.file, figure.svg.into_bytes())));
        fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        let write = |(name, bytes): (String, Vec<u8>)| {
            let path = folder.join(name);
            write_file(&path, |file| file.write_all(&bytes)).map(|()| path)
        };
        files.into_iter().map(write).collect()
    }

    fn has_answers(&self) -> bool {
        self.alignments[0].rows.iter().any(|row| row.cells[alignment::ALL_CHECKS].counts.asked > 0)
    }

    /// "alignment", or "alignment, guidance".
    fn title(&self) -> String {
        let mut studies: Vec<&str> = self.runs.iter().map(|run| run.study.as_str()).collect();
        studies.dedup();
        studies.join(", ")
    }

    /// How much it is of, in a sentence.
    fn subtitle(&self) -> String {
        let runs = self.runs.iter().map(|run| {
            let name = if self.runs.len() > 1 { format!("{}: ", run.name) } else { String::new() };
            let pictures = if run.samples == 1 { "picture" } else { "pictures" };
            format!("{name}{} prompts × {} {pictures}, {}", run.prompts, run.samples, run.model)
        });
        let judge = self.judge.as_ref().map_or_else(|| "nobody yet".to_owned(), String::clone);
        format!("{}. Checks answered by {judge}.", runs.collect::<Vec<_>>().join("; "))
    }
}
