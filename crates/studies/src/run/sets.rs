//! Scores of whole sets, computed from the features of a run's pictures: FID and KID of each arm.

use std::path::Path;

use ndarray::Array2;

use super::{Results, features::read_features, files::read_judges};
use crate::statistics::{Gaussian, frechet_distance, kid};
use tauscope_core::error::Result;

/// KID's subsets: how many, and of how many pictures, as its authors took them.
const SUBSETS: usize = 100;
const SUBSET_PICTURES: usize = 1000;
/// Pictures below which a covariance says nothing.
const FEWEST: usize = 2;

impl Results {
    /// The results in the folder of a run, with the scores of sets: the distance of each arm's pictures from `reference`
    /// (.npz with `mu` and `sigma`) or, without one, from those of the first arm. KID needs pictures, so it is only from the
    /// first arm's.
    ///
    /// # Errors
    /// As [`Self::read`], and [`tauscope_core::Error::Input`] for a reference of other features.
    pub fn with_sets(folder: &Path, reference: Option<&Path>) -> Result<Self> {
        let mut results = Self::read(folder)?;
        let reference = reference.map(Gaussian::read).transpose()?;
        let Some(first) = results.arms.first().map(|arm| arm.name.clone()) else { return Ok(results) };
        for judge in read_judges(folder)?.into_keys() {
            let arms = read_features(folder, &judge)?;
            let Some(base) = arms.get(&first).filter(|arm| arm.rows.nrows() >= FEWEST) else { continue };
            let base: Array2<f64> = base.rows.mapv(f64::from);
            let of_base = Gaussian::of(base.view())?;
            for (arm, features) in &arms {
                let is_base = reference.is_none() && *arm == first;
                if is_base || features.rows.nrows() < FEWEST {
                    continue;
                }
                let rows = features.rows.mapv(f64::from);
                let distance =
                    frechet_distance(reference.as_ref().unwrap_or(&of_base), &Gaussian::of(rows.view())?)?;
                let set = |kind: &str| format!("{kind} of {judge}");
                results.sets.entry(set("FID")).or_default().insert(arm.clone(), distance);
                if *arm != first
                    && let Some(kernel) = kid(base.view(), rows.view(), SUBSETS, SUBSET_PICTURES, 0)
                {
                    results.sets.entry(set("KID")).or_default().insert(arm.clone(), kernel.mean);
                }
            }
        }
        Ok(results)
    }
}
