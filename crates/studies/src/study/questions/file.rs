//! Questions that were made elsewhere, by a language model or by hand.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

use super::{english::number, scene::check, scenery::names_time, thing::Thing};
use crate::study::{Check, Kind, StudyPrompt};
use tauscope_core::error::{Error, Result};

/// The most sentences about one file.
const MOST_NOTICES: usize = 20;

/// A line: a prompt with checks as in our own files, or with questions.
#[derive(Deserialize)]
struct Line {
    prompt: String,
    #[serde(default)]
    checks: Vec<Check>,
    #[serde(default)]
    questions: Vec<Question>,
}

/// A question, with or without the kind that it is counted under.
#[derive(Deserialize)]
#[serde(untagged)]
enum Question {
    OfKind { kind: Kind, question: String },
    Alone(String),
}

/// Gives prompts the questions of a file in place of their own: JSON Lines with "prompt" and either "checks", as our own
/// files have them, or "questions". They are matched by the prompts' text. The sentences say what could not be used, and
/// what has no questions now.
///
/// # Errors
/// [`Error::File`] if the file cannot be read, [`Error::Input`] if it has no question for any prompt.
pub fn take_questions(path: &Path, prompts: &mut [StudyPrompt]) -> Result<Vec<String>> {
    let bytes = fs::read(path).map_err(Error::reading(path))?;
    let (mut questions, mut notices) = (BTreeMap::<String, Vec<Check>>::new(), Vec::new());
    let name = path.display();
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(line) {
            Ok(Line { prompt, mut checks, questions: others }) => {
                checks.extend(others.into_iter().map(Question::check));
                questions.entry(key(&prompt)).or_default().extend(checks);
            }
            Err(error) => notices.push(format!("{name}: line {} is left out: {error}.", index + 1)),
        }
    }
    let mut without = 0;
    let mut unmatched: BTreeMap<_, _> = questions.keys().map(|key| (key.clone(), ())).collect();
    for prompt in &mut *prompts {
        let key = key(&prompt.prompt);
        match questions.get(&key) {
            Some(checks) => prompt.checks = checks.clone(),
            None => without += 1,
        }
        unmatched.remove(&key);
    }
    if without == prompts.len() {
        return Err(Error::input(
            format!("{name} has no question for any of the study's {without} prompts."),
            "Write a line a prompt, as in {\"prompt\": \"a red hat\", \"questions\": [\"Is the hat red?\"]}.",
        ));
    }
    if without > 0 {
        notices.push(format!("{without} prompts have no line in {name} and keep their own questions."));
    }
    notices.extend(unmatched.keys().map(|prompt| format!("{name}: no prompt of the study is \"{prompt}\".")));
    let more = notices.len().saturating_sub(MOST_NOTICES);
    if more > 0 {
        notices.truncate(MOST_NOTICES);
        notices.push(format!("{name}: {more} more sentences are left out."));
    }
    Ok(notices)
}

impl Question {
    fn check(self) -> Check {
        let (kind, question) = match self {
            Self::OfKind { kind, question } => (kind, question),
            Self::Alone(question) => (kind_of(&question), question),
        };
        check(kind, question, None)
    }
}

/// What prompts are matched by.
fn key(prompt: &str) -> String {
    prompt.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a question asks about, by its words.
fn kind_of(question: &str) -> Kind {
    let question = question.to_lowercase();
    let words: Vec<_> = question.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
    let said = Thing::read(&question.replace('?', " thing"));
    let has = |some: &[&str]| words.iter().any(|word| some.contains(word));
    if !said.colours.is_empty() {
        Kind::Colour
    } else if !said.textures.is_empty() {
        Kind::Texture
    } else if words.iter().any(|word| number(word).is_some()) || question.contains("how many") {
        Kind::Number
    } else if names_time(&words) {
        Kind::Time
    } else if has(&[
        "above", "behind", "below", "beside", "front", "in", "left", "near", "next", "on", "right", "under",
    ]) {
        Kind::Place
    } else {
        Kind::Content
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::trouble::damaged;

    const FILE: &[u8] = br#"{"prompt": "A  red hat", "questions": ["Is the hat red?", {"kind": "content", "question": "A hat?"}]}
nonsense
{"prompt": "a dog", "checks": [{"kind": "content", "cls": "dog", "question": "Is there a dog?"}]}
{"prompt": "a bear", "questions": []}
"#;

    fn prompts() -> Vec<StudyPrompt> {
        let prompt = |(number, text): (usize, &str)| StudyPrompt {
            number,
            prompt: text.to_owned(),
            kind: None,
            level: None,
            half: None,
            checks: Vec::new(),
        };
        ["a red hat", "a dog", "a cat"].into_iter().enumerate().map(prompt).collect()
    }

    fn take(bytes: &[u8]) -> Result<(Vec<StudyPrompt>, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        fs::write(&path, bytes).unwrap();
        let mut prompts = prompts();
        take_questions(&path, &mut prompts).map(|notices| (prompts, notices))
    }

    #[test]
    fn questions_are_matched_by_the_prompts() {
        let (prompts, notices) = take(FILE).unwrap();
        let asked = |index: usize| {
            let checks = prompts[index].checks.iter();
            checks.map(|check| (check.kind, check.question.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(asked(0), [(Kind::Colour, "Is the hat red?"), (Kind::Content, "A hat?")]);
        assert_eq!(asked(1), [(Kind::Content, "Is there a dog?")]);
        assert_eq!(serde_json::to_value(&prompts[1].checks[0]).unwrap()["cls"], "dog");
        assert_eq!(asked(2), []);
        let expected =
            ["line 2 is left out", "1 prompts have no line", "no prompt of the study is \"a bear\""];
        assert_eq!(notices.len(), expected.len(), "{notices:?}");
        assert!(
            notices.iter().zip(expected).all(|(notice, expected)| notice.contains(expected)),
            "{notices:?}"
        );
    }

    #[test]
    fn a_file_about_other_prompts_is_refused() {
        let message =
            take(b"{\"prompt\": \"a bear\", \"questions\": [\"A bear?\"]}").unwrap_err().to_string();
        assert!(message.contains("no question for any of the study's 3 prompts"), "{message}");
    }

    #[test]
    fn kinds_are_told_by_the_words() {
        fn check(question: &str, expected: Kind) {
            assert_eq!(kind_of(question), expected, "{question}");
        }
        check("Is the hat red?", Kind::Colour);
        check("Is one dog dark blue and the other red?", Kind::Colour);
        check("Is the cat striped?", Kind::Texture);
        check("Are there exactly two dogs?", Kind::Number);
        check("Is it at night?", Kind::Time);
        check("Is the dog to the left of the cat?", Kind::Place);
        check("Is it in the snow?", Kind::Place);
        check("Is there a dog?", Kind::Content);
        check("Does the girl have the hat?", Kind::Content);
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for bytes in damaged(FILE, 300) {
            if let Ok((prompts, _)) = take(&bytes) {
                assert!(prompts.iter().any(|prompt| !prompt.checks.is_empty()) || !bytes.is_empty());
            }
        }
    }
}
