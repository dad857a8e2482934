//! Words for the pages of `inspect`.

use std::fmt;

/// The most parts that a line of ports or operators names.
const MOST: usize = 8;

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
    fn long_lists_are_cut() {
        assert_eq!(list(0..3), "0, 1, 2");
        assert_eq!(list(0..9), "0, 1, 2, 3, 4, 5, 6, 7, 8");
        assert_eq!(list(0..40), "0, 1, 2, 3, 4, 5, 6, 7 and 32 more");
    }
}
