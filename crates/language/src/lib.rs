//! Entities found in a sentence: noun phrases, and which of them belong to one thing (method.md 2).
//!
//! Three steps, each in its file: [`tagging`] cuts the text into words and lets nlprule's English tagger say what they
//! may be; [`phrases`] puts them together to noun phrases; [`roles`] decides for each phrase whether it is an entity, a
//! part of one, or global, by the words between the phrases and the tables of [`lexicon`]. What this is not: reading
//! the tagger's data from disk (`model`), or the thread that it works on (`worker`).

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
    /// Reads nlprule's `en_tokenizer.bin`; `name` is what the error calls it.
    ///
    /// # Errors
    /// If `data` cannot be read or is something else.
    pub fn from_reader(name: &str, mut data: impl Read) -> Result<Self> {
        let broken = |reason: String| {
            Error::input(
                format!("Entities cannot be found: {name} holds no tagger of nlprule 0.6 ({reason})."),
                "Put a right one in its place, or remove it to use the program's own.",
            )
        };
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        // Not nlprule's own reader: from a stream it trusts any length that a broken file claims, and memory ends.
        let tagger = bincode::deserialize(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Self { tagger })
    }

    /// The entities of a prompt, in reading order; of other languages than English it understands nothing. A few
    /// milliseconds.
    ///
    /// # Panics
    /// If the tagger does, which no text is known to bring about, but broken data might.
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

/// "shirt" of "t-shirt": the tagger takes them for one word, and maps are drawn for each.
fn last_word(text: &str, span: &Range<usize>) -> Range<usize> {
    let last = segments(&text[span.clone()]).pop();
    last.map_or(span.clone(), |last| span.start + last.start..span.start + last.end)
}
