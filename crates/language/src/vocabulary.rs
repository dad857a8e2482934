//! What single English words mean, by the tables that entities are found with: for whoever asks about a picture.
//!
//! Words are in lower case and in dictionary form: "cat", not "Cats".

use super::lexicon::{ANIMALS, COLORS, PEOPLE, PLACES, SHADES, TIMES, Table};

/// Whether a noun names a person or an animal.
pub fn is_being(noun: &str) -> bool {
    has(PEOPLE, noun) || has(ANIMALS, noun)
}

/// Whether a word is a colour. It may be a thing too: "orange".
pub fn is_color(word: &str) -> bool {
    has(COLORS, word)
}

/// Whether a word before a colour makes a colour of it: "dark".
pub fn is_shade(word: &str) -> bool {
    has(SHADES, word)
}

/// Whether a noun names a place, a weather or an event.
pub fn is_place(noun: &str) -> bool {
    has(PLACES, noun)
}

/// Whether a noun names a time.
pub fn is_time(noun: &str) -> bool {
    has(TIMES, noun)
}

fn has(table: Table, word: &str) -> bool {
    table.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_up() {
        fn check(word: &str, expected: [bool; 5]) {
            let found = [is_being(word), is_color(word), is_shade(word), is_place(word), is_time(word)];
            assert_eq!(found, expected, "{word}");
        }
        check("giraffe", [true, false, false, false, false]);
        check("woman", [true, false, false, false, false]);
        check("orange", [false, true, false, false, false]);
        check("dark", [false, false, true, false, false]);
        check("beach", [false, false, false, true, false]);
        check("sunset", [false, false, false, false, true]);
        check("hat", [false; 5]);
    }
}
