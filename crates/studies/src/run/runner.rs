//! Runs a study: paints what is missing in its folder and has it judged.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use image::RgbImage;
use ndarray::Array3;

use super::{
    Painters, RunFolder, RunNotice, ShotLine,
    files::PICTURES,
    judging::JudgeFiles,
    painters::{Target, paint_all},
    painting::Painted,
    queue::Queue,
    shots::Shots,
};
use crate::{
    judges::{Judge, Picture, Verdict},
    study::Plan,
};
use tauscope_core::{
    CancelToken, caught,
    error::{Error, Result},
};
use tauscope_language::{Language, LanguageData};

/// How a run goes on.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Whether pictures that failed are tried again.
    pub retry_failed: bool,
    /// Tauscope's data folder, which may hold the user's own language data.
    pub data_folder: Option<PathBuf>,
}

/// How far a run is. The run waits while it is told.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// How many pictures are finished: painted and judged, or failed.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// How many failed, of those that are finished.
    pub failed: usize,
    /// How long a picture takes, all painters together; `None` before the first.
    pub seconds_a_picture: Option<f64>,
    /// How long the rest takes; `None` before the first.
    pub left: Option<Duration>,
    /// What was painted last; `None` if a picture that was there has been judged.
    pub line: Option<&'a ShotLine>,
    /// What the judges said of it, by their names.
    pub verdicts: &'a [(String, Verdict)],
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many pictures the folder has.
    pub painted: usize,
    /// How many failed, now or before.
    pub failed: usize,
    /// How many pictures each judge could not judge in this run, with the last reason.
    pub not_judged: BTreeMap<String, (usize, String)>,
}

