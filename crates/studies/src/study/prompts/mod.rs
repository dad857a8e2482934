//! Files of prompts: our own with checks, plain text, COCO captions, tables.
//!
//! A line that cannot be used becomes a sentence, and the rest goes on. What this is not: choosing among the prompts
//! (`Selection` does).

mod captions;
mod csv;
mod jsonl;
mod list;
mod text;

use std::{fs, path::Path};

pub(super) use jsonl::jsonl;
pub use jsonl::write_prompts;
pub use list::PromptList;
use tauscope_core::error::{Error, Result};

/// Reads a file of prompts. Its ending says what it is, else its beginning; `column` is a CSV file's.
///
/// # Errors
/// [`Error::File`] if the file cannot be read, [`Error::Input`] if there is no prompt in it.
pub fn read_prompts(path: &Path, column: Option<&str>) -> Result<PromptList> {
    let bytes = fs::read(path).map_err(Error::reading(path))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let name = path.display().to_string();
    match Form::of(path, bytes, column.is_some()) {
        Form::Lines => jsonl(&name, bytes),
        Form::Captions => captions::captions(&name, bytes),
        Form::Csv(delimiter) => csv::csv(&name, bytes, delimiter, column),
        Form::Text => text::text(&name, bytes),
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Our own: JSON Lines.
    Lines,
    /// COCO captions: one JSON object.
    Captions,
    /// Columns between these signs.
    Csv(u8),
    /// A prompt a line.
    Text,
}

impl Form {
    fn of(path: &Path, bytes: &[u8], has_column: bool) -> Self {
        let ending =
            path.extension().map_or_else(String::new, |ending| ending.to_string_lossy().to_lowercase());
        let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let is_object =
            |bytes: &[u8]| matches!(serde_json::from_slice(bytes), Ok(serde_json::Value::Object(_)));
        match ending.as_str() {
            "jsonl" | "ndjson" => Self::Lines,
            "csv" => Self::Csv(b','),
            "tsv" => Self::Csv(b'\t'),
            _ if has_column => Self::Csv(b','),
            _ if !bytes.trim_ascii_start().starts_with(b"{") => Self::Text,
            _ if is_object(first) && !is_object(bytes) => Self::Lines,
            _ if is_object(first) && !contains(bytes, b"\"annotations\"") => Self::Lines,
            _ if contains(bytes, b"\"annotations\"") => Self::Captions,
            // A choice in braces begins like an object.
            _ if !is_object(bytes) => Self::Text,
            _ => Self::Captions,
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
