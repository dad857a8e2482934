//! Entities as text, "a boy|a red hat;a girl": what a person writes, and what other programs read in a picture.

use std::ops::Range;

use super::{Entities, Entity, Phrase, WeightedText, instructions, phrase::spoken, words};
use crate::error::{Error, Result};

/// What separates entities, and the phrases of one.
const SEPARATORS: (char, char) = (';', '|');

impl Entities {
    /// Parses entities written by hand: phrases of `prompt`, with ";" between entities and "|" between their parts
    /// ("a boy|a red hat;a girl"). A phrase is written as in the prompt, or without its weights and other syntax; a
    /// backslash before a sign makes it part of a phrase. Punctuation between its words may be left out. A phrase stands
    /// for its first occurrence that is free, and those that occur least choose first.
    ///
    /// # Errors
    /// [`Error::Input`] that names a phrase that is not in the prompt.
    pub fn by_hand(prompt: &str, text: &str) -> Result<Self> {
        let prompt = PromptText::new(prompt);
        let entities = split(text, SEPARATORS.0).into_iter().filter(|entity| !entity.trim().is_empty());
        let entities: Vec<_> = entities.map(|entity| split(entity, SEPARATORS.1)).collect();
        let mut phrases: Vec<_> = entities
            .iter()
            .enumerate()
            .flat_map(|(entity, phrases)| phrases.iter().map(move |phrase| (entity, phrase)))
            .enumerate()
            .map(|(index, (entity, phrase))| (prompt.occurrences(phrase), index, entity, phrase))
            .collect();
        phrases.sort_by_key(|(occurrences, ..)| occurrences.len());

        let mut taken = vec![false; prompt.places.len()];
        let mut placed = Vec::new();
        for (occurrences, index, entity, phrase) in phrases {
            let is_free = |found: &Range<usize>| !taken[found.clone()].contains(&true);
            let Some(found) = occurrences.into_iter().find(is_free) else {
                return Err(Error::input(
                    format!("The phrase \"{}\" is not in the prompt.", phrase.trim()),
                    "Write phrases as in the prompt, each once: \"a boy|a red hat;a girl\".",
                ));
            };
            let phrase = prompt.phrase(found.clone());
            // With the mark that closes what it opens.
            let end = prompt.sources.partition_point(|unit| unit.end <= phrase.span.end);
            taken[found.start..end.max(found.end)].fill(true);
            placed.push((index, entity, phrase));
        }
        placed.sort_by_key(|(index, ..)| *index);
        let mut list = vec![Entity::default(); entities.len()];
        for (_, entity, phrase) in placed {
            list[entity].phrases.push(phrase);
        }
        Ok(Self { list, by_hand: true })
    }

    /// The text that [`Self::by_hand`] parses.
    pub fn to_text(&self, prompt: &str) -> String {
        let plain = WeightedText::parse(prompt);
        let join = |texts: Vec<String>, separator: char| texts.join(&separator.to_string());
        let phrase = |phrase: &Phrase| escaped(plain.text_within(&phrase.span));
        let entity = |entity: &Entity| join(entity.phrases.iter().map(phrase).collect(), SEPARATORS.1);
        join(self.list.iter().map(entity).collect(), SEPARATORS.0)
    }
}

/// A prompt in which phrases are looked for.
struct PromptText<'a> {
    typed: &'a str,
    plain: WeightedText,
    /// The units in `plain.text`.
    places: Vec<Range<usize>>,
    /// The units in `typed`.
    sources: Vec<Range<usize>>,
}

impl<'a> PromptText<'a> {
    fn new(typed: &'a str) -> Self {
        let plain = WeightedText::parse(typed);
        let places = units(&plain.text);
        let sources = places.iter().map(|word| plain.source_range(word.clone())).collect();
        Self { typed, plain, places, sources }
    }

    /// Where `phrase` may stand, as ranges of units: first where it is read so, then where it is typed so, then where it is
    /// but for the syntax, then but for the punctuation.
    fn occurrences(&self, phrase: &str) -> Vec<Range<usize>> {
        let mut found = self.spelled(&unescaped(phrase));
        found.extend(self.as_typed(phrase.trim()));
        let plain = WeightedText::parse(phrase).text;
        found.extend(self.spelled(&plain));
        found.extend(self.spoken(&plain));
        let mut is_known = vec![false; self.places.len()];
        found.retain(|units| !std::mem::replace(&mut is_known[units.start], true));
        found
    }

