//! How a person changes a curve: every change gives a valid curve that still runs its way.

use super::{
    Curve, CurvePoint, Trend,
    curve::{MOST_WEIGHT, within},
};

/// Points keep this distance in progress, so that each can be grabbed.
const GAP: f32 = 0.01;

impl Curve {
    /// The curve with point `index` as near to `to` as its neighbours and the `trend` allow. The first and the last
    /// point stay at their ends of the run.
    pub fn moved(&self, index: usize, to: CurvePoint, trend: Trend) -> Self {
        let mut curve = self.clone();
        let Some(&here) = self.0.get(index) else { return curve };
        let before = index.checked_sub(1).map(|at| self.0[at]);
        let after = self.0.get(index + 1).copied();
        let progress = match (before, after) {
            (Some(before), Some(after)) if after.progress - before.progress > 2.0 * GAP => {
                within(to.progress, before.progress + GAP, after.progress - GAP)
            }
            _ => here.progress,
        };
        let (below, above) = match trend {
            Trend::Rising => (before, after),
            Trend::Falling => (after, before),
        };
        let least = below.map_or(0.0, |point| point.weight);
        let most = above.map_or(MOST_WEIGHT, |point| point.weight);
        curve.0[index] = CurvePoint { progress, weight: within(to.weight, least, most) };
        curve
    }

    /// The curve with one more point, which lies on it at `progress`, and the point's index. A point that is already
    /// there is used instead.
    pub fn with_point(&self, progress: f32) -> (Self, usize) {
        let mut curve = self.clone();
        if let Some(near) = self.0.iter().position(|point| (point.progress - progress).abs() < GAP) {
            return (curve, near);
        }
        let right = self.0.partition_point(|point| point.progress < progress).clamp(1, self.0.len() - 1);
        let (a, b) = (self.0[right - 1], self.0[right]);
        if !(a.progress < progress && progress < b.progress) {
            return (curve, if progress < a.progress { right - 1 } else { right });
        }
        let weight = within(self.through(progress), a.weight.min(b.weight), a.weight.max(b.weight));
        curve.0.insert(right, CurvePoint { progress, weight });
        (curve, right)
    }

    /// The curve without point `index`. The first and the last point stay.
    pub fn without_point(&self, index: usize) -> Self {
        let mut curve = self.clone();
        if 0 < index && index + 1 < self.0.len() {
            curve.0.remove(index);
        }
        curve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f32, f32)]) -> Curve {
        Curve::new(points.iter().map(|&(progress, weight)| CurvePoint { progress, weight }).collect())
            .unwrap()
    }

    fn pairs(curve: &Curve) -> Vec<(f32, f32)> {
        curve.points().iter().map(|point| (point.progress, point.weight)).collect()
    }

    #[test]
    fn points_stay_between_their_neighbours() {
        fn check(index: usize, to: (f32, f32), expected: (f32, f32)) {
            let falling = curve(&[(0.0, 1.5), (0.4, 1.0), (1.0, 0.5)]);
            let to = CurvePoint { progress: to.0, weight: to.1 };
            let moved = falling.moved(index, to, Trend::Falling);
            assert_eq!(pairs(&moved)[index], expected);
            assert!(moved.follows(Trend::Falling) && Curve::new(moved.points().to_vec()).is_ok());
        }
        check(1, (0.5, 1.2), (0.5, 1.2));
        check(1, (0.5, 1.9), (0.5, 1.5));
        check(1, (0.5, 0.1), (0.5, 0.5));
        check(1, (-3.0, 1.0), (GAP, 1.0));
        check(1, (3.0, 1.0), (1.0 - GAP, 1.0));
        check(1, (f32::NAN, f32::NAN), (GAP, 0.5));
        check(0, (0.3, 2.0), (0.0, 2.0));
        check(0, (0.0, 0.2), (0.0, 1.0));
        check(2, (0.0, -1.0), (1.0, 0.0));
        check(2, (1.0, 1.2), (1.0, 1.0));
        check(0, (0.0, 99.0), (0.0, MOST_WEIGHT));
    }

    #[test]
    fn rising_curves_keep_rising() {
        let rising = curve(&[(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)]);
        let moved = rising.moved(1, CurvePoint { progress: 0.2, weight: 9.0 }, Trend::Rising);
        assert_eq!(pairs(&moved), [(0.0, 0.5), (0.2, 1.5), (1.0, 1.5)]);
        assert_eq!(rising.moved(7, CurvePoint { progress: 0.2, weight: 1.0 }, Trend::Rising), rising);
    }

    #[test]
    fn points_come_and_go() {
        fn check(progress: f32, expected: &[(f32, f32)], index: usize) {
            let (with, at) = Curve::line(1.5, 0.5).with_point(progress);
            assert_eq!((pairs(&with).as_slice(), at), (expected, index));
            assert_eq!(with.without_point(1).points().len(), 2);
        }
        let ends = [(0.0, 1.5), (1.0, 0.5)];
        check(0.25, &[(0.0, 1.5), (0.25, 1.25), (1.0, 0.5)], 1);
        check(0.005, &ends, 0);
        check(-1.0, &ends, 0);
        check(2.0, &ends, 1);
        check(f32::NAN, &ends, 1);
        let line = Curve::line(1.5, 0.5);
        assert_eq!((line.without_point(0), line.without_point(1)), (line.clone(), line));
    }
}
