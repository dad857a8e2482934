//! The Fréchet distance of two Gaussians, which is FID when they are those of Inception features.

use faer::{Mat, Side, linalg::solvers::EvdError};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use tauscope_core::error::{Error, Result};

/// A normal distribution in the space of features.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// [features].
    pub mean: Array1<f64>,
    /// [features, features], symmetric.
    pub covariance: Array2<f64>,
}

impl Gaussian {
    /// Mean and unbiased covariance of `features` [pictures, features].
    ///
    /// # Errors
    /// [`Error::Input`] for fewer than two pictures.
    pub fn of(features: ArrayView2<'_, f64>) -> Result<Self> {
        let pictures = features.nrows();
        if pictures < 2 {
            return Err(Error::input(
                format!("A covariance needs two pictures or more, and this set has {pictures}."),
                "Paint more of them; thousands are usual.",
            ));
        }
        let mean = features.sum_axis(Axis(0)) / pictures as f64;
        let centred = &features - &mean;
        let covariance = centred.t().dot(&centred) / (pictures - 1) as f64;
        Ok(Self { mean, covariance })
    }
}

/// |m1 - m2|² + tr(S1) + tr(S2) - 2 tr((S1 S2)^½), in f64.
///
/// The trace of the root is the sum of the roots of the eigenvalues of √S1 S2 √S1, which is symmetric. With S1 = U D Uᵀ,
/// these are the eigenvalues of Fᵀ S2 F for F = U √D; columns of F that are zero but for rounding (fewer pictures than
/// features) are left out, so nothing is added to the diagonal and little is lost.
///
/// # Errors
/// [`Error::Input`] if the two have different numbers of features, or values that are not finite.
pub fn frechet_distance(first: &Gaussian, second: &Gaussian) -> Result<f64> {
    let features = first.mean.len();
    let squares = [first, second].map(|gaussian| gaussian.covariance.dim());
    if second.mean.len() != features || squares != [(features, features); 2] {
        return Err(Error::input(
            format!("Sets of {features} and of {} features cannot be compared.", second.mean.len()),
            "Take reference statistics that were made with the same features.",
        ));
    }
    let is_finite =
        |gaussian: &Gaussian| gaussian.mean.iter().chain(&gaussian.covariance).all(|value| value.is_finite());
    if !is_finite(first) || !is_finite(second) {
        return Err(not_finite());
    }
    let difference = &first.mean - &second.mean;
    let traces = first.covariance.diag().sum() + second.covariance.diag().sum();
    // It fails only on values that are not finite: ones that got too large on the way.
    let root = trace_of_root(&first.covariance, &second.covariance).map_err(|_error| not_finite())?;
    Ok(difference.dot(&difference) + traces - 2.0 * root)
}

fn not_finite() -> Error {
    Error::input(
        "The features of these pictures are not finite numbers.",
        "Check the model of the features, and the reference statistics.",
    )
}

/// tr((S1 S2)^½).
fn trace_of_root(first: &Array2<f64>, second: &Array2<f64>) -> Result<f64, EvdError> {
    let features = first.nrows();
    let [first, second] =
        [first, second].map(|matrix| Mat::from_fn(features, features, |row, column| matrix[(row, column)]));
    let eigen = first.self_adjoint_eigen(Side::Lower)?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    // In rising order.
    let largest = values.iter().last().copied().unwrap_or(0.0);
    let rounding = largest * features as f64 * f64::EPSILON;
    let zeros = values.iter().take_while(|&&value| value <= rounding).count();
    let factor = Mat::from_fn(features, features - zeros, |row, column| {
        vectors[(row, zeros + column)] * values[zeros + column].sqrt()
    });
    let product = factor.transpose() * &second * &factor;
    let roots = product.self_adjoint_eigenvalues(Side::Lower)?.into_iter();
    // None is negative but for rounding.
    Ok(roots.map(|value| value.max(0.0).sqrt()).sum())
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use super::*;

    fn diagonal(mean: f64, variances: &[f64]) -> Gaussian {
        let covariance = Array2::from_diag(&Array1::from(variances.to_vec()));
        Gaussian { mean: Array1::from_elem(variances.len(), mean), covariance }
    }

    #[test]
    fn of_diagonal_covariances_it_is_a_sum() {
        fn check(first: (f64, &[f64]), second: (f64, &[f64])) {
            let roots = first.1.iter().zip(second.1);
            let expected: f64 =
                roots.map(|(a, b)| (first.0 - second.0).powi(2) + (a.sqrt() - b.sqrt()).powi(2)).sum();
            let found = frechet_distance(&diagonal(first.0, first.1), &diagonal(second.0, second.1)).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
        }
        check((0.0, &[1.0]), (3.0, &[4.0]));
        check((1.0, &[1.0, 2.0, 9.0]), (1.5, &[4.0, 2.0, 1.0]));
        check((0.0, &[1.0, 0.0]), (0.0, &[0.0, 1.0]));
        check((0.0, &[0.0, 0.0]), (2.0, &[0.0, 0.0]));
    }

    #[test]
    fn mean_and_covariance_are_those_of_numpy() {
        let gaussian = Gaussian::of(array![[1.0, 2.0], [3.0, 1.0], [5.0, 6.0]].view()).unwrap();
        assert_eq!(gaussian.mean, array![3.0, 3.0]);
        // numpy.cov(features, rowvar=False)
        assert_eq!(gaussian.covariance, array![[4.0, 4.0], [4.0, 7.0]]);
    }

    #[test]
    fn a_set_that_cannot_be_measured_is_refused_in_words() {
        let features = array![[1.0, 2.0], [3.0, 1.0]];
        let one = Gaussian::of(features.slice(s![..1, ..])).unwrap_err();
        assert!(one.to_string().contains("this set has 1."), "{one}");
        let set = Gaussian::of(features.view()).unwrap();
        let other = frechet_distance(&set, &diagonal(0.0, &[1.0])).unwrap_err();
        assert!(other.to_string().contains("Sets of 2 and of 1 features"), "{other}");
        let broken = frechet_distance(&set, &diagonal(0.0, &[1.0, f64::NAN])).unwrap_err();
        assert!(broken.to_string().contains("not finite"), "{broken}");
    }
}
