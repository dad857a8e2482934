//! Arrays as images for the screen.

use egui::{Color32, ColorImage, TextureOptions};
use ndarray::{Array2, Array3, ArrayView2};

use tauscope_core::attention::{Grid, resize};
use tauscope_studio::export::{ColorMap, Smoothing, Style, difference_map, heatmap, to_image};

/// The longer side of a smoothed map; enough for a picture that fills the window.
const SMOOTH_SIDE: usize = 256;
/// The longer side of a thumbnail, twice its points.
const THUMBNAIL_SIDE: u32 = 128;
/// How much of the picture the hottest place hides.
const OVERLAY_OPACITY: f32 = 0.85;

/// How much of the picture a place hides whose two best entities score alike.
const LEAST_ENTITY_OPACITY: f32 = 0.12;
/// A difference of a channel that is as hot as it gets.
const CHANGED: f32 = 0.5;

/// An image and how it is enlarged.
pub(super) type Pixels = (ColorImage, TextureOptions);

/// A picture [3, h, w] in 0..1.
pub(super) fn picture(picture: &Array3<f32>) -> Pixels {
    (opaque(&to_image(picture.view())), TextureOptions::LINEAR)
}

/// The same, small.
pub(super) fn thumbnail(picture: &Array3<f32>) -> Pixels {
    let whole = to_image(picture.view());
    let longer = whole.width().max(whole.height()).max(1);
    let scale = (THUMBNAIL_SIDE as f32 / longer as f32).min(1.0);
    let side = |pixels: u32| ((pixels as f32 * scale) as u32).max(1);
    let small = image::imageops::thumbnail(&whole, side(whole.width()), side(whole.height()));
    (opaque(&small), TextureOptions::LINEAR)
}

/// A thumbnail from disk.
pub(super) fn stored(thumbnail: &image::RgbImage) -> Pixels {
    (opaque(thumbnail), TextureOptions::LINEAR)
}

/// A map [h, w] in colours, 0 cold and `max` hot.
pub(super) fn heat(map: ArrayView2<'_, f32>, max: f32, colors: ColorMap, patches: bool) -> Pixels {
    let (height, width) = map.dim();
    if patches {
        let style = Style { colors, smoothing: Smoothing::Patches };
        return (opaque(&heatmap(map, max, (width as u32, height as u32), style)), TextureOptions::NEAREST);
    }
    // Values are smoothed, not colours: halfway between blue and yellow is no grey.
    let target = smooth_grid(Grid::new(height, width), SMOOTH_SIDE / 2);
    let style = Style { colors, smoothing: Smoothing::Bilinear };
    let size = (target.width as u32, target.height as u32);
    (opaque(&heatmap(map, max, size, style)), TextureOptions::LINEAR)
}

