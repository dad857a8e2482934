//! Resizing as Pillow does it, to the bit: published scores are made of pictures that Pillow made small.
//!
//! Two passes, each with its result rounded to 8 bits, and with weights in fixed point; when a picture shrinks, the filter
//! grows with it. Crates that resize keep more precision or round elsewhere, so their pixels differ by one here and there.

use image::RgbImage;
use serde::Deserialize;

/// Bits behind the binary point of a weight.
const PRECISION_BITS: u32 = 32 - 8 - 2;

/// How pixels are weighted by their distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Filter {
    /// A triangle.
    Bilinear,
    /// Keys' cubic with a = -0.5.
    Bicubic,
}

impl Filter {
    /// How far it reaches, in pixels of whichever picture is smaller.
    fn reach(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    fn weight(self, distance: f64) -> f64 {
        const A: f64 = -0.5;
        let x = distance.abs();
        match self {
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Bicubic if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
            Self::Bicubic => 0.0,
        }
    }
}

/// `image` in another size; as it is if it has that size.
pub(super) fn resize(image: &RgbImage, width: u32, height: u32, filter: Filter) -> RgbImage {
    let wide = if image.width() == width {
        image.clone()
    } else {
        let columns = taps(image.width(), width, filter);
        RgbImage::from_fn(width, image.height(), |x, y| {
            columns[x as usize].pixel(|source| image.get_pixel(source, y).0)
        })
    };
    if image.height() == height {
        return wide;
    }
    let rows = taps(image.height(), height, filter);
    RgbImage::from_fn(width, height, |x, y| rows[y as usize].pixel(|source| wide.get_pixel(x, source).0))
}

/// What one pixel of a row is made of.
struct Taps {
    /// The first of the source's pixels.
    first: u32,
    /// The weights of this one and the following.
    weights: Vec<i32>,
}

impl Taps {
    fn pixel(&self, source: impl Fn(u32) -> [u8; 3]) -> image::Rgb<u8> {
        let mut sums = [1 << (PRECISION_BITS - 1); 3];
        for (at, weight) in (self.first..).zip(&self.weights) {
            let pixel = source(at);
            sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += i32::from(value) * weight);
        }
        image::Rgb(sums.map(|sum: i32| (sum >> PRECISION_BITS).clamp(0, 255) as u8))
    }
}

fn taps(from: u32, to: u32, filter: Filter) -> Vec<Taps> {
    let scale = f64::from(from) / f64::from(to);
    let stretch = scale.max(1.0);
    let reach = filter.reach() * stretch;
    let of_pixel = |pixel: u32| {
        let centre = (f64::from(pixel) + 0.5) * scale;
        // The casts cut off what is below 0, as Pillow does.
        let first = (centre - reach + 0.5) as u32;
        let end = ((centre + reach + 0.5) as u32).min(from);
        let weights: Vec<f64> =
            (first..end).map(|source| filter.weight((f64::from(source) - centre + 0.5) / stretch)).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: f64| (weight / sum * f64::from(1 << PRECISION_BITS)).round() as i32;
        Taps { first, weights: weights.into_iter().map(fixed).collect() }
    };
    (0..to).map(of_pixel).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn pixels_are_pillows_to_the_bit() {
        fn check(file: &str, width: u32, height: u32, filter: Filter, word: &str) {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/judges");
            let read = |name: String| image::open(folder.join(name)).unwrap().into_rgb8();
            let resized = resize(&read(format!("{file}.png")), width, height, filter);
            assert!(resized == read(format!("{file}-{width}x{height}-{word}.png")), "{file}, {word}");
        }
        check("wide", 31, 64, Filter::Bicubic, "bicubic");
        check("wide", 31, 64, Filter::Bilinear, "bilinear");
        check("small", 40, 21, Filter::Bicubic, "bicubic");
    }
}
