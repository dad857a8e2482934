//! McNemar's exact test: do two arms differ on the checks on which they disagree?

use statrs::distribution::{Binomial, DiscreteCDF};

/// The two-sided p-value for `better` checks that only the other arm meets and `worse` that only the first one meets:
/// if control did nothing, each would be a fair coin. 1 if the arms never disagree.
pub fn mcnemar(better: usize, worse: usize) -> f64 {
    let fair = Binomial::new(0.5, (better + worse) as u64).expect("a half is a probability");
    (2.0 * fair.cdf(better.min(worse) as u64)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_values_are_those_of_scipy() {
        fn check(better: usize, worse: usize, expected: f64) {
            let p = mcnemar(better, worse);
            assert!((p - expected).abs() <= 1e-9 * expected, "+{better} -{worse}: {p}");
        }
        // scipy.stats.binomtest(better, better + worse).pvalue.
        check(0, 0, 1.0);
        check(5, 5, 1.0);
        check(1, 0, 1.0);
        check(6, 0, 3.125e-2);
        check(10, 3, 9.228_515_625e-2);
        check(29, 9, 1.658052526181564e-03);
        check(48, 3, 1.967492835319717e-11);
        check(400, 300, 1.784763144856244e-04);
    }

    #[test]
    fn the_order_of_the_arms_does_not_matter() {
        assert_eq!(mcnemar(3, 17), mcnemar(17, 3));
    }
}
