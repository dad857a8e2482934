//! Prompts as they are read, with what could not be.

use std::{collections::BTreeSet, fmt::Display};

use crate::study::StudyPrompt;
use tauscope_core::{
    diffusion::MAX_PROMPT_BYTES,
    error::{Error, Result},
};

/// The most sentences about one file.
const MOST_NOTICES: usize = 20;

/// The prompts of a file, and sentences about what is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptList {
    /// The prompts, each with its number in the file.
    pub prompts: Vec<StudyPrompt>,
    /// What is left out, and why.
    pub notices: Vec<String>,
}

/// A list that is being read.
pub(super) struct Reading<'a> {
    file: &'a str,
    list: PromptList,
    numbers: BTreeSet<usize>,
    left_out: usize,
}

impl<'a> Reading<'a> {
    /// An empty list of the file with this name.
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, list: PromptList::default(), numbers: BTreeSet::new(), left_out: 0 }
    }

    /// Takes a prompt that stands at `place` ("line 3"), unless it cannot be painted.
    pub(super) fn take(&mut self, place: impl Display, prompt: StudyPrompt) {
        let bytes = prompt.prompt.len();
        if prompt.prompt.trim().is_empty() {
            self.leave_out(place, "it has no text");
        } else if bytes > MAX_PROMPT_BYTES {
            self.leave_out(place, format!("it has {bytes} bytes, and {MAX_PROMPT_BYTES} can be painted"));
        } else if u32::try_from(prompt.number).is_err() {
            self.leave_out(
                place,
                format!("its number {} is too large for seeds to be made of it", prompt.number),
            );
        } else if !self.numbers.insert(prompt.number) {
            self.leave_out(place, format!("another prompt has the number {} already", prompt.number));
        } else {
            self.list.prompts.push(prompt);
        }
    }

    /// Says that what stands at `place` is left out.
    pub(super) fn leave_out(&mut self, place: impl Display, why: impl Display) {
        self.left_out += 1;
        if self.left_out <= MOST_NOTICES {
            self.list.notices.push(format!("{}: {place} is left out: {why}.", self.file));
        }
    }

    /// The list.
    ///
    /// # Errors
    /// [`Error::Input`] if it is empty.
    pub(super) fn end(mut self) -> Result<PromptList> {
        if self.list.prompts.is_empty() {
            let why = self.list.notices.first().map_or_else(String::new, |notice| format!(" {notice}"));
            return Err(Error::input(
                format!("There is no prompt in {}.{why}", self.file),
                "Give JSON Lines with \"prompt\", a prompt a line, COCO captions, or CSV.",
            ));
        }
        if self.left_out > MOST_NOTICES {
            let more = self.left_out - MOST_NOTICES;
            self.list.notices.push(format!("{}: {more} more are left out.", self.file));
        }
        Ok(self.list)
    }
}

/// A prompt of which only the text is known.
pub(super) fn plain(number: usize, text: &str) -> StudyPrompt {
    StudyPrompt {
        number,
        prompt: text.split_whitespace().collect::<Vec<_>>().join(" "),
        kind: None,
        level: None,
        half: None,
        checks: Vec::new(),
    }
}

/// The lines that are not blank, numbered from 0; `None` where they are not UTF-8.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<&str>)> {
    let lines = bytes.split(|&byte| byte == b'\n').map(|line| line.trim_ascii()).enumerate();
    lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| (number, str::from_utf8(line).ok()))
}
