//! Regions that a person drew, as a picture of pure colours. What this is not: labels in a picture's metadata, which are
//! read with its settings.

use std::path::Path;

use image::{ImageReader, Limits, Rgba};
use ndarray::Array2;

use tauscope_core::{
    attention::Regions,
    error::{Error, Result},
};

/// The colours of the first entity, the second and so on, in the order in which the prompt names them.
const ENTITIES: [[u8; 3]; 6] =
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 0, 255], [0, 255, 255]];
/// Rows and columns are left out of larger pictures, so that settings which hold the regions stay small.
const MOST_SIDE: u32 = 256;
/// More than any drawing takes when it is decoded, in bytes.
const MOST_BYTES: u64 = 1 << 29;

/// Reads regions from a picture, usually a PNG of the painting's proportions. Pure red is the first entity's, green the
/// second's, then blue, yellow, magenta and cyan; white is nobody's; where it is black or transparent attention decides.
/// Other colours count as the nearest of these.
///
/// # Errors
/// [`Error::File`] if it cannot be read, and [`Error::Input`] if it is no picture.
pub fn read_regions(path: &Path) -> Result<Regions> {
    let mut reader = ImageReader::open(path).map_err(Error::reading(path))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let reader = reader.with_guessed_format().map_err(Error::reading(path))?;
    let picture = reader.decode().map_err(|error| {
        Error::input(
            format!("{} cannot be read as a picture of regions ({error}).", path.display()),
            "Give a PNG that is red where the first entity is to be, green for the second, then blue.",
        )
    })?;
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let kept = |side: u32| side.min(MOST_SIDE);
    let pixel = |at: usize, of: u32| {
        let at = (2 * at as u64 + 1) * u64::from(of) / (2 * u64::from(kept(of)));
        at as u32
    };
    Regions::new(Array2::from_shape_fn((kept(height) as usize, kept(width) as usize), |(y, x)| {
        label(*picture.get_pixel(pixel(x, width), pixel(y, height)))
    }))
}

/// What a colour stands for.
fn label(Rgba([red, green, blue, alpha]): Rgba<u8>) -> i32 {
    if alpha < 128 {
        return Regions::ATTENTION_DECIDES;
    }
    let entities = ENTITIES.into_iter().zip(0..);
    let others = [([0; 3], Regions::ATTENTION_DECIDES), ([255; 3], Regions::NOBODY)];
    let distance = |colour: [u8; 3]| -> i32 {
        let parts = colour.into_iter().zip([red, green, blue]);
        parts.map(|(a, b)| (i32::from(a) - i32::from(b)).pow(2)).sum()
    };
    let nearest = others.into_iter().chain(entities).min_by_key(|&(colour, _)| distance(colour));
    nearest.map_or(Regions::ATTENTION_DECIDES, |(_, label)| label)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::RgbaImage;

    use super::*;

    #[test]
    fn colours_are_entities() {
        fn check(pixel: [u8; 4], expected: i32) {
            assert_eq!(label(Rgba(pixel)), expected, "{pixel:?}");
        }
        check([255, 0, 0, 255], 0);
        check([20, 230, 10, 255], 1);
        check([0, 0, 200, 255], 2);
        check([250, 250, 60, 255], 3);
        check([255, 0, 255, 255], 4);
        check([0, 240, 255, 255], 5);
        check([255, 255, 255, 255], Regions::NOBODY);
        check([10, 10, 10, 255], Regions::ATTENTION_DECIDES);
        check([255, 0, 0, 0], Regions::ATTENTION_DECIDES);
    }

    #[test]
    fn a_drawing_of_any_size_is_read() {
        fn check(width: u32, height: u32, expected: (usize, usize)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("regions.png");
            let half = |x, _| if 2 * x < width { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 255]) };
            RgbaImage::from_fn(width, height, half).save(&path).unwrap();
            let regions = read_regions(&path).unwrap();
            let labels = regions.labels();
            assert_eq!(labels.dim(), expected);
            let columns = labels.row(0).iter().filter(|&&label| label == 0).count();
            assert_eq!(columns, expected.1 / 2, "{width} x {height}");
        }
        check(2, 1, (1, 2));
        check(64, 32, (32, 64));
        check(2000, 100, (100, 256));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("regions.png");
        assert!(matches!(read_regions(&path), Err(Error::File { .. })));
        fs::write(&path, "red").unwrap();
        assert!(matches!(read_regions(&path), Err(Error::Input { .. })));
    }
}
