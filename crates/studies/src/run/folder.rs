//! The folder of a run, held by the process that writes it.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    ModelName, Results, Shard, ShotLine,
    files::{
        ANSWERS, FEATURES, JUDGES, LOCK, NOTICES, PICTURES, PICTURES_LINES, PROMPTS, SCORES, STUDY,
        read_judges, read_manifest, write_json,
    },
    judging::JudgeFiles,
    lines,
    lines::Lines,
    manifest::Manifest,
    recover,
    shots::Shots,
};
use crate::study::Plan;
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// Something that a person should know about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNotice {
    /// What it is about: a judge's name, or empty for the run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// A sentence.
    pub notice: String,
}

/// A run's folder, open for writing: no other process can open it as long as this one lives.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    manifest: Manifest,
    shots: Shots,
    lines: Lines<ShotLine>,
    /// The pictures that have a line, by their numbers: whether they were painted, or failed.
    ended: BTreeMap<usize, bool>,
    notices: Lines<RunNotice>,
    _lock: File,
}

impl RunFolder {
    /// Begins a run in `root`, or goes on with the one that is there if it is the same: study, model, settings, shard.
    /// The study's judges may be others; those that are new are added.
    ///
    /// # Errors
    /// [`Error::Input`] if the folder holds something else, with how it differs, if another process writes it, or if the
    /// study cannot be run; [`Error::File`].
    pub fn create(root: &Path, plan: &Plan, model: &ModelName, shard: Shard) -> Result<Self> {
        let asked = Manifest::new(plan, model, shard);
        asked.shots()?;
        fs::create_dir_all(root).map_err(Error::writing(root))?;
        let lock = lock(&root.join(LOCK))?;
        let manifest = if root.join(STUDY).exists() {
            let mut found = read_manifest(root)?;
            let differences = found.differences(&asked);
            if !differences.is_empty() {
                return Err(Error::input(
                    format!("{} holds another run: {}.", root.display(), differences.join("; ")),
                    "Choose another folder, or ask for the same run to go on with it.",
                ));
            }
            let known = found.study.judges.len();
            for judge in &asked.study.judges {
                if !found.study.judges.contains(judge) {
                    found.study.judges.push(judge.clone());
                }
            }
            if found.study.judges.len() > known {
                write_json(&root.join(STUDY), &found)?;
            }
            found
        } else {
            require_empty(root)?;
            let prompts = lines::to_text(&asked.study.prompts)?;
            write_file(&root.join(PROMPTS), |file| file.write_all(prompts.as_bytes()))?;
            // Last: a folder that has it is whole.
            write_json(&root.join(STUDY), &asked)?;
            asked
        };
        Self::with(root, manifest, lock)
    }

    /// Opens the folder of a run that was begun before.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none, or if another process writes it; [`Error::File`].
    pub fn open(root: &Path) -> Result<Self> {
        let manifest = read_manifest(root)?;
        let lock = lock(&root.join(LOCK))?;
        Self::with(root, manifest, lock)
    }

    fn with(root: &Path, manifest: Manifest, lock: File) -> Result<Self> {
        for folder in [PICTURES, ANSWERS, SCORES, FEATURES].map(|name| root.join(name)) {
            fs::create_dir_all(&folder).map_err(Error::writing(&folder))?;
        }
        let shots = manifest.shots()?;
        let (lines, _) = Lines::open(&root.join(PICTURES_LINES))?;
        let (notices, _) = Lines::open(&root.join(NOTICES))?;
        let mut folder = Self {
            root: root.to_owned(),
            manifest,
            shots,
            lines,
            ended: BTreeMap::new(),
            notices,
            _lock: lock,
        };
        folder.recover()?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What is painted.
    pub fn plan(&self) -> &Plan {
        &self.manifest.study
    }

    /// Which model paints.
    pub fn model(&self) -> &ModelName {
        &self.manifest.model
    }

    /// Which part of the study.
    pub fn shard(&self) -> Shard {
        self.manifest.shard
    }

    /// How many pictures it has when it is full.
    pub fn total(&self) -> usize {
        self.shots.numbers().count()
    }

    /// How many pictures were painted.
    pub fn painted(&self) -> usize {
        self.ended.values().filter(|&&painted| painted).count()
    }

    /// How many pictures failed.
    pub fn failed(&self) -> usize {
        self.ended.len() - self.painted()
    }

    /// What was found so far.
    ///
    /// # Errors
    /// As [`Results::read`].
    pub fn results(&self) -> Result<Results> {
        Results::read(&self.root)
    }

    /// Notes something that a person should know.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn note(&mut self, notice: &RunNotice) -> Result<()> {
        self.notices.append(notice)
    }