    fn as_typed(&self, phrase: &str) -> Vec<Range<usize>> {
        if phrase.is_empty() {
            return Vec::new();
        }
        let occurrence = |(start, _): (usize, &str)| {
            let end = start + phrase.len();
            let first = self.sources.partition_point(|unit| unit.end <= start);
            let behind = self.sources.partition_point(|unit| unit.start < end);
            let units = self.sources.get(first..behind)?;
            let is_whole = units.first()?.start >= start && units.last()?.end <= end;
            is_whole.then_some(first..behind)
        };
        self.typed.match_indices(phrase).filter_map(occurrence).collect()
    }

    fn spelled(&self, phrase: &str) -> Vec<Range<usize>> {
        self.alike(&(0..self.places.len()).collect::<Vec<_>>(), phrase, &units(phrase))
    }

    fn spoken(&self, phrase: &str) -> Vec<Range<usize>> {
        let is_word = |unit: &usize| !words::is_punctuation(&self.plain.text[self.places[*unit].clone()]);
        self.alike(&(0..self.places.len()).filter(is_word).collect::<Vec<_>>(), phrase, &spoken(phrase))
    }

    /// Where `wanted`, parts of `phrase`, stand among these units.
    fn alike(&self, units: &[usize], phrase: &str, wanted: &[Range<usize>]) -> Vec<Range<usize>> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let is_alike = |(unit, word): (&usize, &Range<usize>)| {
            self.plain.text[self.places[*unit].clone()].eq_ignore_ascii_case(&phrase[word.clone()])
        };
        let windows = units.windows(wanted.len());
        let found = windows.filter(|units| units.iter().zip(wanted).all(is_alike));
        found.map(|units| units[0]..units[units.len() - 1] + 1).collect()
    }

    /// The phrase of these units, at least one.
    fn phrase(&self, units: Range<usize>) -> Phrase {
        let places = &self.places[units];
        Phrase::new(&self.plain, places[0].start..places[places.len() - 1].end)
    }
}

/// What phrases are compared by: words, and each sign between them.
fn units(text: &str) -> Vec<Range<usize>> {
    let units = |segment: Range<usize>| {
        if !words::is_punctuation(&text[segment.clone()]) {
            return vec![segment];
        }
        let signs = text[segment.clone()].char_indices().filter(|(_, sign)| !sign.is_whitespace());
        signs.map(|(at, sign)| segment.start + at..segment.start + at + sign.len_utf8()).collect()
    };
    words::segments(text).into_iter().flat_map(units).collect()
}

/// `text` between separators; those behind a backslash and those within an instruction of the prompt ("[cat|dog]") are
/// text.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_escaped = false;
    let mut within = instructions::find(text).into_iter().peekable();
    let ends = text.char_indices().filter(|&(at, c)| {
        while within.next_if(|instruction| instruction.range.end <= at).is_some() {}
        let is_within = within.peek().is_some_and(|instruction| instruction.range.contains(&at));
        let separates = c == separator && !is_escaped && !is_within;
        is_escaped = c == '\\' && !is_escaped;
        separates
    });
    let mut start = 0;
    let ends = ends.map(|(at, _)| at).chain([text.len()]);
    ends.map(|end| &text[std::mem::replace(&mut start, end + 1)..end]).collect()
}

