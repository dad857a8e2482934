//! The little English grammar that questions need: articles, plurals, numbers.

use super::words::MASS;

/// Plurals that no rule gives.
const IRREGULAR: &[(&str, &str)] = &[
    ("calf", "calves"),
    ("child", "children"),
    ("deer", "deer"),
    ("fish", "fish"),
    ("foot", "feet"),
    ("goose", "geese"),
    ("half", "halves"),
    ("knife", "knives"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("man", "men"),
    ("mouse", "mice"),
    ("person", "people"),
    ("scarf", "scarves"),
    ("sheep", "sheep"),
    ("shelf", "shelves"),
    ("tooth", "teeth"),
    ("wolf", "wolves"),
    ("woman", "women"),
];

/// The largest number that counts things.
const MOST_COUNTED: usize = 100;

/// Numbers as words, from 0.
const NUMBERS: [&str; 13] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The number that a word is: "three", "3". Larger ones are years and names: "a 1950 car".
pub(super) fn number(word: &str) -> Option<usize> {
    let in_words = NUMBERS.iter().position(|&number| number == word);
    in_words.or_else(|| word.parse().ok()).filter(|number| (1..=MOST_COUNTED).contains(number))
}

/// A number as a word, beyond twelve in digits.
pub(super) fn in_words(number: usize) -> String {
    NUMBERS.get(number).map_or_else(|| number.to_string(), |&word| word.to_owned())
}

/// A noun phrase with "a" or "an" in front, as the sound of its first word asks for, or without for what is not counted.
pub(super) fn with_article(name: &str) -> String {
    if MASS.contains(&last(name)) {
        return name.to_owned();
    }
    let sounds_like_consonant =
        ["eu", "one", "uni", "use", "usu", "ut"].iter().any(|start| name.starts_with(start));
    let has_vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_consonant;
    let is_silent = ["heir", "hono", "hour"].iter().any(|start| name.starts_with(start));
    format!("{} {name}", if has_vowel || is_silent { "an" } else { "a" })
}

/// Whether a noun looks like more than one.
pub(super) fn is_plural(noun: &str) -> bool {
    let is_irregular = IRREGULAR.iter().any(|&(one, more)| one != more && more == noun);
    let ends_alike = ["ss", "us", "is"].iter().any(|ending| noun.ends_with(ending));
    is_irregular || noun.ends_with('s') && !ends_alike && noun.len() > 3
}

/// A noun phrase in the singular, if it is a plural.
pub(super) fn singular(name: &str) -> String {
    let (before, noun) = name.split_at(name.len() - last(name).len());
    if let Some((one, _)) = IRREGULAR.iter().find(|(_, more)| *more == noun) {
        return format!("{before}{one}");
    }
    let without = |ending: &str| noun.strip_suffix(ending).filter(|_| is_plural(noun));
    let stem = without("ies").map(|stem| format!("{stem}y"));
    let hissing = ["ches", "shes", "sses", "xes"].iter().any(|ending| noun.ends_with(ending));
    let stem = stem.or_else(|| without("es").filter(|_| hissing).map(str::to_owned));
    let stem = stem.or_else(|| without("s").map(str::to_owned));
    format!("{before}{}", stem.as_deref().unwrap_or(noun))
}

/// A noun phrase in the plural.
pub(super) fn plural(name: &str) -> String {
    let (before, noun) = name.split_at(name.len() - last(name).len());
    if let Some((_, more)) = IRREGULAR.iter().find(|(one, _)| *one == noun) {
        return format!("{before}{more}");
    }
    let hissing = ["ch", "s", "sh", "x", "z"].iter().any(|ending| noun.ends_with(ending));
    let after_consonant = !["ay", "ey", "oy", "uy"].iter().any(|ending| noun.ends_with(ending));
    match noun.strip_suffix('y').filter(|_| after_consonant) {
        Some(stem) => format!("{before}{stem}ies"),
        None if hissing => format!("{name}es"),
        None => format!("{name}s"),
    }
}

/// The last word.
pub(super) fn last(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_sound_right() {
        fn check(name: &str, expected: &str) {
            assert_eq!(with_article(name), expected);
        }
        check("hat", "a hat");
        check("umbrella", "an umbrella");
        check("old hat", "an old hat");
        check("unicorn", "a unicorn");
        check("hourglass", "an hourglass");
        check("tall grass", "tall grass");
    }

    #[test]
    fn one_and_more_are_told_apart() {
        fn check(one: &str, more: &str) {
            assert_eq!((plural(one), singular(more)), (more.to_owned(), one.to_owned()));
            assert!(is_plural(last(more)) && !is_plural(last(one)), "{one}");
        }
        check("hat", "hats");
        check("young boy", "young boys");
        check("house", "houses");
        check("bench", "benches");
        check("fox", "foxes");
        check("glass", "glasses");
        check("city", "cities");
        check("toy", "toys");
        check("snow man", "snow men");
        check("wolf", "wolves");
        assert!(!is_plural("bus") && !is_plural("grass") && !is_plural("sheep"));
        assert_eq!((singular("gas").as_str(), singular("bus").as_str()), ("gas", "bus"));
    }

    #[test]
    fn numbers_are_read_and_written() {
        fn check(word: &str, expected: Option<usize>) {
            assert_eq!(number(word), expected, "{word}");
        }
        check("one", Some(1));
        check("twelve", Some(12));
        check("40", Some(40));
        check("0", None);
        check("1950", None);
        check("no", None);
        check("some", None);
        assert_eq!((in_words(3).as_str(), in_words(40).as_str()), ("three", "40"));
    }
}
