//! A weight over a run: a monotone cubic through control points.
//!
//! Between points it is PCHIP (Fritsch and Butland 1984), as scipy's `PchipInterpolator`, so it never runs beyond two
//! neighbours. How a person changes it: [`super::curve_edit`].

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// No token weighs less, whatever a curve's points say.
pub const LEAST_WEIGHT: f32 = 0.05;
/// The most points of a curve, as many as the window lets a person set (`curve_edit`).
const MOST_POINTS: usize = 101;
/// The largest weight that a point may have.
pub const MOST_WEIGHT: f32 = 4.0;

/// A control point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Where in the run, 0..1.
    pub progress: f32,
    /// How much a token weighs there.
    pub weight: f32,
}

/// Two points or more from progress 0 to 1, each later than the one before; weights within 0..=[`MOST_WEIGHT`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<CurvePoint>", into = "Vec<CurvePoint>")]
pub struct Curve(pub(super) Vec<CurvePoint>);

/// Which way a curve runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Never down.
    Rising,
    /// Never up.
    Falling,
}

impl Curve {
    /// A curve through `points`.
    ///
    /// # Errors
    /// [`Error::Input`] that names what is wrong with them.
    pub fn new(points: Vec<CurvePoint>) -> Result<Self> {
        let fault = |problem: String| {
            Err(Error::input(problem, "Give points from 0 to 1 in order, as in 0:1.3,0.5:1.1,1:0.7."))
        };
        if points.len() > MOST_POINTS {
            return fault(format!("A curve cannot have {} points, only {MOST_POINTS}.", points.len()));
        }
        for point in &points {
            if !(0.0..=MOST_WEIGHT).contains(&point.weight) {
                return fault(format!(
                    "A curve's weight of {} is not within 0 to {MOST_WEIGHT}.",
                    point.weight
                ));
            }
            if !(0.0..=1.0).contains(&point.progress) {
                return fault(format!("A curve's point at {} is not within 0 to 1.", point.progress));
            }
        }
        if let Some(pair) = points.windows(2).find(|pair| pair[0].progress >= pair[1].progress) {
            let (first, second) = (pair[0].progress, pair[1].progress);
            return fault(format!("A curve's point at {second} cannot follow one at {first}."));
        }
        match (points.first(), points.last()) {
            (Some(first), Some(last)) if first.progress == 0.0 && last.progress == 1.0 => Ok(Self(points)),
            _ => fault("A curve has to begin at 0 and to end at 1.".to_owned()),
        }
    }

    /// Straight from one weight to another, both brought within 0..=[`MOST_WEIGHT`].
    pub fn line(from: f32, to: f32) -> Self {
        let point = |progress, weight| CurvePoint { progress, weight: within(weight, 0.0, MOST_WEIGHT) };
        Self(vec![point(0.0, from), point(1.0, to)])
    }

    /// Its points.
    pub fn points(&self) -> &[CurvePoint] {
        &self.0
    }

    /// Its weight at `progress`, never below [`LEAST_WEIGHT`].
    pub fn at(&self, progress: f32) -> f32 {
        self.through(progress).max(LEAST_WEIGHT)
    }

    /// Whether it runs that way everywhere.
    pub fn follows(&self, trend: Trend) -> bool {
        self.0.windows(2).all(|pair| match trend {
            Trend::Rising => pair[0].weight <= pair[1].weight,
            Trend::Falling => pair[0].weight >= pair[1].weight,
        })
    }

    /// Its value at `progress`, which may lie below [`LEAST_WEIGHT`].
    pub(super) fn through(&self, progress: f32) -> f32 {
        let points = &self.0;
        let right = points.partition_point(|point| point.progress < progress).clamp(1, points.len() - 1);
        let (a, b) = (points[right - 1], points[right]);
        let width = f64::from(b.progress) - f64::from(a.progress);
        let t = ((f64::from(progress) - f64::from(a.progress)) / width).clamp(0.0, 1.0);
        let (start, end) = (self.slope(right - 1) * width, self.slope(right) * width);
        // Hermite's cubic in Horner's form.
        let rise = f64::from(b.weight) - f64::from(a.weight);
        let (square, cube) = (3.0 * rise - 2.0 * start - end, start + end - 2.0 * rise);
        (f64::from(a.weight) + t * (start + t * (square + t * cube))) as f32
    }

    /// The derivative at point `index`.
    fn slope(&self, index: usize) -> f64 {
        let last = self.0.len() - 1;
        match index {
            _ if last == 1 => self.secant(0).1,
            0 => end_slope(self.secant(0), self.secant(1)),
            _ if index == last => end_slope(self.secant(last - 1), self.secant(last - 2)),
            _ => {
                let ((left, before), (right, after)) = (self.secant(index - 1), self.secant(index));
                if before * after <= 0.0 {
                    return 0.0;
                }
                // The harmonic mean, in which the nearer side counts more.
                let (w1, w2) = (2.0 * right + left, right + 2.0 * left);
                (w1 + w2) / (w1 / before + w2 / after)
            }
        }
    }

