//! A program of the user's as a judge: a VQA model, a language model behind a script, anything that answers questions.
//!
//! It gets one JSON line a check, `{"picture": FILE, "prompt": TEXT, "question": TEXT}`, and answers each before it gets the
//! next: `{"answer": true}`, `false`, or `null` for "cannot tell". A program that dies, hangs or says something else costs
//! one picture its answers, and is started anew for the next.

mod talk;

use std::{path::Path, time::Duration};

use serde::Serialize;

use super::{Judge, Picture, Verdict, fingerprint};
use talk::Talk;
use tauscope_core::{CancelToken, Error, Result};

/// After so many pictures in a row without answers it is not started again.
const TRIES: usize = 3;

/// Answers checks by asking a program.
#[derive(Debug)]
pub struct ProgramJudge {
    name: String,
    command: Vec<String>,
    patience: Duration,
    talk: Option<Talk>,
    failures: usize,
}

/// A line that the program gets.
#[derive(Serialize)]
struct Question<'a> {
    picture: &'a Path,
    prompt: &'a str,
    question: &'a str,
}

impl ProgramJudge {
    /// How long an answer may take by default; the first one waits for the program's model.
    pub const PATIENCE: Duration = Duration::from_secs(300);

    /// Starts `command`, a program and its arguments with spaces in between, and nothing that only a shell understands. Tables
    /// call it `name`.
    ///
    /// # Errors
    /// [`Error::Input`] if it does not start.
    pub fn open(name: &str, command: &str, patience: Duration) -> Result<Self> {
        let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let talk = Some(Talk::start(&command)?);
        Ok(Self { name: name.to_owned(), command, patience, talk, failures: 0 })
    }

    /// The answers to all checks of a picture.
    fn answers(
        &mut self,
        picture: &Picture<'_>,
        file: &Path,
        cancel: &CancelToken,
    ) -> Result<Vec<Option<bool>>> {
        let mut talk = match self.talk.take() {
            Some(talk) => talk,
            None => Talk::start(&self.command)?,
        };
        let mut answers = Vec::with_capacity(picture.prompt.checks.len());
        for check in &picture.prompt.checks {
            let question =
                Question { picture: file, prompt: &picture.prompt.prompt, question: &check.question };
            let line = serde_json::to_string(&question)
                .map_err(|error| Error::Internal(format!("a question cannot be written ({error}).")))?;
            answers.push(talk.ask(&line, &check.question, self.patience, cancel)?);
        }
        // After any failure it is gone, and with it answers that come late.
        self.talk = Some(talk);
        Ok(answers)
    }
}

impl Judge for ProgramJudge {
    fn name(&self) -> &str {
        &self.name
    }

    /// Of the command, and of what lies in the files that it names.
    fn fingerprint(&self) -> String {
        let files = self.command.iter().map(Path::new).filter(|word| word.is_file());
        // A file that cannot be read is no part of what the program is.
        let files = fingerprint::of_files(files).unwrap_or_default();
        fingerprint::of_parts(self.command.iter().map(String::as_bytes).chain([files.as_bytes()]))
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        let remedy = "Try the program by hand with a line as docs/judges.md shows it.";
        if self.failures == TRIES {
            let problem = format!("The program of the judge {} failed {TRIES} times in a row.", self.name);
            return Err(Error::input(problem, remedy));
        }
        let file = picture.file.ok_or_else(|| {
            Error::input("A program judges files, and this picture has none.", "Save the picture first.")
        })?;
        match self.answers(picture, file, cancel) {
            Ok(answers) => {
                self.failures = 0;
                Ok(Verdict::Answers(answers))
            }
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => {
                self.failures += 1;
                Err(error)
            }
        }
    }
}
