//! People as judges: the questions of a run in an order that hides the arms, and a reviewer's answers.
//!
//! A reviewer's answers are a file of lines that grows, so a review goes on where it stopped. Each line is one answer, or
//! takes the one before it back. What this is not: how questions are shown (the window does that), or how far reviewers agree
//! (`statistics`).

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde::{Deserialize, Serialize};

use super::{
    Results, Shot,
    files::PEOPLE,
    folder::lock,
    lines::{self, Lines},
};
use tauscope_core::error::{Error, Result};

/// The longest name of a reviewer, in characters.
const LONGEST_NAME: usize = 40;

/// A review by one person.
#[derive(Debug)]
pub struct Review {
    questions: Vec<Question>,
    /// The answers given, by the question's place in the order.
    answers: BTreeMap<usize, Option<bool>>,
    /// Which questions were answered last, the newest at the end.
    order: Vec<usize>,
    file: Lines<Line>,
    /// Held as long as this lives: two windows would write over each other's answers.
    _lock: File,
}

/// A question about a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which picture. A reviewer is not shown it: it names the arm.
    pub shot: Shot,
    /// The picture's file.
    pub picture: PathBuf,
    /// What it was painted for.
    pub prompt: String,
    /// Which of the prompt's checks.
    pub check: usize,
    /// The question in English.
    pub text: String,
}

/// A line of a reviewer's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    shot: Shot,
    check: usize,
    /// `null` is "cannot tell".
    answer: Option<bool>,
    /// Whether this takes the answer back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    undone: bool,
}

impl Review {
    /// Begins or goes on with the review of the run in `folder` by `reviewer`. Pictures come in an order of this reviewer's own,
    /// all questions of one after the other.
    ///
    /// # Errors
    /// [`Error::Input`] for a name that cannot be a file's, for a run without questions, and as [`Results::read`];
    /// [`Error::File`].
    pub fn open(folder: &Path, reviewer: &str) -> Result<Self> {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
        if reviewer.trim().is_empty()
            || reviewer.chars().count() > LONGEST_NAME
            || !reviewer.chars().all(is_plain)
        {
            return Err(Error::input(
                format!("\"{reviewer}\" cannot be a reviewer's name."),
                format!("Use letters, digits, spaces, - and _, {LONGEST_NAME} at most."),
            ));
        }
        let questions = questions(folder, &Results::read(folder)?, reviewer);
        if questions.is_empty() {
            return Err(Error::input(
                format!("{} has no painted pictures with questions.", folder.display()),
                "Run the study first, with prompts that have checks.",
            ));
        }
        fs::create_dir_all(folder.join(PEOPLE)).map_err(Error::writing(folder))?;
        let lock = lock(&file_of(folder, reviewer).with_extension("lock"))?;
        let (file, lines) = Lines::<Line>::open(&file_of(folder, reviewer))?;
        let places: BTreeMap<(&Shot, usize), usize> = questions
            .iter()
            .enumerate()
            .map(|(at, question)| ((&question.shot, question.check), at))
            .collect();
        let mut answers = BTreeMap::new();
        let mut order = Vec::new();
        for line in lines {
            // A picture that is gone is no longer asked about.
            let Some(&at) = places.get(&(&line.shot, line.check)) else { continue };
            order.retain(|&other| other != at);
            if line.undone {
                answers.remove(&at);
            } else {
                answers.insert(at, line.answer);
                order.push(at);
            }
        }
        Ok(Self { answers, order, file, questions, _lock: lock })
    }

    /// The question that comes next, and its place in the order; `None` when all are answered.
    pub fn next(&self) -> Option<(usize, &Question)> {
        self.questions.iter().enumerate().find(|(at, _)| !self.answers.contains_key(at))
    }

