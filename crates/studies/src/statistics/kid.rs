//! KID, the kernel distance of two sets of features: unlike FID it has no bias that shrinks with the number of pictures.

use ndarray::{ArrayView2, Axis};

use super::random::Indices;

/// The kernel distance over random subsets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kid {
    /// Mean over the subsets.
    pub mean: f64,
    /// Standard deviation over the subsets.
    pub deviation: f64,
}

/// Unbiased squared MMD with the kernel (x·y / d + 1)³ over `subsets` pairs of random subsets of `size` pictures, or of as
/// many as the smaller set has. `None` if that is fewer than two. `first` and `second` are [pictures, features].
pub fn kid(
    first: ArrayView2<'_, f64>,
    second: ArrayView2<'_, f64>,
    subsets: usize,
    size: usize,
    seed: u64,
) -> Option<Kid> {
    let size = size.min(first.nrows()).min(second.nrows());
    if size < 2 || subsets == 0 {
        return None;
    }
    let mut indices = Indices::new(seed);
    let mut subset = |set: &ArrayView2<'_, f64>| set.select(Axis(0), &indices.subset(set.nrows(), size));
    let distances: Vec<f64> =
        (0..subsets).map(|_| squared_mmd(subset(&first).view(), subset(&second).view())).collect();
    let mean = distances.iter().sum::<f64>() / subsets as f64;
    let variance = distances.iter().map(|distance| (distance - mean).powi(2)).sum::<f64>() / subsets as f64;
    Some(Kid { mean, deviation: variance.sqrt() })
}

/// Unbiased: a picture is not compared with itself. Both sets are of the same size.
fn squared_mmd(first: ArrayView2<'_, f64>, second: ArrayView2<'_, f64>) -> f64 {
    let (size, features) = (first.nrows() as f64, first.ncols() as f64);
    let kernel = |a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>| {
        a.dot(&b.t()).mapv_into(|product| (product / features + 1.0).powi(3))
    };
    let within = |set| {
        let values = kernel(set, set);
        (values.sum() - values.diag().sum()) / (size * (size - 1.0))
    };
    within(first) + within(second) - 2.0 * kernel(first, second).sum() / (size * size)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn two_points_each_are_computed_by_hand() {
        // Kernels within: 1 and 27 / 8; between: 1, 1, 1, 27 / 8.
        let first = array![[1.0, 0.0], [0.0, 0.0]];
        let second = array![[1.0, 0.0], [1.0, 3.0]];
        let expected = 1.0 + 27.0 / 8.0 - 2.0 * (27.0 / 8.0 + 27.0 / 8.0 + 1.0 + 1.0) / 4.0;
        let Kid { mean, deviation } = kid(first.view(), second.view(), 3, 2, 1).unwrap();
        assert!((mean - expected).abs() < 1e-12, "{mean}");
        assert!(deviation < 1e-12);
    }

    #[test]
    fn subsets_vary_and_repeat_with_the_seed() {
        let first = ndarray::Array2::from_shape_fn((30, 3), |(row, column)| ((row * 7 + column) % 11) as f64);
        let second = &first + 0.5;
        let by = |seed| kid(first.view(), second.view(), 20, 10, seed).unwrap();
        assert_eq!(by(1), by(1));
        assert_ne!(by(1), by(2));
        assert!(by(1).deviation > 0.0);
    }

    #[test]
    fn a_single_picture_has_no_distance() {
        let sets = (array![[1.0]], array![[1.0], [2.0]]);
        assert_eq!(kid(sets.0.view(), sets.1.view(), 5, 100, 1), None);
    }
}
