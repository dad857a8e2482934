//! Study files: TOML that says which prompts are painted under which arms, and who judges.
//!
//! `studies/alignment.toml` in the repository shows the form.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{Common, Half, Kind, Level, Plan, Sample, Selection, arm_keys::ArmKeys, builtin};
use tauscope_core::error::{Error, Result};

/// A study as a file says it, before its prompts are read.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyFile {
    /// The study without prompts.
    pub plan: Plan,
    /// Where its prompts come from.
    pub selection: Selection,
}

/// The keys of a study file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    name: Option<String>,
    #[serde(default)]
    about: String,
    #[serde(default = "scenes")]
    prompts: PathBuf,
    column: Option<String>,
    half: Option<Half>,
    level: Option<Level>,
    #[serde(default)]
    kinds: Vec<Kind>,
    sample: Option<Sample>,
    #[serde(default = "one")]
    samples: usize,
    #[serde(default)]
    common: Common,
    #[serde(default)]
    judges: Vec<String>,
    #[serde(default)]
    arms: Vec<Spanned<ArmKeys<f64>>>,
    #[serde(default)]
    sweeps: Vec<Spanned<ArmKeys<Vec<Value>>>>,
}

fn scenes() -> PathBuf {
    Selection::SCENES.into()
}

fn one() -> usize {
    1
}

impl StudyFile {
    /// The study that belongs to the program under this name, else the file at this path.
    ///
    /// # Errors
    /// [`Error::Input`] if there is neither or the file is wrong, [`Error::File`] if it cannot be read.
    pub fn find(name_or_path: &str) -> Result<Self> {
        if let Some((name, text)) = builtin::ALL.into_iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, name, Path::new(""));
        }
        let path = Path::new(name_or_path);
        if !path.exists() {
            return Err(Error::input(
                format!("There is no study \"{name_or_path}\", and no such file."),
                format!(
                    "Choose one of {}, or give the path of a study file.",
                    builtin::ALL.map(|(name, _)| name).join(", ")
                ),
            ));
        }
        let text = fs::read_to_string(path).map_err(Error::reading(path))?;
        let name = path.file_stem().map_or_else(|| name_or_path.into(), |stem| stem.to_string_lossy());
        Self::parse(&text, &name, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads the text of a study file that lies in `folder`; `name` is the study's, where the file has none.
    ///
    /// # Errors
    /// [`Error::Input`] that names the line and what it may be.
    pub fn parse(text: &str, name: &str, folder: &Path) -> Result<Self> {
        let place = |at: usize| {
            let before = text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count();
            format!("Line {} of the study \"{name}\"", before + 1)
        };
        let keys: Keys = toml::from_str(text).map_err(|error| {
            let message = error.message().trim_end_matches('.').replace('\n', ", ");
            let at = error.span().map_or(0, |span| span.start);
            Error::input(format!("{} cannot be read: {message}.", place(at)), "Correct it.")
        })?;
        let mut arms = Vec::new();
        for keys in &keys.arms {
            arms.push(keys.get_ref().arm().map_err(|error| at(&place(keys.span().start), error))?);
        }
        for keys in &keys.sweeps {
            arms.extend(keys.get_ref().sweep().map_err(|error| at(&place(keys.span().start), error))?);
        }
        let prompts = if keys.prompts == Path::new(Selection::SCENES) {
            keys.prompts
        } else {
            folder.join(keys.prompts)
        };
        let plan = Plan {
            name: keys.name.unwrap_or_else(|| name.to_owned()),
            about: keys.about,
            arms,
            prompts: Vec::new(),
            samples: keys.samples,
            common: keys.common,
            judges: Vec::new(),
        };
        let plan = plan.with_judges(&keys.judges)?;
        plan.validate()?;
        let Keys { column, half, level, kinds, sample, .. } = keys;
        Ok(Self { plan, selection: Selection { prompts, column, half, level, kinds, sample } })
    }

    /// Reads the prompts. The sentences say what about them cannot be used.
    ///
    /// # Errors
    /// Those of [`Selection::read`].
    pub fn into_plan(self) -> Result<(Plan, Vec<String>)> {
        let list = self.selection.read()?;
        Ok((Plan { prompts: list.prompts, ..self.plan }, list.notices))
    }
}

/// An error with the place that it is about in front.
fn at(place: &str, error: Error) -> Error {
    match error {
        Error::Input { problem, remedy } => Error::Input { problem: format!("{place}: {problem}"), remedy },
        other => other,
    }
}

#[cfg(test)]
mod tests;