    /// Width and slope of the line from point `index` to the next.
    fn secant(&self, index: usize) -> (f64, f64) {
        let (a, b) = (self.0[index], self.0[index + 1]);
        let width = f64::from(b.progress) - f64::from(a.progress);
        (width, (f64::from(b.weight) - f64::from(a.weight)) / width)
    }
}

/// `value` within bounds; the lower one for NaN.
pub(super) fn within(value: f32, least: f32, most: f32) -> f32 {
    value.max(least).min(most)
}

/// The derivative at an end, from the secants nearest to it: three points' parabola, kept monotone.
fn end_slope((near_width, near): (f64, f64), (far_width, far): (f64, f64)) -> f64 {
    let slope = ((2.0 * near_width + far_width) * near - near_width * far) / (near_width + far_width);
    if slope * near <= 0.0 {
        0.0
    } else if near * far <= 0.0 && slope.abs() > 3.0 * near.abs() {
        3.0 * near
    } else {
        slope
    }
}

impl TryFrom<Vec<CurvePoint>> for Curve {
    type Error = Error;

    fn try_from(points: Vec<CurvePoint>) -> Result<Self> {
        Self::new(points)
    }
}

impl From<Curve> for Vec<CurvePoint> {
    fn from(curve: Curve) -> Self {
        curve.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f32, f32)]) -> Result<Curve> {
        Curve::new(points.iter().map(|&(progress, weight)| CurvePoint { progress, weight }).collect())
    }

    /// Values at 0, 0.1, 0.25, 0.4, 0.6, 0.85 and 1 of scipy 1.17's PchipInterpolator.
    #[test]
    fn curves_are_scipys() {
        fn check(points: &[(f32, f32)], expected: [f32; 7]) {
            let curve = curve(points).unwrap();
            for (progress, expected) in [0.0, 0.1, 0.25, 0.4, 0.6, 0.85, 1.0].into_iter().zip(expected) {
                let got = curve.at(progress);
                assert!((got - expected).abs() < 2e-6, "{points:?} at {progress}: {got}, not {expected}");
            }
        }
        check(&[(0.0, 1.3), (1.0, 0.7)], [1.3, 1.24, 1.15, 1.06, 0.94, 0.79, 0.7]);
        check(
            &[(0.0, 1.5), (0.5, 1.4), (1.0, 0.6)],
            [1.5, 1.495_288_9, 1.472_222_2, 1.433_155_6, 1.330_844_4, 0.930_65, 0.6],
        );
        check(
            &[(0.0, 0.4), (0.2, 0.5), (0.3, 1.5), (1.0, 1.6)],
            [0.4, 0.423_529_4, 1.008_584_1, 1.532_876_8, 1.575_808_5, 1.597_589_7, 1.6],
        );
        check(
            &[(0.0, 1.0), (0.25, 1.0), (0.5, 0.8), (0.75, 0.8), (1.0, 0.2)],
            [1.0, 1.0, 1.0, 0.8704, 0.8, 0.6752, 0.2],
        );
        check(
            &[(0.0, 0.5), (0.1, 1.9), (0.9, 2.0), (1.0, 2.0)],
            [0.5, 1.9, 1.942_149_2, 1.970_600_1, 1.991_735, 1.999_850_9, 2.0],
        );
    }

    #[test]
    fn no_weight_is_below_the_least() {
        fn check(progress: f32, expected: f32) {
            assert!((Curve::line(2.0, 0.0).at(progress) - expected).abs() < 1e-6);
        }
        check(0.5, 1.0);
        check(0.97, 0.06);
        check(0.99, LEAST_WEIGHT);
        check(1.0, LEAST_WEIGHT);
    }

    #[test]
    fn wrong_points_are_named() {
        fn check(points: &[(f32, f32)], expected: &str) {
            let message = curve(points).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check(&[], "begin at 0");
        check(&[(0.0, 1.0)], "end at 1");
        check(&[(0.1, 1.0), (1.0, 1.0)], "begin at 0");
        check(&[(0.0, 1.0), (0.5, 1.0), (0.5, 1.0), (1.0, 1.0)], "at 0.5 cannot follow one at 0.5");
        check(&[(0.0, 1.0), (f32::NAN, 1.0), (1.0, 1.0)], "at NaN");
        check(&[(0.0, 1.0), (1.0, -0.5)], "weight of -0.5");
        check(&[(0.0, f32::NAN), (1.0, 1.0)], "weight of NaN");
    }

    #[test]
    fn files_hold_valid_curves_only() {
        let written = serde_json::to_string(&Curve::line(1.5, 0.5)).unwrap();
        assert_eq!(written, r#"[{"progress":0.0,"weight":1.5},{"progress":1.0,"weight":0.5}]"#);
        assert_eq!(serde_json::from_str::<Curve>(&written).unwrap(), Curve::line(1.5, 0.5));
        assert!(serde_json::from_str::<Curve>("[]").is_err());
    }
}
