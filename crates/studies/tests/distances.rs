//! Distances of sets against public implementations; `data/make.py` made the values.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::Deserialize;

use tauscope_studies::statistics::{Gaussian, frechet_distance, kid};

#[derive(Deserialize)]
struct Case {
    first: Vec<Vec<f64>>,
    second: Vec<Vec<f64>>,
    fid: f64,
    exact: f64,
    kid: Option<f64>,
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

#[test]
fn distances_are_those_of_pytorch_fid_and_numpy() {
    fn check(name: &str, of: &str, found: f64, expected: f64, relative: f64) {
        let error = (found - expected).abs() / expected.abs();
        assert!(error < relative, "{of} of {name}: {found} instead of {expected}, {error:e} off");
    }
    let cases: BTreeMap<String, Case> = serde_json::from_str(include_str!("data/distances.json")).unwrap();
    for (name, case) in &cases {
        let [first, second] = [&case.first, &case.second].map(|rows| matrix(rows));
        let [one, other] = [&first, &second].map(|set| Gaussian::of(set.view()).unwrap());
        let fid = frechet_distance(&one, &other).unwrap();
        check(name, "FID as pytorch-fid", fid, case.fid, 1e-6);
        check(name, "FID from singular values", fid, case.exact, 1e-7);
        if let Some(expected) = case.kid {
            let kid = kid(first.view(), second.view(), 2, first.nrows(), 1).unwrap();
            check(name, "KID", kid.mean, expected, 1e-10);
        }
    }
}
