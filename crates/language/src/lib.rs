//! Finds the entities of a prompt: its noun phrases, and which of them belong to one thing (method.md 2).
//!
//! It has three steps: [`tagging`] splits the text into words and tags them with nlprule's English tagger; [`phrases`]
//! combines words into noun phrases; [`roles`] decides for each phrase whether it is an entity, a part of one, or global,
//! by the words between the phrases and the tables of [`lexicon`]. [`LanguageData`] is the tagger's data.

mod data;
#[rustfmt::skip]
mod lexicon;
mod phrases;
mod roles;
mod tagging;
#[cfg(test)]
mod tests;
mod word;

use std::{io::Read, ops::Range};

pub use data::LanguageData;
use tauscope_core::{
    error::{Error, Result},
    prompt::{Entities, Entity, Phrase, WeightedText, segments},
};

/// The English language: nlprule's tagger with its data. About 140 MB.
pub struct Language {
    tagger: nlprule::Tokenizer,
}

impl Language {
    /// Reads nlprule's `en_tokenizer.bin`; `name` is its name in error messages.
    ///
    /// # Errors
    /// [`Error::Input`] if `data` cannot be read or is not such a file.
    pub fn from_reader(name: &str, mut data: impl Read) -> Result<Self> {
        let broken = |reason: String| {
            Error::input(
                format!("Entities cannot be found: {name} is not the tagger data of nlprule 0.6 ({reason})."),
                "Replace it with a valid file, or remove it to use the program's own data.",
            )
        };
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        // nlprule's own reader trusts the lengths in a broken file and runs out of memory.
        let tagger = bincode::deserialize(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Self { tagger })
    }

    /// The entities of an English prompt, in reading order. Takes a few milliseconds.
    ///
    /// # Panics
    /// If the tagger panics, which no known text causes, but broken data might.
    pub fn entities(&self, prompt: &str) -> Entities {
        let plain = WeightedText::parse(prompt);
        let words = tagging::words(&self.tagger, &plain.text);
        let phrase = |phrase: &phrases::NounPhrase| Phrase {
            span: plain.source_range(phrase.span(&words)),
            head: plain.source_range(last_word(&plain.text, &words[phrase.head].span)),
        };
        let entity = |entity: &Vec<_>| Entity { phrases: entity.iter().map(phrase).collect() };
        Entities { list: roles::entities(&words).iter().map(entity).collect(), by_hand: false }
    }
}

/// "shirt" of "t-shirt", which the tagger treats as one word, but which has a map for each part.
fn last_word(text: &str, span: &Range<usize>) -> Range<usize> {
    let last = segments(&text[span.clone()]).pop();
    last.map_or(span.clone(), |last| span.start + last.start..span.start + last.end)
}
