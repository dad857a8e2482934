//! Asking a child process, line by line, with patience that ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

use tauscope_core::{CancelToken, Error, Result};

/// Time between two looks at the cancel token.
const POLL: Duration = Duration::from_millis(50);
/// The longest line that is read as one.
const LONGEST_LINE: u64 = 64 << 10;
/// How much of a strange line is told.
const TOLD_CHARACTERS: usize = 80;

/// A program that is running. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Talk {
    child: Child,
    questions: ChildStdin,
    lines: Receiver<Vec<u8>>,
}

/// A line that the program writes. Other keys are its own business.
#[derive(Deserialize)]
struct Answer {
    // So that a missing key is no "cannot tell".
    #[serde(deserialize_with = "Option::deserialize")]
    answer: Option<bool>,
    /// The question again, if the program wants to be sure.
    question: Option<String>,
}

impl Talk {
    /// Starts a program. What it writes to standard error goes where the program's own goes.
    ///
    /// # Errors
    /// [`Error::Input`] if it does not start.
    pub(super) fn start(command: &[String]) -> Result<Self> {
        let fault = |problem: String| {
            Error::input(
                format!("The judge's program {:?} cannot be started ({problem}).", command.join(" ")),
                "Check that it is there and may be run.",
            )
        };
        let (program, arguments) = command.split_first().ok_or_else(|| fault("it has no name".into()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| fault(error.to_string()))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fault("it has no input or no output".into()));
        };
        let (to, lines) = mpsc::sync_channel(1);
        // A read cannot be given up, so it has a thread, which ends with the program's output.
        thread::Builder::new()
            .name("judge's program".into())
            .spawn(move || read_lines(answers, &to))
            .map_err(|error| fault(error.to_string()))?;
        Ok(Self { child, questions, lines })
    }

    /// Sends a line, and waits for the answer to `question`.
    ///
    /// # Errors
    /// [`Error::Input`] if the program ends, takes too long or answers something else; [`Error::Cancelled`].
    pub(super) fn ask(
        &mut self,
        line: &str,
        question: &str,
        patience: Duration,
        cancel: &CancelToken,
    ) -> Result<Option<bool>> {
        if let Ok(early) = self.lines.try_recv() {
            return Err(strange(&early, "before it was asked"));
        }
        writeln!(self.questions, "{line}").and_then(|()| self.questions.flush()).map_err(|_error| ended())?;
        let answered = self.answer(patience, cancel)?;
        let answer: Answer =
            serde_json::from_slice(&answered).map_err(|_error| strange(&answered, "to a question"))?;
        match answer.question {
            Some(other) if other != question => Err(strange(&answered, "to another question")),
            _ => Ok(answer.answer),
        }
    }

    fn answer(&self, patience: Duration, cancel: &CancelToken) -> Result<Vec<u8>> {
        let asked = Instant::now();
        loop {
            cancel.check()?;
            match self.lines.recv_timeout(POLL) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
                Err(RecvTimeoutError::Timeout) if asked.elapsed() < patience => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Error::input(
                        format!("The judge's program did not answer within {patience:?}."),
                        "It has to write a line for each line that it reads, and to flush its output.",
                    ));
                }
            }
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(answers: ChildStdout, to: &SyncSender<Vec<u8>>) {
    let mut answers = BufReader::new(answers);
    loop {
        let mut line = Vec::new();
        match answers.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(1..) if to.send(line).is_ok() => {}
            _ => return,
        }
    }
}

fn ended() -> Error {
    Error::input(
        "The judge's program ended before it answered.",
        "What it wrote to standard error may say why.",
    )
}

fn strange(line: &[u8], when: &str) -> Error {
    let line: String = String::from_utf8_lossy(line).trim_end().chars().take(TOLD_CHARACTERS).collect();
    Error::input(
        format!("The judge's program wrote {line:?} {when}."),
        "It has to write one line like {\"answer\": true} for each question; anything else belongs on standard error.",
    )
}