    /// How many questions are answered, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.answers.len(), self.questions.len())
    }

    /// Answers the question that comes next; `None` is "cannot tell". Does nothing when all are answered.
    ///
    /// # Errors
    /// [`Error::File`] if the answer cannot be kept; it does not count then.
    pub fn answer(&mut self, answer: Option<bool>) -> Result<()> {
        let Some((at, question)) = self.next() else { return Ok(()) };
        let line = Line { shot: question.shot.clone(), check: question.check, answer, undone: false };
        self.file.append(&line)?;
        self.answers.insert(at, answer);
        self.order.push(at);
        Ok(())
    }

    /// Takes the last answer back, so that its question comes next. Does nothing before the first.
    ///
    /// # Errors
    /// [`Error::File`] if that cannot be kept; the answer counts then.
    pub fn undo(&mut self) -> Result<()> {
        let Some(&at) = self.order.last() else { return Ok(()) };
        let Question { shot, check, .. } = &self.questions[at];
        self.file.append(&Line { shot: shot.clone(), check: *check, answer: None, undone: true })?;
        self.order.pop();
        self.answers.remove(&at);
        Ok(())
    }
}

/// The answers to each picture's checks, in their order.
type Answers = BTreeMap<Shot, Vec<Option<bool>>>;

/// The answers of every reviewer of the run in `folder`, by name. A picture counts when all of its questions are answered.
///
/// # Errors
/// As [`lines::read`].
pub(super) fn answers_of_people(folder: &Path, results: &Results) -> Result<BTreeMap<String, Answers>> {
    let mut people = BTreeMap::new();
    let Ok(files) = fs::read_dir(folder.join(PEOPLE)) else { return Ok(people) };
    for file in files {
        let path = file.map_err(Error::reading(folder))?.path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let Some(name) = path.file_stem().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let mut given: BTreeMap<Shot, BTreeMap<usize, Option<bool>>> = BTreeMap::new();
        for Line { shot, check, answer, undone } in lines::read(&path)? {
            let answers = given.entry(shot).or_default();
            if undone {
                answers.remove(&check);
            } else {
                answers.insert(check, answer);
            }
        }
        let asked = |shot: &Shot| results.prompts.iter().find(|prompt| prompt.number == shot.prompt);
        given.retain(|shot, answers| asked(shot).is_some_and(|prompt| prompt.checks.len() == answers.len()));
        let whole = given.into_iter().map(|(shot, answers)| (shot, answers.into_values().collect()));
        let whole: BTreeMap<_, _> = whole.collect();
        if !whole.is_empty() {
            people.insert(format!("people/{name}"), whole);
        }
    }
    Ok(people)
}

fn file_of(folder: &Path, reviewer: &str) -> PathBuf {
    folder.join(PEOPLE).join(format!("{}.jsonl", reviewer.trim()))
}

/// All questions about painted pictures, in this reviewer's order.
fn questions(folder: &Path, results: &Results, reviewer: &str) -> Vec<Question> {
    let mut seed = [0; 32];
    reviewer.trim().bytes().enumerate().for_each(|(at, byte)| seed[at % 32] ^= byte);
    let mut random = ChaCha8Rng::from_seed(seed);
    let mut shots: Vec<_> =
        results.shots.iter().filter_map(|(shot, line)| Some((shot, line.picture.as_ref()?))).collect();
    shots.retain(|(_, picture)| folder.join(picture).is_file());
    for last in (1..shots.len()).rev() {
        // The bias of a remainder of 64 bits is far below anything that a reviewer could notice.
        shots.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
    let of_shot = |(shot, picture): (&Shot, &String)| {
        let prompt = results.prompts.iter().find(|prompt| prompt.number == shot.prompt);
        let checks =
            prompt.into_iter().flat_map(|prompt| prompt.checks.iter().map(move |check| (prompt, check)));
        let question =
            |(check, (prompt, asked)): (usize, (&crate::study::StudyPrompt, &crate::study::Check))| {
                Question {
                    shot: shot.clone(),
                    picture: folder.join(picture),
                    prompt: prompt.prompt.clone(),
                    check,
                    text: asked.question.clone(),
                }
            };
        checks.enumerate().map(question).collect::<Vec<_>>()
    };
    shots.into_iter().flat_map(of_shot).collect()
}
