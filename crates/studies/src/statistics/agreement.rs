//! Cohen's kappa: how far reviewers agree beyond what chance would give.

use serde::Serialize;

/// How far two reviewers agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// 1 is full agreement, 0 what chance gives; `None` if chance alone would agree always, or nothing was answered by
    /// both.
    pub kappa: Option<f64>,
    /// Questions that both answered.
    pub answered: usize,
    /// Questions that at least one did not answer ("cannot tell", or not asked yet).
    pub left_out: usize,
}

/// Cohen's kappa of two reviewers' answers to the same questions.
pub fn kappa(first: &[Option<bool>], second: &[Option<bool>]) -> Agreement {
    let both: Vec<_> = first.iter().zip(second).filter_map(|(&a, &b)| Some((a?, b?))).collect();
    let n = both.len() as f64;
    let share = |is: fn(&(bool, bool)) -> bool| both.iter().filter(|&pair| is(pair)).count() as f64 / n;
    let (first_yes, second_yes) = (share(|pair| pair.0), share(|pair| pair.1));
    let chance = first_yes * second_yes + (1.0 - first_yes) * (1.0 - second_yes);
    let observed = share(|pair| pair.0 == pair.1);
    Agreement {
        kappa: (!both.is_empty() && chance < 1.0).then(|| (observed - chance) / (1.0 - chance)),
        answered: both.len(),
        left_out: first.len().max(second.len()) - both.len(),
    }
}

/// The mean of kappa over all pairs of reviewers that have one (Light's kappa).
pub fn mean_kappa<A: AsRef<[Option<bool>]>>(reviewers: &[A]) -> Option<f64> {
    let pairs = reviewers
        .iter()
        .enumerate()
        .flat_map(|(at, first)| reviewers[at + 1..].iter().map(move |second| (first, second)));
    let kappas: Vec<f64> =
        pairs.filter_map(|(first, second)| kappa(first.as_ref(), second.as_ref()).kappa).collect();
    (!kappas.is_empty()).then(|| kappas.iter().sum::<f64>() / kappas.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers to `counts` questions: both yes, only the first, only the second, both no.
    fn reviewers(counts: [usize; 4]) -> [Vec<Option<bool>>; 2] {
        let pairs = [(true, true), (true, false), (false, true), (false, false)];
        let pairs = pairs.into_iter().zip(counts).flat_map(|(pair, count)| std::iter::repeat_n(pair, count));
        let (first, second) = pairs.map(|(a, b)| (Some(a), Some(b))).unzip();
        [first, second]
    }

    fn check(counts: [usize; 4], expected: Option<f64>) {
        let [first, second] = reviewers(counts);
        let found = kappa(&first, &second).kappa;
        assert_eq!(found.map(|kappa| (kappa * 1e4).round() / 1e4), expected, "{counts:?}");
    }

    #[test]
    fn kappa_gives_the_textbook_values() {
        // The examples in the encyclopedias: 20 + 15 of 50 agree; and the two of 100 with equal agreement.
        check([20, 5, 10, 15], Some(0.4));
        check([45, 15, 25, 15], Some(0.1304));
        check([25, 35, 5, 35], Some(0.2593));
        check([10, 0, 0, 10], Some(1.0));
        check([0, 10, 10, 0], Some(-1.0));
        check([10, 0, 0, 0], None);
        check([0, 0, 0, 0], None);
    }

    #[test]
    fn cannot_tell_is_left_out_and_counted() {
        let [mut first, mut second] = reviewers([20, 5, 10, 15]);
        first.extend([None, Some(true), None]);
        second.extend([Some(false), None, None]);
        let agreement = kappa(&first, &second);
        assert_eq!((agreement.answered, agreement.left_out), (50, 3));
        assert!((agreement.kappa.unwrap() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn several_reviewers_have_the_mean_of_their_pairs() {
        let [first, second] = reviewers([20, 5, 10, 15]);
        // The third repeats the first: 0.4, 1 and 0.4.
        let mean = mean_kappa(&[first.clone(), second, first.clone()]).unwrap();
        assert!((mean - 0.6).abs() < 1e-12, "{mean}");
        assert_eq!(mean_kappa(&[first]), None);
    }
}
