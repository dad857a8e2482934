//! All heatmaps of a run as one picture.

use image::{Rgb, RgbImage, imageops};
use ndarray::ArrayView2;

use super::{Style, heatmap};

const GAP: u32 = 4;
const PAPER: Rgb<u8> = Rgb([255; 3]);
const MOST_PIXELS_ALONG: f64 = 8192.0;

/// Words downwards and steps across; it is filled step by step.
pub struct ContactSheet {
    image: RgbImage,
    tile: (u32, u32),
    style: Style,
}

impl ContactSheet {
    /// An empty one with tiles of size `tile` (width, height), or smaller in the same aspect where the sheet would grow
    /// too large to be opened.
    pub fn new(words: usize, steps: usize, tile: (u32, u32), style: Style) -> Self {
        let share = |count: usize, length: u32| MOST_PIXELS_ALONG / (count as f64 * f64::from(length));
        let shrink = share(steps, tile.0).min(share(words, tile.1)).min(1.0);
        let shrunk = |length: u32| ((f64::from(length) * shrink) as u32).max(1);
        let tile = (shrunk(tile.0), shrunk(tile.1));
        let image = RgbImage::from_pixel(along(steps, tile.0), along(words, tile.1), PAPER);
        Self { image, tile, style }
    }

    /// Draws a word's map at a step, 0 cold and `max` hot.
    pub fn put(&mut self, word: usize, step: usize, map: ArrayView2<'_, f32>, max: f32) {
        let frame = heatmap(map, max, self.tile, self.style);
        let (x, y) = (along(step, self.tile.0), along(word, self.tile.1));
        imageops::replace(&mut self.image, &frame, x.into(), y.into());
    }

    /// The picture.
    pub fn finish(self) -> RgbImage {
        self.image
    }
}

/// What `count` tiles take with the gaps around them.
fn along(count: usize, length: u32) -> u32 {
    GAP + count as u32 * (length + GAP)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::export::{ColorMap, Smoothing};

    const GREY: Style = Style { colors: ColorMap::Grey, smoothing: Smoothing::Patches };

    #[test]
    fn a_sheet_has_words_downwards_and_steps_across() {
        let mut sheet = ContactSheet::new(2, 3, (6, 4), GREY);
        for (word, values) in [[0.0, 1.0, 0.5], [1.0, 0.0, 0.0]].into_iter().enumerate() {
            for (step, value) in values.into_iter().enumerate() {
                sheet.put(word, step, Array2::from_elem((2, 3), value).view(), 1.0);
            }
        }
        let sheet = sheet.finish();
        assert_eq!(sheet.dimensions(), (4 + 3 * 10, 4 + 2 * 8));
        let level = |row: u32, column: u32| sheet.get_pixel(4 + 10 * column, 4 + 8 * row).0[0];
        assert_eq!([level(0, 0), level(0, 1), level(0, 2)], [0, 255, 128]);
        assert_eq!([level(1, 0), level(1, 1), level(1, 2)], [255, 0, 0]);
    }

    #[test]
    fn a_sheet_stays_small_enough_to_be_opened() {
        fn check(words: usize, steps: usize, tile: (u32, u32), expected: (u32, u32)) {
            assert_eq!(ContactSheet::new(words, steps, tile, GREY).finish().dimensions(), expected);
        }
        check(0, 0, (6, 4), (4, 4));
        check(1, 500, (1024, 512), (4 + 500 * 20, 4 + 12));
    }
}