    /// What was noted in the run's folder `root`.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Input`] if the folder cannot be read.
    pub fn notices(root: &Path) -> Result<Vec<RunNotice>> {
        lines::read(&root.join(NOTICES))
    }

    /// Brings the list of pictures up to date with the pictures that are there.
    pub(super) fn recover(&mut self) -> Result<()> {
        let found = recover::recover(&self.root, &self.shots, self.model())?;
        found.lost_lines.iter().try_for_each(|line| self.lines.append(line))?;
        self.ended = found.ended;
        Ok(())
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn shots(&self) -> &Shots {
        &self.shots
    }

    /// Whether a picture was painted (`true`) or failed; `None` if neither.
    pub(super) fn ended(&self, number: usize) -> Option<bool> {
        self.ended.get(&number).copied()
    }

    /// Adds the line of a picture whose file is written.
    pub(super) fn add(&mut self, number: usize, line: &ShotLine) -> Result<()> {
        self.lines.append(line)?;
        self.ended.insert(number, line.picture.is_some());
        Ok(())
    }

    /// The same, with the line as another folder has it.
    pub(super) fn add_text(&mut self, number: usize, line: &str, is_painted: bool) -> Result<()> {
        self.lines.append_text(line)?;
        self.ended.insert(number, is_painted);
        Ok(())
    }

    /// The files of a judge, which is noted if it is new.
    ///
    /// # Errors
    /// [`Error::Input`] if its name is none for a file, or if another judge of that name was here before.
    pub(super) fn judge_files(&self, name: &str, fingerprint: &str) -> Result<JudgeFiles> {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '+');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
            return Err(Error::input(
                format!("A judge cannot be called {name:?}."),
                "Choose a name of letters, digits and hyphens: its files are called so.",
            ));
        }
        let mut judges = read_judges(&self.root)?;
        match judges.get(name) {
            Some(before) if before == fingerprint => {}
            Some(before) => {
                return Err(Error::input(
                    format!(
                        "{} was judged by another {name} ({before}, and this one is {fingerprint}).",
                        self.root.display()
                    ),
                    format!("Give this judge another name, or remove {name} from {JUDGES} and its files."),
                ));
            }
            None => {
                judges.insert(name.to_owned(), fingerprint.to_owned());
                write_json(&self.root.join(JUDGES), &judges)?;
            }
        }
        JudgeFiles::open(&self.root, name, &self.shots)
    }
}

/// Locks the folder against other processes; the system unlocks it when this one ends, however it does.
pub(super) fn lock(path: &Path) -> Result<File> {
    let file = File::options().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(Error::writing(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::input(
            format!("Another Tauscope holds {} now.", path.display()),
            "Wait until it has ended, or choose another folder or name.",
        )),
        Err(TryLockError::Error(cause)) => Err(Error::writing(path)(cause)),
    }
}

/// Checks that nothing but a run that was killed at its very beginning is in the folder.
fn require_empty(root: &Path) -> Result<()> {
    for entry in fs::read_dir(root).map_err(Error::reading(root))? {
        let name = entry.map_err(Error::reading(root))?.file_name();
        if name != LOCK && name != PROMPTS && !recover::is_temporary(&name) {
            return Err(Error::input(
                format!("{} is not empty, and holds no study's run.", root.display()),
                "Choose a new or an empty folder.",
            ));
        }
    }
    Ok(())
}
