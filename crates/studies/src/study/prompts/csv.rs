//! CSV: a prompt a row, in one of the columns.

use csv::ReaderBuilder;

use super::list::{PromptList, Reading, plain};
use tauscope_core::error::{Error, Result};

/// Columns that hold prompts, where none is named.
const USUAL: [&str; 2] = ["prompt", "caption"];

/// Reads CSV with a row of names: the prompts are in `column`, else in the column "prompt" or "caption", else in the
/// only one.
///
/// # Errors
/// [`Error::Input`] if there is no such column, or no prompt in it.
pub(super) fn csv(name: &str, bytes: &[u8], delimiter: u8, column: Option<&str>) -> Result<PromptList> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let names = reader.headers().map_err(|error| {
        Error::input(format!("{name} cannot be read as CSV: {error}."), "Save it anew as CSV in UTF-8.")
    })?;
    let named = |wanted: &str| names.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
    let found = match column {
        Some(column) => named(column),
        None => USUAL.into_iter().find_map(named).or((names.len() == 1).then_some(0)),
    };
    let index = found.ok_or_else(|| {
        let wanted = column.map_or_else(|| USUAL.join("\" or \""), str::to_owned);
        let names: Vec<_> = names.iter().collect();
        Error::input(
            format!("{name} has no column \"{wanted}\"."),
            format!("Choose one with --column: {}.", names.join(", ")),
        )
    })?;
    let mut reading = Reading::new(name);
    for (number, row) in reader.records().enumerate() {
        let place = format!("row {}", number + 1);
        match row {
            Ok(row) => reading.take(place, plain(number, row.get(index).unwrap_or_default())),
            Err(error) => reading.leave_out(place, error),
        }
    }
    reading.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_stand_in_a_column() {
        fn check(text: &str, column: Option<&str>, expected: &[&str]) {
            let list = csv("my.csv", text.as_bytes(), b',', column).unwrap();
            let read: Vec<_> = list.prompts.iter().map(|prompt| prompt.prompt.as_str()).collect();
            assert_eq!(read, expected, "{text}");
        }
        check("prompt\na cat\n\"a cat, a dog\"\n", None, &["a cat", "a cat, a dog"]);
        check("id,Caption\n1,a cat\n2,a dog", None, &["a cat", "a dog"]);
        check("id,caption,prompt\n1,no,a cat", None, &["a cat"]);
        check("what\na cat", None, &["a cat"]);
        check("id,text\n1,\"a\ncat\"", Some("text"), &["a cat"]);
        check("id,prompt\n1\n2,a dog", None, &["a dog"]);
    }

    #[test]
    fn what_is_no_prompt_is_named() {
        fn check(bytes: &[u8], column: Option<&str>, expected: &str) {
            let message = csv("my.csv", bytes, b',', column).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check(
            b"id,text\n1,a cat",
            None,
            "no column \"prompt\" or \"caption\". Choose one with --column: id, text.",
        );
        check(b"id,prompt\n1,a cat", Some("text"), "no column \"text\"");
        check(b"", None, "no column");
        check(b"prompt\n", None, "no prompt in my.csv");
        check(b"prompt\n\"\"\n", None, "row 1 is left out: it has no text");
        check(b"prompt\n\xff\n", None, "row 1 is left out");
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for bytes in crate::study::trouble::damaged(b"id,prompt\n1,\"a cat, a dog\"\n2,a dog\n", 500) {
            if let Ok(list) = csv("damaged", &bytes, b',', None) {
                assert!(list.prompts.iter().all(|prompt| !prompt.prompt.is_empty()));
            }
        }
    }
}
