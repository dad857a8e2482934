//! A map as a picture, alone or over the painted one.

use image::{Rgb, RgbImage};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::colormap::{ColorMap, level_of};
use tauscope_core::attention::{Grid, resize};

/// How a map is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Its colours.
    pub colors: ColorMap,
    /// What lies between its cells.
    pub smoothing: Smoothing,
}

/// How a map is brought to the size of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// Bilinear between the cells' centres.
    #[default]
    Bilinear,
    /// Every cell as a flat patch.
    Patches,
}

/// `map` [h, w] as a picture of `width` x `height` pixels, 0 cold and `max` hot.
pub fn heatmap(map: ArrayView2<'_, f32>, max: f32, (width, height): (u32, u32), style: Style) -> RgbImage {
    let heat = heat(map, max, (width, height), style.smoothing);
    let table = style.colors.table();
    RgbImage::from_fn(width, height, |x, y| Rgb(table[usize::from(level_of(heat[[y as usize, x as usize]]))]))
}

/// `map` [h, w] over `picture`. Opacity follows heat, up to `opacity` (0..1) at `max`, so that cold places keep the
/// picture's colours.
pub fn overlay(
    picture: &RgbImage,
    map: ArrayView2<'_, f32>,
    max: f32,
    style: Style,
    opacity: f32,
) -> RgbImage {
    let heat = heat(map, max, picture.dimensions(), style.smoothing);
    let table = style.colors.table();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let heat = heat[[y as usize, x as usize]];
        let (below, above) = (picture.get_pixel(x, y).0, table[usize::from(level_of(heat))]);
        let share = heat * opacity.clamp(0.0, 1.0);
        Rgb(std::array::from_fn(|channel| {
            let (below, above) = (f32::from(below[channel]), f32::from(above[channel]));
            (below + (above - below) * share).round() as u8
        }))
    })
}

/// `map` scaled to 0..1 by `max` (all 0 if that is 0) at the size of a picture, [height, width].
fn heat(
    map: ArrayView2<'_, f32>,
    max: f32,
    (width, height): (u32, u32),
    smoothing: Smoothing,
) -> Array2<f32> {
    let (from, to) = (Grid::new(map.nrows(), map.ncols()), Grid::new(height as usize, width as usize));
    if from.patches() == 0 || to.patches() == 0 {
        return Array2::zeros((to.height, to.width));
    }
    let unit = |value: f32| if max > 0.0 { (value / max).clamp(0.0, 1.0) } else { 0.0 };
    match smoothing {
        Smoothing::Patches => Array2::from_shape_fn((to.height, to.width), |(y, x)| {
            unit(map[[y * from.height / to.height, x * from.width / to.width]])
        }),
        Smoothing::Bilinear => {
            let column = Array2::from_shape_fn((from.patches(), 1), |(patch, _)| {
                map[[patch / from.width, patch % from.width]]
            });
            resize(column.view(), from, to).index_axis(ndarray::Axis(0), 0).mapv(unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const GREY: Style = Style { colors: ColorMap::Grey, smoothing: Smoothing::Patches };

    fn levels(image: &RgbImage) -> Vec<u8> {
        image.pixels().map(|pixel| pixel.0[0]).collect()
    }

    #[test]
    fn patches_stay_flat_and_smoothing_runs_between_their_centres() {
        fn check(smoothing: Smoothing, expected: [u8; 4]) {
            let image = heatmap(array![[0.0, 2.0]].view(), 2.0, (4, 1), Style { smoothing, ..GREY });
            assert_eq!(levels(&image), expected);
        }
        check(Smoothing::Patches, [0, 0, 255, 255]);
        check(Smoothing::Bilinear, [0, 64, 191, 255]);
    }

    #[test]
    fn the_scale_ends_at_its_maximum() {
        fn check(max: f32, expected: [u8; 2]) {
            assert_eq!(levels(&heatmap(array![[1.0, 4.0]].view(), max, (2, 1), GREY)), expected);
        }
        check(4.0, [64, 255]);
        check(8.0, [32, 128]);
        check(2.0, [128, 255]);
        check(0.0, [0, 0]);
        check(f32::NAN, [0, 0]);
    }

    #[test]
    fn cold_places_keep_the_picture() {
        let picture = RgbImage::from_pixel(3, 1, Rgb([200, 100, 50]));
        let image = overlay(&picture, array![[0.0, 0.5, 1.0]].view(), 1.0, GREY, 0.5);
        let pixels: Vec<[u8; 3]> = image.pixels().map(|pixel| pixel.0).collect();
        assert_eq!(pixels, [[200, 100, 50], [182, 107, 70], [228, 178, 153]]);
    }

    #[test]
    fn rows_and_columns_are_not_mixed_up() {
        let image = heatmap(array![[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]].view(), 1.0, (6, 4), GREY);
        assert_eq!(image.dimensions(), (6, 4));
        assert_eq!(
            (image.get_pixel(5, 0).0[0], image.get_pixel(5, 2).0[0], image.get_pixel(3, 0).0[0]),
            (255, 0, 0)
        );
    }
}
