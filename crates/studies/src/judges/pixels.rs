//! From a picture to what a network takes: resized, cropped, normalised.

use image::{RgbImage, imageops};
use ndarray::{Array4, ArrayView3};

use super::pillow::{self, Filter};
use tauscope_core::{Error, Result};
use tauscope_studio::export::to_image;

/// Which size a picture gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Its own.
    Own,
    /// Its shorter side this long, its shape kept.
    Shortest(u32),
    /// This width and height.
    Exactly(u32, u32),
}

/// What is done to a picture, in this order. The picture has 8 bits a channel before it, as in its file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pixels {
    pub(super) size: Size,
    pub(super) filter: Filter,
    /// Width and height of the middle that is kept; `None` for all.
    pub(super) crop: Option<[u32; 2]>,
    /// What a value of 0..255 is multiplied by.
    pub(super) scale: f32,
    /// Taken off each channel.
    pub(super) mean: [f32; 3],
    /// What each channel is then divided by.
    pub(super) std: [f32; 3],
}

impl Pixels {
    /// One picture, [3, h, w] in 0..1, as [1, 3, h', w'].
    ///
    /// # Errors
    /// [`Error::Input`] if it is smaller than the part that is kept.
    pub(super) fn prepare(&self, picture: ArrayView3<'_, f32>) -> Result<Array4<f32>> {
        let image = self.cropped(self.resized(to_image(picture)))?;
        let (width, height) = (image.width() as usize, image.height() as usize);
        Ok(Array4::from_shape_fn((1, 3, height, width), |(_, channel, y, x)| {
            let value = f32::from(image.get_pixel(x as u32, y as u32)[channel]) * self.scale;
            (value - self.mean[channel]) / self.std[channel]
        }))
    }

    fn resized(&self, image: RgbImage) -> RgbImage {
        let (width, height) = image.dimensions();
        let (width, height) = match self.size {
            Size::Own => return image,
            Size::Exactly(width, height) => (width, height),
            Size::Shortest(side) => {
                let longer = |long: u32, short: u32| {
                    (u64::from(side) * u64::from(long) / u64::from(short.max(1))) as u32
                };
                if width <= height { (side, longer(height, width)) } else { (longer(width, height), side) }
            }
        };
        pillow::resize(&image, width, height, self.filter)
    }

    fn cropped(&self, image: RgbImage) -> Result<RgbImage> {
        let Some([width, height]) = self.crop else { return Ok(image) };
        let (wide, high) = image.dimensions();
        let (Some(left), Some(top)) = (wide.checked_sub(width), high.checked_sub(height)) else {
            return Err(Error::input(
                format!("A judge looks at {width} x {height} pixels, but a picture has {wide} x {high}."),
                "Let its configuration resize pictures to at least what it looks at.",
            ));
        };
        Ok(imageops::crop_imm(&image, left / 2, top / 2, width, height).to_image())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn the_middle_is_kept() {
        fn check(size: Size, crop: Option<[u32; 2]>, expected: Option<(usize, usize)>) {
            let pixels =
                Pixels { size, filter: Filter::Bicubic, crop, scale: 1.0, mean: [0.0; 3], std: [1.0; 3] };
            let prepared = pixels.prepare(Array3::zeros((3, 20, 31)).view()).ok();
            let found = prepared.map(|prepared| (prepared.dim().2, prepared.dim().3));
            assert_eq!(found, expected, "{size:?}, {crop:?}");
        }
        check(Size::Own, None, Some((20, 31)));
        check(Size::Exactly(7, 9), None, Some((9, 7)));
        check(Size::Shortest(10), None, Some((10, 15)));
        check(Size::Shortest(10), Some([10, 10]), Some((10, 10)));
        check(Size::Own, Some([21, 21]), None);
    }
}
