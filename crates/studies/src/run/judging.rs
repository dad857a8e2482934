//! What a judge says, kept in the run's folder.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    features::Rows,
    files::{ANSWERS, SCORES, features_file, lines_file},
    lines::{self, AnswersLine, Lines, ScoreLine},
    shots::Shots,
};
use crate::judges::Verdict;
use tauscope_core::error::Result;

/// The files of one judge. Each is made when the judge first says something of its kind.
#[derive(Debug)]
pub(super) struct JudgeFiles {
    root: PathBuf,
    name: String,
    answers: Option<Lines<AnswersLine>>,
    scores: Option<Lines<ScoreLine>>,
    features: Option<Rows>,
    judged: BTreeSet<usize>,
}

impl JudgeFiles {
    /// Of the judge `name` in the run's folder `root`.
    ///
    /// # Errors
    /// [`tauscope_core::Error::File`], and [`tauscope_core::Error::Input`] if a file is broken.
    pub(super) fn open(root: &Path, name: &str, shots: &Shots) -> Result<Self> {
        let answers = lines::read::<AnswersLine>(&lines_file(root, ANSWERS, name))?;
        let scores = lines::read::<ScoreLine>(&lines_file(root, SCORES, name))?;
        let of_answers = answers.iter().filter_map(|line| shots.number(&line.shot));
        let of_scores = scores.iter().filter_map(|line| shots.number(&line.shot));
        let mut judged: BTreeSet<_> = of_answers.chain(of_scores).collect();
        let path = features_file(root, name);
        let mut features = None;
        if path.exists() {
            let (rows, numbers) = Rows::open(&path)?;
            judged.extend(numbers);
            features = Some(rows);
        }
        Ok(Self {
            root: root.to_owned(),
            name: name.to_owned(),
            answers: None,
            scores: None,
            features,
            judged,
        })
    }

    /// Whether the judge has spoken of a picture.
    pub(super) fn has(&self, number: usize) -> bool {
        self.judged.contains(&number)
    }

    /// Adds what it says of a picture.
    ///
    /// # Errors
    /// [`tauscope_core::Error::File`], and [`tauscope_core::Error::Input`] for features of another width.
    pub(super) fn add(&mut self, number: usize, shots: &Shots, verdict: &Verdict) -> Result<()> {
        let shot = shots.shot(number);
        match verdict {
            Verdict::Answers(answers) => {
                let path = lines_file(&self.root, ANSWERS, &self.name);
                opened(&mut self.answers, || Ok(Lines::open(&path)?.0))?
                    .append(&AnswersLine { shot, answers: answers.clone() })?;
            }
            Verdict::Score(score) => {
                let path = lines_file(&self.root, SCORES, &self.name);
                opened(&mut self.scores, || Ok(Lines::open(&path)?.0))?
                    .append(&ScoreLine { shot, score: *score })?;
            }
            Verdict::Features(row) => {
                let path = features_file(&self.root, &self.name);
                opened(&mut self.features, || Ok(Rows::open(&path)?.0))?.append(number, row)?;
            }
        }
        self.judged.insert(number);
        Ok(())
    }
}

/// What is in `place`, or what `open` puts there.
fn opened<T>(place: &mut Option<T>, open: impl FnOnce() -> Result<T>) -> Result<&mut T> {
    match place {
        Some(open) => Ok(open),
        None => Ok(place.insert(open()?)),
    }
}
