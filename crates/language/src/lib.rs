//! Finds the entities of a prompt: its noun phrases, and which of them belong to one thing (method.md 2).
//!
//! It has three steps: [`tagging`] splits the text into words and tags them with nlprule's English tagger, which reads what
//! [`readable`] leaves of the text; [`phrases`] combines words into noun phrases; [`roles`] decides for each phrase whether
//! it is an entity, a part of one, or global, by what the phrase is ([`kind`], with the tables of [`lexicon`]), by the words
//! between the phrases ([`link`]) and by brackets ([`asides`]). [`LanguageData`] is the tagger's data; [`vocabulary`] lends
//! the tables to others.

mod asides;
mod data;
mod kind;
#[rustfmt::skip]
mod lexicon;
mod link;
mod phrases;
mod readable;
mod roles;
mod tagging;
#[cfg(test)]
mod tests;
pub mod vocabulary;
mod word;

use std::io::Read;

pub use data::LanguageData;
use tauscope_core::{
    error::{Error, Result},
    prompt::{Entities, Entity, Phrase, WeightedText},
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
        let mut words = tagging::words(&self.tagger, &plain.text);
        asides::mark(&mut words, prompt, &plain);
        let phrase = |phrase: &phrases::NounPhrase| Phrase::new(&plain, phrase.span(&words));
        let entity = |entity: &Vec<_>| Entity { phrases: entity.iter().map(phrase).collect() };
        Entities { list: roles::entities(&words).iter().map(entity).collect(), by_hand: false }
    }
}
