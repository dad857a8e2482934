//! Our own files: JSON Lines, a prompt with its checks each.

use std::{io::Write, path::Path};

use serde::Deserialize;

use super::list::{PromptList, Reading, lines};
use crate::study::StudyPrompt;
use tauscope_core::{error::Result, write_file};

/// A prompt's own number, which files that the program wrote have. Without one it is the line's.
#[derive(Deserialize)]
struct Numbered {
    number: Option<usize>,
}

/// Reads JSON Lines.
///
/// # Errors
/// [`Error::Input`](tauscope_core::error::Error::Input) if there is no prompt in it.
pub(in crate::study) fn jsonl(name: &str, bytes: &[u8]) -> Result<PromptList> {
    let mut reading = Reading::new(name);
    for (number, line) in lines(bytes) {
        let place = format!("line {}", number + 1);
        match line.map(prompt) {
            Some(Ok((prompt, own))) => {
                reading.take(place, StudyPrompt { number: own.unwrap_or(number), ..prompt });
            }
            Some(Err(error)) => reading.leave_out(place, error),
            None => reading.leave_out(place, "it is not UTF-8"),
        }
    }
    reading.end()
}

fn prompt(line: &str) -> serde_json::Result<(StudyPrompt, Option<usize>)> {
    let Numbered { number } = serde_json::from_str(line)?;
    Ok((serde_json::from_str(line)?, number))
}

/// Writes prompts with their checks as JSON Lines, so that a person can edit them before they are painted.
///
/// # Errors
/// [`Error::File`](tauscope_core::error::Error::File) if the file cannot be written.
pub fn write_prompts(path: &Path, prompts: &[StudyPrompt]) -> Result<()> {
    write_file(path, |file| {
        prompts.iter().try_for_each(|prompt| {
            serde_json::to_writer(&mut *file, prompt)?;
            file.write_all(b"\n")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::{builtin, read_prompts};

    #[test]
    fn broken_lines_are_left_out_and_the_rest_goes_on() {
        fn check(text: &[u8], expected: &[usize], notices: &[&str]) {
            let list = jsonl("my.jsonl", text).unwrap();
            assert_eq!(list.prompts.iter().map(|prompt| prompt.number).collect::<Vec<_>>(), expected);
            assert_eq!(list.notices.len(), notices.len(), "{:?}", list.notices);
            for (notice, expected) in list.notices.iter().zip(notices) {
                assert!(notice.starts_with("my.jsonl: ") && notice.contains(expected), "{notice}");
            }
        }
        check(br#"{"prompt": "a cat"}"#, &[0], &[]);
        check(b"\r\n{\"prompt\": \"a cat\"}\r\n\r\n{\"prompt\": \"a dog\", \"more\": 1}", &[1, 3], &[]);
        check(b"{\"prompt\": \"a cat\", \"number\": 7}\n{\"prompt\": \"a dog\"}", &[7, 1], &[]);
        check(
            b"{\"prompt\": \"a\xff\"}\n{\"prompt\": \"a dog\"}",
            &[1],
            &["line 1 is left out: it is not UTF-8"],
        );
        check(b"cat\n{\"prompt\": \"a dog\"}\n{\"prom", &[1], &["line 1 is left out", "line 3 is left out"]);
        check(b"{\"prompt\": \"a cat\"}\n{\"prompt\": \" \"}", &[0], &["line 2 is left out: it has no text"]);
        check(
            b"{\"prompt\": \"a cat\", \"number\": 1}\n{\"prompt\": \"a dog\"}",
            &[1],
            &["line 2 is left out: another prompt has the number 1"],
        );
        check(
            b"{\"prompt\": \"a cat\"}\n{\"prompt\": \"a dog\", \"checks\": [{\"kind\": \"smell\", \"question\": \"\"}]}",
            &[0],
            &["unknown variant `smell`, expected one of `colour`"],
        );
        let long = format!("{{\"prompt\": \"{}\"}}\n{{\"prompt\": \"a cat\"}}", "x".repeat(100_001));
        check(long.as_bytes(), &[1], &["it has 100001 bytes"]);
        let broken = format!("{}{{\"prompt\": \"a cat\"}}", "{\n".repeat(30));
        let list = jsonl("my.jsonl", broken.as_bytes()).unwrap();
        assert_eq!(list.notices.last().unwrap(), "my.jsonl: 10 more are left out.");
    }

    #[test]
    fn a_file_without_prompts_is_an_error() {
        let message = jsonl("my.jsonl", b"\n[]\n").unwrap_err().to_string();
        assert!(message.contains("no prompt in my.jsonl") && message.contains("line 2"), "{message}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        let prompts = builtin::scenes().unwrap().prompts.split_off(200);
        write_prompts(&path, &prompts).unwrap();
        assert_eq!(read_prompts(&path, None).unwrap(), PromptList { prompts, notices: Vec::new() });
    }

    /// A sound file with bytes changed, cut out and repeated: it is read or refused, and every prompt can be painted.
    #[test]
    fn any_bytes_are_read_or_refused() {
        let sound = &include_bytes!("../../../../../studies/scenes.jsonl")[..4000];
        for bytes in crate::study::trouble::damaged(sound, 500) {
            if let Ok(list) = jsonl("damaged", &bytes) {
                assert!(list.prompts.iter().all(|prompt| !prompt.prompt.trim().is_empty()));
            }
        }
    }
}
