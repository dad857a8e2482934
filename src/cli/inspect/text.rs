//! Words for the pages of `inspect`.

use std::fmt;

/// The most parts that a line of ports or operators names.
const MOST: usize = 8;

/// "12.3 MB"
pub(super) fn bytes(bytes: u64) -> String {
    scaled(bytes, "B")
}

/// "5.9 M"
pub(super) fn count(count: u64) -> String {
    scaled(count, "").trim_end().to_owned()
}

fn scaled(number: u64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match PREFIXES.iter().find(|(size, _)| number as f64 >= *size) {
        Some((size, prefix)) => format!("{:.1} {prefix}{unit}", number as f64 / size),
        None => format!("{number} {unit}"),
    }
}

/// "3 nodes", "1 node"
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// All parts, or the first of them and how many more there are.
pub(super) fn list(parts: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();
    match parts.len().checked_sub(MOST).filter(|&more| more > 1) {
        Some(more) => format!("{} and {more} more", parts[..MOST].join(", ")),
        None => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        fn check(number: u64, expected: &str) {
            assert_eq!(bytes(number), expected);
        }
        check(0, "0 B");
        check(999, "999 B");
        check(1_234, "1.2 kB");
        check(5_900_000, "5.9 MB");
        check(5_135_000_000, "5.1 GB");
        assert_eq!((count(12), count(2_567_463_684)), ("12".to_owned(), "2.6 G".to_owned()));
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(0..3), "0, 1, 2");
        assert_eq!(list(0..9), "0, 1, 2, 3, 4, 5, 6, 7, 8");
        assert_eq!(list(0..40), "0, 1, 2, 3, 4, 5, 6, 7 and 32 more");
    }
}
