//! Quantities as text, with a prefix that suits their size.

use unit_prefix::NumberPrefix;

/// "999 B", "31.4 MB", "1.3 GB", in decimal units.
pub fn bytes(number: u64) -> String {
    prefixed(number, "B")
}

/// "12", "5.9 M", "2.6 G".
pub fn count(number: u64) -> String {
    prefixed(number, "").trim_end().to_owned()
}

fn prefixed(number: u64, unit: &str) -> String {
    match NumberPrefix::decimal(number as f64) {
        NumberPrefix::Standalone(number) => format!("{number} {unit}"),
        NumberPrefix::Prefixed(prefix, number) => format!("{number:.1} {prefix}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        fn check(number: u64, expected_bytes: &str, expected_count: &str) {
            assert_eq!(bytes(number), expected_bytes);
            assert_eq!(count(number), expected_count);
        }
        check(0, "0 B", "0");
        check(999, "999 B", "999");
        check(1_234, "1.2 kB", "1.2 k");
        check(5_900_000, "5.9 MB", "5.9 M");
        check(5_135_000_000, "5.1 GB", "5.1 G");
        check(1_100_000_000_000, "1.1 TB", "1.1 T");
    }
}
