//! Questions about a prompt's pictures, made of the things that its text names.
//!
//! [`questions`] asks whether each thing is there, how many there are, which colour and texture they have, what they
//! have with them, how they lie to each other, and where and when it is. [`fill_questions`] does so for prompts without
//! checks, and [`take_questions`] takes what was asked elsewhere. A question about what the scene reader knows has its
//! fields too. What this is not: answering.

mod amounts;
mod attributes;
mod belongings;
mod english;
mod file;
mod layout;
mod scene;
mod scenery;
mod thing;
mod things;
#[rustfmt::skip]
mod words;

use super::{Check, StudyPrompt};
pub use file::take_questions;
use tauscope_core::prompt::Entities;
use tauscope_language::Language;
use things::Things;

/// The questions about pictures of `prompt`, which has these entities.
pub fn questions(prompt: &str, entities: &Entities) -> Vec<Check> {
    let things = Things::read(prompt, entities);
    let asked = [
        belongings::presence(&things),
        belongings::belongings(&things),
        amounts::amounts(&things),
        attributes::colours(&things),
        attributes::textures(&things),
        scenery::scenery(prompt, entities),
        layout::layout(prompt, &things),
    ];
    let mut questions: Vec<Check> = Vec::new();
    for check in asked.into_iter().flatten() {
        if !questions.contains(&check) {
            questions.push(check);
        }
    }
    questions
}

/// Makes the questions of prompts that have none. A prompt that was written for a kind is asked about that kind alone.
pub fn fill_questions(prompts: &mut [StudyPrompt], language: &Language) {
    for prompt in prompts.iter_mut().filter(|prompt| prompt.checks.is_empty()) {
        prompt.checks = questions(&prompt.prompt, &language.entities(&prompt.prompt));
        prompt.checks.retain(|check| prompt.kind.is_none_or(|kind| check.kind == kind));
    }
}

#[cfg(test)]
mod tests;
