//! One noun phrase of a prompt, taken apart: how many of what, in which colours and textures.

use super::{
    english::{is_plural, last, number, singular},
    words::{DETERMINERS, MATERIALS, TEXTURES},
};
use tauscope_language::vocabulary::{is_being, is_color, is_shade};

/// A thing that a noun phrase names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Thing {
    /// The noun with the attributes that are neither colour nor texture: "young boy". Empty for an attribute alone.
    pub(super) name: String,
    /// Its colours: "red", "dark blue".
    pub(super) colours: Vec<String>,
    /// Its textures and materials.
    pub(super) textures: Vec<String>,
    /// How many there are, if the phrase says it. "A" and "an" say one.
    pub(super) count: Option<usize>,
    /// Whether it is more than one.
    pub(super) is_plural: bool,
    /// Whether it has neither a determiner nor a number: "long hair".
    pub(super) is_bare: bool,
}

impl Thing {
    /// Reads a noun phrase, or a predicate: "black" in "the cat is black".
    pub(super) fn read(phrase: &str) -> Self {
        let phrase = phrase.to_lowercase();
        let words = phrase.split(|c: char| c.is_whitespace() || c == '_');
        let words =
            words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).flat_map(counted_being);
        let mut words: &[&str] = &words.filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let all = words.len();
        let mut thing = Self::default();
        while let [first, rest @ ..] = words
            && !rest.is_empty()
        {
            match number(first) {
                Some(number) if thing.count.is_none() => thing.count = Some(number),
                _ if matches!(*first, "a" | "an") => thing.count = Some(1),
                _ if DETERMINERS.contains(first) => {}
                _ => break,
            }
            words = rest;
        }
        thing.is_bare = words.len() == all;
        let is_attribute = thing.is_bare && words.iter().all(|word| is_plain_attribute(word));
        let names = usize::from(!is_attribute);
        let (attributes, noun) = words.split_at(words.len().saturating_sub(names));
        let mut name = thing.take_attributes(attributes);
        name.extend(noun);
        thing.name = name.join(" ");
        thing.is_plural = match thing.count {
            Some(count) => count > 1,
            None => is_plural(last(&thing.name)),
        };
        thing
    }

    /// Takes colours and textures, and returns the other words.
    fn take_attributes<'a>(&mut self, words: &[&'a str]) -> Vec<&'a str> {
        let mut others = Vec::new();
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            let next = words.peek().copied();
            if word == "and" {
                continue;
            }
            if is_color(word) {
                self.colours.push(word.to_owned());
            } else if let Some(colour) = next.filter(|next| is_shade(word) && is_color(next)) {
                self.colours.push(format!("{word} {colour}"));
                words.next();
            } else if let Some(colours) = joined_colours(word) {
                self.colours.extend(colours);
            } else if TEXTURES.contains(&word) || MATERIALS.contains(&word) {
                self.textures.push(word.to_owned());
            } else {
                others.push(word);
            }
        }
        others
    }

    /// Adds what a predicate says.
    pub(super) fn add(&mut self, predicate: Self) {
        self.colours.extend(predicate.colours);
        self.textures.extend(predicate.textures);
    }

    /// The name with everything that the phrase says of it: "striped dark blue hat".
    pub(super) fn full_name(&self) -> String {
        let attributes = self.textures.iter().chain(&self.colours).chain([&self.name]);
        attributes.cloned().collect::<Vec<_>>().join(" ")
    }

    /// "Is", or "are" for more than one.
    pub(super) fn is(&self) -> &'static str {
        if self.is_plural { "Are" } else { "Is" }
    }
}

/// "2" and "girls" of the tag "2girls"; any other word as it is.
fn counted_being(word: &str) -> [&str; 2] {
    let being = word.trim_start_matches(|c: char| c.is_ascii_digit());
    if is_being(&singular(being)) { [&word[..word.len() - being.len()], being] } else { [word, ""] }
}

/// Whether a word can only be an attribute here: a colour or texture, alone or with others.
fn is_plain_attribute(word: &str) -> bool {
    is_color(word)
        || is_shade(word)
        || word == "and"
        || TEXTURES.contains(&word)
        || joined_colours(word).is_some()
}

/// The colours of "black-and-white", "blue-green".
fn joined_colours(word: &str) -> Option<Vec<String>> {
    let parts = || word.split('-').filter(|part| *part != "and");
    (word.contains('-') && parts().all(is_color)).then(|| parts().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_taken_apart() {
        fn check(
            phrase: &str,
            name: &str,
            colours: &[&str],
            textures: &[&str],
            count: Option<usize>,
            is_plural: bool,
        ) {
            let strings = |words: &[&str]| words.iter().copied().map(String::from).collect();
            let expected = Thing {
                name: name.into(),
                colours: strings(colours),
                textures: strings(textures),
                count,
                is_plural,
                is_bare: Thing::read(phrase).is_bare,
            };
            assert_eq!(Thing::read(phrase), expected, "{phrase}");
        }
        check("a red hat", "hat", &["red"], &[], Some(1), false);
        check("The young boy", "young boy", &[], &[], None, false);
        check("three striped blue cats", "cats", &["blue"], &["striped"], Some(3), true);
        check("2 dogs", "dogs", &[], &[], Some(2), true);
        check("a big, dark red, wooden house", "big house", &["dark red"], &["wooden"], Some(1), false);
        check("a black-and-white cat", "cat", &["black", "white"], &[], Some(1), false);
        check("red and white flowers", "flowers", &["red", "white"], &[], None, true);
        check("an orange", "orange", &[], &[], Some(1), false);
        check("an orange orange", "orange", &["orange"], &[], Some(1), false);
        check("black", "", &["black"], &[], None, false);
        check("striped", "", &[], &["striped"], None, false);
        check("1girl", "girl", &[], &[], Some(1), false);
        check("several people", "people", &[], &[], None, true);
        check("a bus", "bus", &[], &[], Some(1), false);
        check("the two red cars", "cars", &["red"], &[], Some(2), true);
        check("her hat", "hat", &[], &[], None, false);
        check("!", "", &[], &[], None, false);
        check("a", "a", &[], &[], None, false);
    }

    #[test]
    fn only_phrases_without_a_determiner_are_bare() {
        fn check(phrase: &str, expected: bool) {
            assert_eq!(Thing::read(phrase).is_bare, expected, "{phrase}");
        }
        check("long hair", true);
        check("a hat", false);
        check("two hats", false);
    }
}