/// Several maps in colours, opaque where one of them is hot, each 0 cold and its `max` hot. Opacity is the square of
/// the heat, so that a lukewarm map does not veil the picture.
pub(super) fn overlay(
    maps: &[(ArrayView2<'_, f32>, f32)],
    colors: ColorMap,
    patches: bool,
) -> Option<Pixels> {
    let (height, width) = maps.first()?.0.dim();
    let mut heat = Array2::<f32>::zeros((height, width));
    for (map, max) in maps {
        let scale = if *max > 0.0 { 1.0 / max } else { 0.0 };
        heat.zip_mut_with(map, |heat, &value| *heat = heat.max(value * scale));
    }
    let grid = Grid::new(height, width);
    let target = if patches { grid } else { smooth_grid(grid, SMOOTH_SIDE) };
    let column = heat.into_shape_with_order((grid.patches(), 1)).ok()?;
    let heat = resize(column.view(), grid, target);
    let table = colors.table();
    let pixels = heat
        .iter()
        .map(|&heat| {
            let heat = heat.clamp(0.0, 1.0);
            let [r, g, b] = table[(heat * 255.0).round() as usize];
            Color32::from_rgba_unmultiplied(r, g, b, (heat * heat * OVERLAY_OPACITY * 255.0).round() as u8)
        })
        .collect();
    let options = if patches { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
    Some((ColorImage::new([target.width, target.height], pixels), options))
}

/// The entity with the highest score [entities, h, w] in each place, in its colour; the fainter, the smaller its margin.
pub(super) fn entities(scores: &Array3<f32>, color_of: impl Fn(usize) -> Color32, patches: bool) -> Pixels {
    let (count, height, width) = scores.dim();
    let grid = Grid::new(height, width);
    let target = if patches { grid } else { smooth_grid(grid, SMOOTH_SIDE) };
    // Scores are smoothed, and then the winner is taken: half of two entities is no third one.
    let columns = scores.to_shape((count, grid.patches())).map(|flat| flat.t().to_owned());
    let smooth = columns.map_or_else(|_| scores.clone(), |columns| resize(columns.view(), grid, target));
    let pixel = |y: usize, x: usize| {
        let mut best = (0, f32::MIN, f32::MIN);
        for entity in 0..count {
            let score = smooth[[entity, y, x]];
            if score > best.1 {
                best = (entity, score, best.1);
            } else if score > best.2 {
                best.2 = score;
            }
        }
        let (entity, first, second) = best;
        let margin = if first > 0.0 { ((first - second.max(0.0)) / first).clamp(0.0, 1.0) } else { 0.0 };
        let [r, g, b, _] = color_of(entity).to_array();
        let opacity = LEAST_ENTITY_OPACITY + (OVERLAY_OPACITY - LEAST_ENTITY_OPACITY) * margin;
        Color32::from_rgba_unmultiplied(r, g, b, (opacity * 255.0).round() as u8)
    };
    let pixels = (0..target.height).flat_map(|y| (0..target.width).map(move |x| (y, x)));
    let image = ColorImage::new([target.width, target.height], pixels.map(|(y, x)| pixel(y, x)).collect());
    (image, if patches { TextureOptions::NEAREST } else { TextureOptions::LINEAR })
}

/// Where two pictures [3, h, w] differ, the mean difference of the three channels, 0 cold and [`CHANGED`] hot.
pub(super) fn difference(one: &Array3<f32>, two: &Array3<f32>, colors: ColorMap) -> Pixels {
    let table = colors.table();
    let changes = difference_map(one.view(), two.view());
    let (height, width) = changes.dim();
    let color = |change: &f32| {
        let [r, g, b] = table[((change / CHANGED).clamp(0.0, 1.0) * 255.0) as usize];
        Color32::from_rgb(r, g, b)
    };
    (ColorImage::new([width, height], changes.iter().map(color).collect()), TextureOptions::LINEAR)
}

/// A strip of colours from cold to hot.
pub(super) fn scale(colors: ColorMap) -> Pixels {
    let pixels = colors.table().map(|[r, g, b]| Color32::from_rgb(r, g, b)).to_vec();
    (ColorImage::new([256, 1], pixels), TextureOptions::LINEAR)
}

/// `grid` enlarged by a whole factor up to about `side`.
fn smooth_grid(grid: Grid, side: usize) -> Grid {
    let factor = (side / grid.width.max(grid.height).max(1)).max(1);
    Grid::new(grid.height * factor, grid.width * factor)
}

fn opaque(image: &image::RgbImage) -> ColorImage {
    ColorImage::from_rgb([image.width() as usize, image.height() as usize], image.as_raw())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn cold_places_keep_the_picture() {
        let map = array![[0.0, 0.5]];
        let (image, _) = overlay(&[(map.view(), 0.5)], ColorMap::Viridis, true).unwrap();
        assert_eq!(image.pixels[0].a(), 0);
        assert_eq!(image.pixels[1].a(), (OVERLAY_OPACITY * 255.0).round() as u8);
    }

    #[test]
    fn places_have_their_entities_colour() {
        let scores = array![[[0.8, 0.1]], [[0.2, 0.1]]];
        let color_of = |entity: usize| if entity == 0 { Color32::RED } else { Color32::BLUE };
        let (image, _) = entities(&scores, color_of, true);
        assert!(image.pixels[0].a() > image.pixels[1].a());
        // Ties go to the lower one, as in the mask.
        assert!(image.pixels[1].r() > 0 && image.pixels[1].b() == 0);
        assert_eq!(image.pixels[1].a(), (LEAST_ENTITY_OPACITY * 255.0).round() as u8);
    }

    #[test]
    fn a_flat_map_hides_nothing() {
        let map = array![[0.0, 0.0]];
        let (image, _) = overlay(&[(map.view(), 0.0)], ColorMap::Viridis, false).unwrap();
        assert!(image.pixels.iter().all(|pixel| pixel.a() == 0));
    }

    #[test]
    fn smoothing_keeps_the_aspect() {
        assert_eq!(smooth_grid(Grid::new(10, 24), 128), Grid::new(50, 120));
        assert_eq!(smooth_grid(Grid::new(300, 200), 128), Grid::new(300, 200));
    }
}
