//! 95 % intervals of one arm's numbers.

use serde::Serialize;

/// The 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Both ends times `factor`: shares to percent.
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// Wilson's score interval of the share `met / asked`, in 0..1; `None` if nothing was asked.
///
/// It treats checks as independent. Checks of one picture are not quite, so it is a little narrow; differences between
/// arms have the [bootstrap](super::bootstrap()), which resamples whole prompts.
pub fn wilson(met: usize, asked: usize) -> Option<Interval> {
    if asked == 0 {
        return None;
    }
    let n = asked as f64;
    let share = met as f64 / n;
    let centre = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    // At 0 and 1 the formula gives these ends but for rounding.
    let low = if met == 0 { 0.0 } else { (centre - half) / scale };
    let high = if met >= asked { 1.0 } else { (centre + half) / scale };
    Some(Interval { low, high })
}

/// Mean of `values` with the normal interval of its standard error; without the interval for a single value, `None` for
/// no value.
pub fn mean_interval(values: &[f64]) -> Option<(f64, Option<Interval>)> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let half = (values.len() > 1).then(|| {
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Z * (variance / n).sqrt()
    });
    Some((mean, half.map(|half| Interval { low: mean - half, high: mean + half })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_intervals() {
        fn check(met: usize, asked: usize, expected: (f64, f64)) {
            let Interval { low, high } = wilson(met, asked).unwrap();
            assert!((low - expected.0).abs() < 5e-5, "{met} of {asked}: {low}");
            assert!((high - expected.1).abs() < 5e-5, "{met} of {asked}: {high}");
        }
        // Newcombe 1998, table I, method 3.
        check(81, 263, (0.2553, 0.3662));
        check(15, 148, (0.0624, 0.1605));
        check(0, 20, (0.0, 0.1611));
        check(1, 29, (0.0061, 0.1718));
        check(20, 20, (0.8389, 1.0));
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn a_mean_has_the_interval_of_its_standard_error() {
        // scipy.stats.norm.interval(0.95, 2.5, scipy.stats.sem([1, 2, 3, 4])).
        let (mean, interval) = mean_interval(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(mean, 2.5);
        let interval = interval.unwrap();
        assert!((interval.low - 1.234_848).abs() < 1e-6 && (interval.high - 3.765_152).abs() < 1e-6);
        assert_eq!(mean_interval(&[3.0]), Some((3.0, None)));
        assert_eq!(mean_interval(&[]), None);
    }
}
