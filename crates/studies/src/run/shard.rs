//! A part of a study, for one of several machines that know nothing of each other.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Which part of a study's prompts: 2/4 is the second of four. All pictures of a prompt are in the same part.
///
/// Prompts are dealt out like cards, by their place in the study: the same study splits alike everywhere, into parts that
/// differ by one prompt at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// The whole study.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Part `number` (from 1) of `of`; `None` if there is no such part.
    pub fn new(number: usize, of: usize) -> Option<Self> {
        (1..=of).contains(&number).then_some(Self { number, of })
    }

    /// Which part, from 1.
    pub fn number(self) -> usize {
        self.number
    }

    /// How many parts there are.
    pub fn of(self) -> usize {
        self.of
    }

    /// Whether the prompt at this place in the study, from 0, is in it.
    pub fn holds(self, place: usize) -> bool {
        place % self.of == self.number - 1
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

/// "2/4".
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Parses what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        parts
            .and_then(|(number, of)| Self::new(number, of))
            .ok_or_else(|| format!("{text:?} is not a part of a study, such as 1/4 to 4/4"))
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_in_one_part() {
        fn check(of: usize, prompts: usize) {
            let parts: Vec<_> = (1..=of).map(|number| Shard::new(number, of).unwrap()).collect();
            for place in 0..prompts {
                assert_eq!(parts.iter().filter(|part| part.holds(place)).count(), 1, "{place} of {of}");
            }
            let sizes = parts.iter().map(|part| (0..prompts).filter(|&place| part.holds(place)).count());
            assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
        }
        check(1, 5);
        check(3, 10);
        check(7, 3);
        assert!((0..5).all(|place| Shard::WHOLE.holds(place)));
    }

    #[test]
    fn parts_are_numbered_from_one() {
        fn check(text: &str, expected: Option<(usize, usize)>) {
            let shard = text.parse::<Shard>();
            assert_eq!(shard.as_ref().ok().map(|shard| (shard.number(), shard.of())), expected, "{text}");
            assert!(shard.is_err() || shard.unwrap().to_string() == text);
        }
        check("1/1", Some((1, 1)));
        check("2/4", Some((2, 4)));
        check("0/4", None);
        check("5/4", None);
        check("1/0", None);
        check("1", None);
        check("a/b", None);
    }
}
