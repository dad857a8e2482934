//! JSON Lines that grow. A line counts once it is ended, so one that was torn is as if it had never been begun.

use std::{fs, io, marker::PhantomData, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Shot, append::AppendFile};
use tauscope_core::error::{Error, Result};

/// A line of a judge's answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AnswersLine {
    /// Of which picture.
    #[serde(flatten)]
    pub(super) shot: Shot,
    /// One a check, in their order; null is "cannot tell".
    pub(super) answers: Vec<Option<bool>>,
}

/// A line of a judge's scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScoreLine {
    /// Of which picture.
    #[serde(flatten)]
    pub(super) shot: Shot,
    /// How good it is.
    pub(super) score: f64,
}

/// A file of lines of one type, to be added to.
#[derive(Debug)]
pub(super) struct Lines<T> {
    file: AppendFile,
    line: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Lines<T> {
    /// Opens the file or makes it, cuts off a torn line, and gives the others.
    ///
    /// # Errors
    /// [`Error::File`], and [`Error::Input`] if a whole line is broken.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<T>)> {
        let text = whole_lines(path)?;
        let lines = parse(path, &text)?;
        let file = AppendFile::open(path, text.len() as u64)?;
        Ok((Self { file, line: PhantomData }, lines))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// As [`AppendFile::append`].
    pub(super) fn append(&mut self, line: &T) -> Result<()> {
        self.append_text(&to_line(line)?)
    }

    /// Adds a line as it was read elsewhere, without its end.
    ///
    /// # Errors
    /// As [`AppendFile::append`].
    pub(super) fn append_text(&mut self, line: &str) -> Result<()> {
        self.file.append(format!("{line}\n").as_bytes())
    }
}

/// The lines of a file; none if there is no file, and without one that is being written.
///
/// # Errors
/// [`Error::File`], and [`Error::Input`] if a whole line is broken.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    parse(path, &whole_lines(path)?)
}

/// As [`read`], each line with its text.
///
/// # Errors
/// As [`read`].
pub(super) fn read_with_text<T: DeserializeOwned>(path: &Path) -> Result<Vec<(T, String)>> {
    let text = whole_lines(path)?;
    Ok(parse(path, &text)?.into_iter().zip(text.lines().map(str::to_owned)).collect())
}

/// All lines as the text of a file.
///
/// # Errors
/// [`Error::Internal`] for what JSON cannot say.
pub(super) fn to_text<T: Serialize>(lines: &[T]) -> Result<String> {
    lines.iter().map(|line| to_line(line).map(|line| line + "\n")).collect()
}

fn to_line(line: &impl Serialize) -> Result<String> {
    serde_json::to_string(line)
        .map_err(|cause| Error::Internal(format!("a line of a run cannot be written as JSON ({cause}).")))
}

/// The text up to the last end of a line.
///
/// # Errors
/// [`Error::File`], and [`Error::Input`] if it is no text.
pub(super) fn whole_lines(path: &Path) -> Result<String> {
    let mut text = match fs::read(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(cause) => return Err(Error::reading(path)(cause)),
    };
    text.truncate(text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    String::from_utf8(text).map_err(|cause| broken(path, None, &cause))
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<Vec<T>> {
    let line = |(at, line)| serde_json::from_str(line).map_err(|cause| broken(path, Some(at + 1), &cause));
    text.lines().enumerate().map(line).collect()
}

fn broken(path: &Path, line: Option<usize>, cause: &dyn std::error::Error) -> Error {
    let place = line.map_or_else(String::new, |line| format!("line {line} of "));
    Error::input(
        format!("In a run's folder, {place}{} is broken ({cause}).", path.display()),
        "Remove that line: what it said is made again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sample: usize) -> ScoreLine {
        ScoreLine { shot: Shot { prompt: 3, sample, arm: "neutral".into() }, score: 0.1 }
    }

    #[test]
    fn a_torn_line_is_as_if_it_had_never_been() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        let whole = to_text(&[line(0), line(1)]).unwrap();
        let first = whole.find('\n').unwrap() + 1;
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let expected = usize::from(cut >= first) + usize::from(cut == whole.len());
            assert_eq!(read::<ScoreLine>(&path).unwrap().len(), expected, "{cut}");
            let (mut lines, found) = Lines::open(&path).unwrap();
            assert_eq!(found.len(), expected, "{cut}");
            (expected..2).for_each(|sample| lines.append(&line(sample)).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), whole, "{cut}");
        }
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        fs::write(&path, to_text(&[line(0)]).unwrap() + "{\"prompt\": 3}\n").unwrap();
        let message = read::<ScoreLine>(&path).unwrap_err().to_string();
        assert!(message.contains("line 2 of") && message.contains("Remove that line"), "{message}");
    }
}
