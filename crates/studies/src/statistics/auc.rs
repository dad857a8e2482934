//! How well a number predicts a yes: the area under the ROC curve.

/// The chance that a random yes has a larger number than a random no, equal numbers counting half (the Mann-Whitney
/// statistic): 0.5 predicts nothing, 1 everything. `None` if all are yes or all are no.
pub fn auc(points: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = points.to_vec();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let yes = sorted.iter().filter(|point| point.1).count() as f64;
    let no = sorted.len() as f64 - yes;
    let mut noes_below = 0.0;
    let mut wins = 0.0;
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let yes_here = tied.iter().filter(|point| point.1).count() as f64;
        let no_here = tied.len() as f64 - yes_here;
        wins += yes_here * (noes_below + no_here / 2.0);
        noes_below += no_here;
    }
    (yes > 0.0 && no > 0.0).then(|| wins / (yes * no))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_that_of_all_pairs() {
        fn check(yes: &[f64], no: &[f64], expected: Option<f64>) {
            let points: Vec<_> =
                yes.iter().map(|&x| (x, true)).chain(no.iter().map(|&x| (x, false))).collect();
            assert_eq!(auc(&points), expected, "{yes:?} {no:?}");
        }
        // The first example of scikit-learn's roc_auc_score; the others by counting pairs.
        check(&[0.35, 0.8], &[0.1, 0.4], Some(0.75));
        check(&[2.0, 3.0], &[0.0, 1.0], Some(1.0));
        check(&[0.0], &[1.0, 2.0], Some(0.0));
        check(&[1.0, 1.0], &[1.0, 1.0, 1.0], Some(0.5));
        check(&[0.0, 1.0, 1.0], &[1.0, 0.0], Some(3.5 / 6.0));
        check(&[1.0], &[], None);
        check(&[], &[], None);
    }
}