/// `phrase` in one line, its signs behind a backslash each.
fn escaped(phrase: &str) -> String {
    let mut escaped = String::new();
    for c in phrase.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if r"\()[]{}<>|;".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// `phrase` without the backslashes before its signs.
fn unescaped(phrase: &str) -> String {
    let mut is_escape = false;
    let kept = phrase.chars().filter(|&c| {
        is_escape = c == '\\' && !is_escape;
        !is_escape
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Owner, Prompt,
            fixture::tokenizers,
            trouble::{TROUBLE, texts},
        },
        *,
    };

    fn entities(prompt: &str, text: &str) -> Entities {
        Entities::by_hand(prompt, text).unwrap()
    }

    #[test]
    fn phrases_stand_in_the_prompt() {
        fn check(prompt: &str, text: &str, expected: &[&[&str]]) {
            let entities = entities(prompt, text);
            let found: Vec<Vec<_>> = entities
                .list
                .iter()
                .map(|entity| entity.phrases.iter().map(|phrase| &prompt[phrase.span.clone()]).collect())
                .collect();
            assert_eq!(found, expected, "{prompt}");
        }
        check("a red cat and a blue dog", "a red cat;a blue dog", &[&["a red cat"], &["a blue dog"]]);
        check("a boy with a red hat", "a boy | a red hat", &[&["a boy", "a red hat"]]);
        check("a cat and a cat", "a cat;a cat", &[&["a cat"], &["a cat"]]);
        check("a (red:1.3) cat", "a Red  cat", &[&["a (red:1.3) cat"]]);
        check("a cathedral, a cat", "a cat", &[&["a cat"]]);
        check("a big, white dog, 4k", "a big white dog", &[&["a big, white dog"]]);
        check(r"saber \(fate\), solo", "saber (fate)", &[&[r"saber \(fate\)"]]);
        check(r"saber \(fate\), solo", r"saber \(fate\)", &[&[r"saber \(fate\)"]]);
        check(r"saber \(fate\), solo", "saber", &[&["saber"]]);
        check("a “cat”, a \"dog\"", "a cat;a dog", &[&["a “cat”"], &["a \"dog\""]]);
        check("a cat", "", &[]);
    }

    /// Phrases with weights were not found.
    #[test]
    fn phrases_may_be_written_as_typed() {
        fn check(prompt: &str, text: &str, expected: &[(usize, &str)]) {
            let entities = entities(prompt, text);
            let phrases = entities.list.iter().flat_map(|entity| &entity.phrases);
            let found: Vec<_> =
                phrases.map(|phrase| (phrase.span.start, &prompt[phrase.head.clone()])).collect();
            assert_eq!(found, expected, "{prompt}: {text}");
        }
        check("a (red:1.3) cat and a dog", "a (red:1.3) cat;a dog", &[(0, "cat"), (20, "dog")]);
        check("a (red:1.3) cat and a dog", "A ((Red)) cat;a [dog]", &[(0, "cat"), (20, "dog")]);
        check("a cat and a (cat:1.3)", "a (cat:1.3)", &[(10, "cat")]);
        check("(a big cat:1.2), a dog", "(a big cat:1.2);a dog", &[(1, "cat"), (17, "dog")]);
        check(r"ann \(series\), a dog", r"ann \(series\);a dog", &[(0, "ann"), (16, "dog")]);
        check(r"ann \(series\), a dog", "ann (series)", &[(0, "ann")]);
        check("a [cat|dog], {red|blue} hat", "a [cat|dog]|{red|blue} hat", &[(0, "cat"), (14, "hat")]);
        check("a [cat:dog:0.5] and a fox", "a [cat:dog:0.5];a fox", &[(0, "cat"), (20, "fox")]);
        check("a cat; a dog | a fox", r"a cat\; a dog \| a fox", &[(0, "fox")]);
    }

    #[test]
    fn a_rarer_phrase_keeps_its_words() {
        let prompt = "x y a b a";
        let spans = |text| entities(prompt, text).list.into_iter().flat_map(|entity| entity.phrases);
        let starts: Vec<_> = spans("x|a;a b").map(|phrase| phrase.span.start).collect();
        assert_eq!(starts, [0, 8, 4]);
    }

    #[test]
    fn a_phrase_that_is_not_there_is_named() {
        fn check(prompt: &str, text: &str, expected: &str) {
            let message = Entities::by_hand(prompt, text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check("a red cat", "a blue cat", "\"a blue cat\"");
        check("a red cat", "a red cat;a red cat", "\"a red cat\"");
        check("a red cat", "a|", "\"\"");
        check("a [cat:dog:0.5]", "a dog", "\"a dog\"");
        check("", "a cat", "\"a cat\"");
    }

    #[test]
    fn entities_come_back_as_they_were_written() {
        fn check(prompt: &str, text: &str) {
            assert_eq!(entities(prompt, text).to_text(prompt), text);
        }
        check("a boy with a (red:1.2) hat and a girl", "a boy|a red hat;a girl");
        check("(a small:1.2) cat, (((big dog", "a small cat;big dog");
        check(r"ann \(series\); a {b and c}", r"ann \(series\)\; a|\{b|c\}");
        check("a cat", "");
    }

    #[test]
    fn entities_of_any_text_can_be_written() {
        let tokenizers = tokenizers();
        for text in texts(TROUBLE, 1000) {
            let words = Prompt::parse(&text, &tokenizers, None).unwrap().words;
            let picked =
                |remainder| (0..words.list.len()).filter(|word| word % 5 == remainder).collect::<Vec<_>>();
            let entities = Entities::default().assign(&words.list, &picked(0), Owner::New);
            let entities = entities.assign(&words.list, &[picked(1), picked(3)].concat(), Owner::New);
            let written = entities.to_text(&text);
            let read = Entities::by_hand(&text, &written).unwrap().to_text(&text);
            // The same signs may stand elsewhere with other space between them.
            assert_eq!(read.replace(' ', ""), written.replace(' ', ""), "{text:?}");
        }
    }
}
