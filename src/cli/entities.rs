//! `tauscope entities`: which words of a prompt belong to which thing, and which to the whole picture.

use std::ops::Range;

use serde_json::{Value, json};

use super::{args::Entities, output};
use tauscope_core::{
    data_folder,
    error::{Error, Result},
    prompt::{Groups, Phrase, WeightedText},
};
use tauscope_studio::worker::find_groups;

/// Prints the groups that are found.
///
/// # Errors
/// If the language data cannot be read, or standard output cannot be written.
pub(super) fn run(arguments: &Entities) -> Result<()> {
    let prompt = &arguments.prompt;
    let groups = find_groups(data_folder().as_deref(), prompt)?;
    output::line(&if arguments.json {
        serde_json::to_string_pretty(&as_json(prompt, &groups))
            .map_err(|error| Error::Internal(format!("the entities cannot be written as JSON ({error}).")))?
    } else {
        as_text(prompt, &groups)
    })
}

/// A line for each entity, its parts behind a bar and heads in brackets, and one for the global words.
fn as_text(prompt: &str, groups: &Groups) -> String {
    let plain = WeightedText::parse(prompt);
    let text = |span: &Range<usize>| plain.text_within(span).to_owned();
    let phrase = |phrase: &Phrase| format!("{} [{}]", text(&phrase.span), text(&phrase.head));
    let mut lines: Vec<String> = groups
        .list
        .iter()
        .map(|group| group.phrases.iter().map(phrase).collect::<Vec<_>>().join(" | "))
        .collect();
    let global: Vec<_> = groups.global_words(prompt).iter().map(text).collect();
    if !global.is_empty() {
        lines.push(format!("global: {}", global.join(" ")));
    }
    lines.join("\n")
}

fn as_json(prompt: &str, groups: &Groups) -> Value {
    let plain = WeightedText::parse(prompt);
    let place =
        |span: &Range<usize>| json!({ "text": plain.text_within(span), "bytes": [span.start, span.end] });
    let phrase = |phrase: &Phrase| json!({ "phrase": place(&phrase.span), "head": place(&phrase.head) });
    json!({
        "prompt": prompt,
        "groups": groups.to_text(prompt),
        "entities": groups.list.iter()
            .map(|group| group.phrases.iter().map(phrase).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "global": groups.global_words(prompt).iter().map(place).collect::<Vec<_>>(),
    })
}
