//! `tauscope entities`: which words of a prompt belong to which thing, and which to the whole picture.

use std::ops::Range;

use serde_json::{Value, json};

use super::{args, output};
use tauscope_core::{
    data_folder,
    error::{Error, Result},
    prompt::{Entities, Phrase, WeightedText},
};
use tauscope_studio::worker::find_entities;

/// Prints the entities that are found; how the prompt is read otherwise than typed goes to standard error, or into the JSON.
///
/// # Errors
/// If the language data cannot be read, or standard output cannot be written.
pub(super) fn run(arguments: &args::Entities) -> Result<()> {
    let prompt = &arguments.prompt;
    let entities = find_entities(data_folder().as_deref(), prompt)?;
    if !arguments.json {
        WeightedText::parse(prompt).notices.iter().for_each(|notice| eprintln!("{notice}"));
    }
    output::line(&if arguments.json {
        serde_json::to_string_pretty(&as_json(prompt, &entities))
            .map_err(|error| Error::Internal(format!("the entities cannot be written as JSON ({error}).")))?
    } else {
        as_text(prompt, &entities)
    })
}

/// A line for each entity, its parts behind a bar and heads in brackets, and one for the global words.
fn as_text(prompt: &str, entities: &Entities) -> String {
    let plain = WeightedText::parse(prompt);
    let text = |span: &Range<usize>| plain.text_within(span).to_owned();
    let phrase = |phrase: &Phrase| format!("{} [{}]", text(&phrase.span), text(&phrase.head));
    let mut lines: Vec<String> = entities
        .list
        .iter()
        .map(|entity| entity.phrases.iter().map(phrase).collect::<Vec<_>>().join(" | "))
        .collect();
    let global: Vec<_> = entities.global_words(prompt).iter().map(text).collect();
    if !global.is_empty() {
        lines.push(format!("global: {}", global.join(" ")));
    }
    lines.join("\n")
}

fn as_json(prompt: &str, entities: &Entities) -> Value {
    let plain = WeightedText::parse(prompt);
    let place =
        |span: &Range<usize>| json!({ "text": plain.text_within(span), "bytes": [span.start, span.end] });
    let phrase = |phrase: &Phrase| json!({ "phrase": place(&phrase.span), "head": place(&phrase.head) });
    json!({
        "prompt": prompt,
        "groups": entities.to_text(prompt),
        "entities": entities.list.iter()
            .map(|entity| entity.phrases.iter().map(phrase).collect::<Vec<_>>())
            .collect::<Vec<_>>(),
        "global": entities.global_words(prompt).iter().map(place).collect::<Vec<_>>(),
        "notices": plain.notices.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
