//! Noise levels that are laid out between the highest and the lowest, instead of following from the timesteps.

use super::tables::{KARRAS_RHO, exponential, exponential_of_lambdas, karras};
use crate::model::SchedulerConfig;

/// How noise levels lie between the two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spread {
    /// Evenly in their seventh roots.
    Karras,
    /// Evenly in their logarithms.
    Exponential,
    /// As [`Self::Exponential`], but DPM-Solver++ rounds the timesteps (Lu et al. 2022, "DPM-Solver++", steps uniform in
    /// lambda).
    Lu,
    /// At the quantiles of a beta distribution, dense at both ends (Lee et al. 2024, "Beta Sampling is All You Need").
    Beta,
}

impl Spread {
    /// What the configuration asks for. Karras sigmas are not read from it: they are samplers of their own.
    pub(super) fn of(config: &SchedulerConfig) -> Option<Self> {
        if config.use_exponential_sigmas {
            Some(Self::Exponential)
        } else {
            config.use_beta_sigmas.then_some(Self::Beta)
        }
    }

    /// `steps` sigmas from `max` down to `min`.
    pub(super) fn sigmas(self, max: f64, min: f64, steps: usize) -> Vec<f64> {
        let evenly = |step: usize| step as f64 / steps.saturating_sub(1).max(1) as f64;
        match self {
            Self::Karras => karras(max, min, KARRAS_RHO, steps),
            Self::Exponential => exponential(max, min, steps),
            Self::Lu => exponential_of_lambdas(max, min, steps),
            Self::Beta => {
                (0..steps).map(|step| min + beta_quantile(1.0 - evenly(step)) * (max - min)).collect()
            }
        }
    }
}

/// Both parameters of the beta distribution.
const SHAPE: f64 = 0.6;

/// The point below which `share` of the beta distribution lies.
fn beta_quantile(share: f64) -> f64 {
    if share > 0.5 {
        // It is symmetric.
        return 1.0 - beta_quantile(1.0 - share);
    }
    let (mut low, mut high) = (0.0, 0.5);
    let wanted = 2.0 * share * below(0.5);
    // Bisection down to the last bit.
    for _ in 0..f64::MANTISSA_DIGITS {
        let middle = 0.5 * (low + high);
        if below(middle) < wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// How much of the beta distribution lies below `x`, up to a factor, for `x` up to 1/2: the continued fraction of the
/// incomplete beta function (DLMF 8.17.22).
fn below(x: f64) -> f64 {
    const TERMS: u32 = 60;
    let coefficient = |n: u32| {
        let m = f64::from(n / 2);
        let (shape, twice) = (SHAPE + 2.0 * m, 2.0 * SHAPE);
        match n % 2 {
            0 => m * (SHAPE - m) * x / ((shape - 1.0) * shape),
            _ => -(SHAPE + m) * (twice + m) * x / (shape * (shape + 1.0)),
        }
    };
    let fraction = (1..=TERMS).rev().fold(1.0, |rest, n| 1.0 + coefficient(n) / rest);
    (x * (1.0 - x)).powf(SHAPE) / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.beta.ppf(share, 0.6, 0.6)
    #[test]
    fn quantiles_are_those_of_scipy() {
        fn check(share: f64, expected: f64) {
            let quantile = beta_quantile(share);
            assert!((quantile - expected).abs() < 1e-12, "{share}: {quantile} instead of {expected}");
        }
        check(0.0, 0.0);
        check(0.001, 1.855873851745199e-05);
        check(0.2, 0.12292175045833292);
        check(0.4, 0.3627009907532143);
        check(0.5, 0.5000000000000001);
        check(0.75, 0.824319621347305);
        check(0.999, 0.9999814412614826);
        check(1.0, 1.0);
    }
}
