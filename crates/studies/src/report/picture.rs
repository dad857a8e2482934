//! A picture inside of a page.

use std::io::Cursor;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{ImageFormat, RgbImage, imageops::FilterType};

/// Of its longer side, in pixels. The page shows fewer, so it is sharp on fine screens too.
const LARGEST: u32 = 256;

/// `picture` as a data URL, scaled down where it is larger than the page needs.
///
/// # Errors
/// If it cannot be encoded.
pub(super) fn data_url(picture: &RgbImage) -> image::ImageResult<String> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height).max(1);
    let scaled = |side: u32| (side * LARGEST / longer).max(1);
    let scaled = (longer > LARGEST)
        .then(|| image::imageops::resize(picture, scaled(width), scaled(height), FilterType::Lanczos3));
    let mut png = Vec::new();
    scaled.as_ref().unwrap_or(picture).write_to(&mut Cursor::new(&mut png), ImageFormat::Png)?;
    Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_small_enough_and_keeps_its_shape() {
        fn check(size: (u32, u32), expected: (u32, u32)) {
            let picture = RgbImage::from_fn(size.0, size.1, |x, y| image::Rgb([x as u8, y as u8, 7]));
            let url = data_url(&picture).unwrap();
            let png = BASE64_STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
            let shown = image::load_from_memory(&png).unwrap().into_rgb8();
            assert_eq!(shown.dimensions(), expected);
            if size == expected {
                assert_eq!(shown, picture);
            }
        }
        check((64, 64), (64, 64));
        check((256, 256), (256, 256));
        check((1024, 768), (256, 192));
        check((1000, 1), (256, 1));
    }
}