/// Paints what is missing in `folder`, and has every picture judged by each of `judges` that has not judged it yet.
///
/// A picture that cannot be painted, or a judge that fails, is noted, and the rest goes on. The run can be stopped at any
/// moment, by `cancel` or by the end of the process, and goes on where it stopped when this is called again.
///
/// # Errors
/// [`Error::Cancelled`], what loading the model reports, a judge that is another than before, and [`Error::File`], for
/// example on a full disk.
pub fn run_study(
    folder: &mut RunFolder,
    painters: Painters<'_>,
    judges: &mut [Box<dyn Judge + '_>],
    options: &RunOptions,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Result<Summary> {
    // What an earlier run in this process left behind when it was stopped.
    folder.recover()?;
    let (plan, shots) = (folder.plan().clone(), folder.shots().clone());
    let is_missing = |&number: &usize| match folder.ended(number) {
        None => true,
        Some(is_painted) => !is_painted && options.retry_failed,
    };
    let missing: Vec<_> = shots.numbers().filter(is_missing).collect();
    let mut run = Run::new(folder, (&plan, &shots), judges, missing.len())?;
    run.judge_what_is_there(cancel, progress)?;
    if !missing.is_empty() {
        let data = LanguageData::open(options.data_folder.as_deref())?;
        let language = Language::from_reader(&data.name.clone(), data)?;
        let find = |prompt: &str| Ok(language.entities(prompt));
        let queue = Queue::new(&plan, &shots, missing, &find);
        let (root, model) = (run.folder.path().to_owned(), run.folder.model().clone());
        let target = Target { root: &root, model: &model, plan: &plan };
        run.began = Instant::now();
        paint_all(painters, queue, target, cancel, |painted| run.take(&painted, cancel, progress))?;
    }
    Ok(Summary { painted: run.folder.painted(), failed: run.folder.failed(), not_judged: run.not_judged })
}

/// A run, seen from the thread that writes and judges.
struct Run<'a, 'j> {
    folder: &'a mut RunFolder,
    plan: &'a Plan,
    shots: &'a Shots,
    total: usize,
    judges: Vec<(&'a mut Box<dyn Judge + 'j>, JudgeFiles)>,
    not_judged: BTreeMap<String, (usize, String)>,
    /// Pictures that wait: to be painted, and painted ones to be judged.
    to_paint: usize,
    to_judge: usize,
    /// When painting began, and how many pictures have ended since.
    began: Instant,
    ended: usize,
}

impl<'a, 'j> Run<'a, 'j> {
    fn new(
        folder: &'a mut RunFolder,
        (plan, shots): (&'a Plan, &'a Shots),
        judges: &'a mut [Box<dyn Judge + 'j>],
        to_paint: usize,
    ) -> Result<Self> {
        let judges = judges.iter_mut().map(|judge| {
            let files = folder.judge_files(judge.name(), &judge.fingerprint())?;
            Ok((judge, files))
        });
        let judges = judges.collect::<Result<_>>()?;
        Ok(Self {
            total: folder.total(),
            folder,
            plan,
            shots,
            judges,
            not_judged: BTreeMap::new(),
            to_paint,
            to_judge: 0,
            began: Instant::now(),
            ended: 0,
        })
    }

    /// Has the pictures judged that were painted before.
    fn judge_what_is_there(
        &mut self,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<()> {
        let is_unjudged = |number: &usize| {
            self.folder.ended(*number) == Some(true)
                && self.judges.iter().any(|(_, files)| !files.has(*number))
        };
        let waiting: Vec<_> = self.shots.numbers().filter(is_unjudged).collect();
        self.to_judge = waiting.len();
        self.tell(None, &[], progress);
        for number in waiting {
            cancel.check()?;
            let path = self.file(number);
            let verdicts = match image::open(&path) {
                Ok(image) => self.judge(number, &image.into_rgb8(), cancel)?,
                Err(cause) => {
                    let notice = format!("{} cannot be read and is not judged ({cause}).", path.display());
                    self.folder.note(&RunNotice { about: String::new(), notice })?;
                    Vec::new()
                }
            };
            self.to_judge -= 1;
            self.tell(None, &verdicts, progress);
        }
        Ok(())
    }

    /// Takes a picture from a painter.
    fn take(
        &mut self,
        painted: &Painted,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<()> {
        self.folder.add(painted.number, &painted.line)?;
        let verdicts = match &painted.image {
            Some(image) => self.judge(painted.number, image, cancel)?,
            None => Vec::new(),
        };
        self.to_paint -= 1;
        self.ended += 1;
        self.tell(Some(&painted.line), &verdicts, progress);
        Ok(())
    }

    /// Asks the judges that have not judged this picture, and keeps what they say.
    fn judge(
        &mut self,
        number: usize,
        image: &RgbImage,
        cancel: &CancelToken,
    ) -> Result<Vec<(String, Verdict)>> {
        let prompt = &self.plan.prompts[self.shots.place(number).prompt];
        let path = self.file(number);
        // What is in the file, so that a judge says the same whenever it is asked.
        let image =
            Array3::from_shape_fn((3, image.height() as usize, image.width() as usize), |(c, y, x)| {
                f32::from(image.get_pixel(x as u32, y as u32).0[c]) / 255.0
            });
        let picture = Picture { image: image.view(), file: Some(&path), prompt };
        let mut verdicts = Vec::new();
        for (judge, files) in self.judges.iter_mut().filter(|(_, files)| !files.has(number)) {
            let name = judge.name().to_owned();
            let said = caught("judging", || judge.judge(&picture, cancel)).flatten();
            cancel.check()?;
            match said.and_then(|verdict| fitting(verdict, prompt.checks.len())) {
                Ok(verdict) => {
                    files.add(number, self.shots, &verdict)?;
                    verdicts.push((name.clone(), verdict));
                    if let Some(notice) = judge.notice() {
                        self.folder.note(&RunNotice { about: name, notice })?;
                    }
                }
                Err(cause) => {
                    let (count, last) = self.not_judged.entry(name.clone()).or_default();
                    *count += 1;
                    let notice = cause.to_string();
                    // A judge that died says the same of every picture.
                    if *last != notice {
                        last.clone_from(&notice);
                        self.folder.note(&RunNotice { about: name, notice })?;
                    }
                }
            }
        }
        Ok(verdicts)
    }

    /// The file of a picture.
    fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(PICTURES).join(self.shots.file_name(number))
    }

    fn tell(
        &self,
        line: Option<&ShotLine>,
        verdicts: &[(String, Verdict)],
        progress: &mut dyn FnMut(&Progress<'_>),
    ) {
        let seconds_a_picture =
            (self.ended > 0).then(|| self.began.elapsed().as_secs_f64() / self.ended as f64);
        let left = seconds_a_picture.map(|seconds| seconds * self.to_paint as f64);
        progress(&Progress {
            done: self.total.saturating_sub(self.to_paint + self.to_judge),
            total: self.total,
            failed: self.folder.failed(),
            seconds_a_picture,
            left: left.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            line,
            verdicts,
        });
    }
}

/// The verdict, if it answers as many checks as were asked.
fn fitting(verdict: Verdict, checks: usize) -> Result<Verdict> {
    match &verdict {
        Verdict::Answers(answers) if answers.len() != checks => Err(Error::input(
            format!("A judge gave {} answers to {checks} questions.", answers.len()),
            "Its answers to this picture are not counted.",
        )),
        Verdict::Score(score) if !score.is_finite() => Err(Error::input(
            format!("A judge gave a picture the score {score}."),
            "Its score of this picture is not counted.",
        )),
        _ => Ok(verdict),
    }
}
