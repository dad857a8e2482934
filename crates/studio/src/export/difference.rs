//! How two pictures differ: in numbers, as a map, and side by side.

use image::{Rgb, RgbImage, imageops};
use ndarray::{Array2, ArrayView3, Axis};
use serde::Serialize;

use super::{Style, heatmap, to_image};

/// Pixel values that differ by more than this look different.
const VISIBLE: f32 = 2.0 / 255.0;

/// The difference of two pictures in numbers; pixel values are in 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The mean over all pixel values.
    pub mean: f32,
    /// The largest.
    pub largest: f32,
    /// The share of pixel values that differ by more than 2/255.
    pub changed: f32,
}

impl Difference {
    /// The difference of two pictures [3, h, w] of one size.
    pub fn between(a: ArrayView3<'_, f32>, b: ArrayView3<'_, f32>) -> Self {
        let apart = (&a - &b).mapv_into(f32::abs);
        let share = |count: usize| count as f32 / apart.len().max(1) as f32;
        Self {
            mean: apart.mean().unwrap_or_default(),
            largest: apart.iter().copied().fold(0.0, f32::max),
            changed: share(apart.iter().filter(|&&value| value > VISIBLE).count()),
        }
    }
}

/// How far the pixels of two pictures [3, h, w] of one size are apart, [h, w] in 0..1: the mean of the colours.
pub fn difference_map(a: ArrayView3<'_, f32>, b: ArrayView3<'_, f32>) -> Array2<f32> {
    (&a - &b).mapv_into(f32::abs).sum_axis(Axis(0)) / a.len_of(Axis(0)).max(1) as f32
}

/// Two pictures [3, h, w] of one size and, to their right, the map of their difference, its largest value hottest.
pub fn side_by_side(a: ArrayView3<'_, f32>, b: ArrayView3<'_, f32>, style: Style) -> RgbImage {
    const GAP: u32 = 4;
    const PAPER: Rgb<u8> = Rgb([255; 3]);
    let map = difference_map(a, b);
    let most = map.iter().copied().fold(0.0, f32::max);
    let (first, second) = (to_image(a), to_image(b));
    let (width, height) = first.dimensions();
    let third = heatmap(map.view(), most, (width, height), style);
    let mut sheet = RgbImage::from_pixel(3 * width + 2 * GAP, height, PAPER);
    for (column, picture) in [&first, &second, &third].into_iter().enumerate() {
        imageops::replace(&mut sheet, picture, i64::from(width + GAP) * column as i64, 0);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};

    use super::*;
    use crate::export::{ColorMap, Smoothing};

    /// One row of two pixels; the second differs in red by 0.6 and in green by 0.3.
    fn pictures() -> [Array3<f32>; 2] {
        [array![[[0.5, 0.8]], [[0.5, 0.3]], [[0.5, 0.0]]], array![[[0.5, 0.2]], [[0.5, 0.6]], [[0.5, 0.0]]]]
    }

    #[test]
    fn differences_are_measured() {
        let [a, b] = pictures();
        let Difference { mean, largest, changed } = Difference::between(a.view(), b.view());
        assert!((mean - 0.15).abs() < 1e-6 && (largest - 0.6).abs() < 1e-6, "{mean} {largest}");
        assert!((changed - 2.0 / 6.0).abs() < 1e-6, "{changed}");
        let map = difference_map(a.view(), b.view());
        assert!((map[[0, 0]]).abs() < 1e-6 && (map[[0, 1]] - 0.3).abs() < 1e-6, "{map}");
        let same = Difference::between(a.view(), a.view());
        assert_eq!(same, Difference { mean: 0.0, largest: 0.0, changed: 0.0 });
    }

    #[test]
    fn pictures_stand_beside_their_difference() {
        let [a, b] = pictures();
        let style = Style { colors: ColorMap::Grey, smoothing: Smoothing::Patches };
        let sheet = side_by_side(a.view(), b.view(), style);
        let red: Vec<u8> = (0..sheet.width()).map(|x| sheet.get_pixel(x, 0).0[0]).collect();
        let gap = [255; 4];
        assert_eq!(red, [&[128, 204][..], &gap, &[128, 51], &gap, &[0, 255]].concat());
    }
}
