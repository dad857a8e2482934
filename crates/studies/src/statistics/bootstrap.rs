//! The bootstrap: what would the numbers have been with other prompts of the same sort?
//!
//! It draws whole prompts with all their checks, pictures and arms, so it is paired, and it knows that checks of one prompt
//! hang together.

use std::ops::AddAssign;

use super::{interval::Interval, random::Indices};

/// How often prompts are drawn.
const RESAMPLES: usize = 10_000;

/// 95 % percentile intervals of `N` statistics of a sum over `prompts`. A statistic that is `None` for some resample (it
/// drew no check of that kind) is left out there; one that always is has no interval.
pub fn bootstrap<T: Copy + Default + AddAssign, const N: usize>(
    prompts: &[T],
    seed: u64,
    statistics: impl Fn(&T) -> [Option<f64>; N],
) -> [Option<Interval>; N] {
    let mut values = [(); N].map(|()| Vec::with_capacity(RESAMPLES));
    let mut indices = Indices::new(seed);
    for _ in 0..if prompts.is_empty() { 0 } else { RESAMPLES } {
        let mut sum = T::default();
        for _ in prompts {
            sum += prompts[indices.below(prompts.len())];
        }
        for (values, value) in values.iter_mut().zip(statistics(&sum)) {
            values.extend(value);
        }
    }
    values.map(|mut values| {
        values.sort_unstable_by(f64::total_cmp);
        Some(Interval { low: quantile(&values, 0.025)?, high: quantile(&values, 0.975)? })
    })
}

/// Between the two sorted values around it, as numpy's default does.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks asked, and how many more the other arm meets.
    #[derive(Clone, Copy, Default)]
    struct Pairs(u32, i32);

    impl AddAssign for Pairs {
        fn add_assign(&mut self, other: Self) {
            *self = Self(self.0 + other.0, self.1 + other.1);
        }
    }

    fn interval(prompts: &[Pairs], seed: u64) -> Option<(f64, f64)> {
        let share = |sum: &Pairs| [(sum.0 > 0).then(|| f64::from(sum.1) / f64::from(sum.0))];
        bootstrap(prompts, seed, share)[0].map(|interval| (interval.low, interval.high))
    }

    /// 100 prompts of `checks` checks each, all of which get better in 20 of them.
    fn twenty_of_hundred(checks: u32) -> Vec<Pairs> {
        (0..100).map(|prompt| Pairs(checks, if prompt < 20 { checks as i32 } else { 0 })).collect()
    }

    #[test]
    fn the_interval_is_that_of_the_known_distribution() {
        // scipy.stats.binom.ppf([0.025, 0.975], 100, 0.2) is [12, 28]; one of 10,000 resamples may lie beside it.
        let (low, high) = interval(&twenty_of_hundred(1), 1).unwrap();
        assert!((low - 0.12).abs() < 0.011 && (high - 0.28).abs() < 0.011, "{low} {high}");
    }

    #[test]
    fn prompts_are_drawn_with_all_their_checks() {
        // Drawing single checks would halve the width.
        assert_eq!(interval(&twenty_of_hundred(4), 1), interval(&twenty_of_hundred(1), 1));
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let uneven: Vec<_> = (0..97).map(|prompt| Pairs(1 + prompt % 3, (prompt % 5) as i32 - 1)).collect();
        assert_eq!(interval(&uneven, 5), interval(&uneven, 5));
        assert_ne!(interval(&uneven, 5), interval(&uneven, 6));
    }

    #[test]
    fn nothing_asked_has_no_interval() {
        assert_eq!(interval(&[], 1), None);
        assert_eq!(interval(&[Pairs(0, 0); 3], 1), None);
        assert_eq!(interval(&[Pairs(2, 1)], 1), Some((0.5, 0.5)));
    }
}
