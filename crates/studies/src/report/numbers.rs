//! Numbers as text in tables.

use crate::statistics::Interval;

/// What stands where there is nothing to tell.
pub(super) const NONE: &str = "–";

/// A share in percent: "79.9".
pub(super) fn percent(share: f64) -> String {
    fixed(share * 100.0, 1)
}

/// A difference of shares in points: "+2.1", "−0.5".
pub(super) fn points(difference: f64) -> String {
    signed(difference * 100.0)
}

/// "75.6 to 83.7", in percent.
pub(super) fn percent_interval(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

/// "−0.5 to +4.6", in points.
pub(super) fn points_interval(interval: Interval) -> String {
    format!("{} to {}", points(interval.low), points(interval.high))
}

/// A score with four digits that count, or fewer.
pub(super) fn score(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 0.1 => 3,
        _ => 5,
    };
    fixed(value, decimals)
}

/// "p = 0.0017", "p < 0.0001".
pub(super) fn p_value(p: f64) -> String {
    match p {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p if p < 0.1 => format!("p = {p:.4}"),
        p => format!("p = {p:.2}"),
    }
}

/// A value of an axis, as short as it is: "0.7", "6".
pub(super) fn plain(value: f64) -> String {
    // Guidance scales come from f32.
    let short = (value as f32).to_string();
    short.replace('-', "−")
}

fn signed(value: f64) -> String {
    let text = fixed(value, 1);
    if value > 0.0 && text != "0.0" { format!("+{text}") } else { text }
}

/// With a true minus sign, and without one before a zero.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|byte| byte == b'0' || byte == b'.') => size.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_signed() {
        assert_eq!(percent(0.798_93), "79.9");
        assert_eq!(points(0.021), "+2.1");
        assert_eq!(points(-0.005), "−0.5");
        assert_eq!([points(0.0), points(0.000_1), points(-0.000_1)], ["0.0"; 3]);
        assert_eq!(points_interval(Interval { low: -0.012, high: 0.034 }), "−1.2 to +3.4");
        assert_eq!(
            [31.256, 0.2514, -1.5, 123.45, 0.00123].map(score),
            ["31.26", "0.251", "−1.500", "123.5", "0.00123"]
        );
        assert_eq!([0.5, 0.0017, 0.000_02].map(p_value), ["p = 0.50", "p = 0.0017", "p < 0.0001"]);
        assert_eq!([0.7_f32.into(), 6.0, -1.0].map(plain), ["0.7", "6", "−1"]);
    }
}
