//! Frames as an animation: GIF, which everything shows, or APNG, which keeps every colour.

use std::{io, iter, path::Path};

use image::{
    Delay, DynamicImage, Frame, RgbImage,
    codecs::gif::{GifEncoder, Repeat},
};

use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// Frames, all of one size, made one after the other: those of a whole run are too many to be held at once.
pub type Frames<'a> = &'a mut dyn ExactSizeIterator<Item = RgbImage>;

/// Writes `frames` as a GIF that repeats, `frame_ms` milliseconds each (rounded down to hundredths of a second by the
/// format).
///
/// # Errors
/// [`Error::Input`] without frames, [`Error::File`] if the file cannot be written; it is whole or not there.
pub fn write_gif(path: &Path, frames: Frames<'_>, frame_ms: u16) -> Result<()> {
    let (first, rest) = checked(frames)?;
    write_file(path, |file| {
        let mut encoder = GifEncoder::new(file);
        encoder.set_repeat(Repeat::Infinite).map_err(into_io)?;
        let delay = Delay::from_numer_denom_ms(frame_ms.into(), 1);
        for frame in iter::once(Ok(first)).chain(rest) {
            let frame = DynamicImage::from(frame?).into_rgba8();
            encoder.encode_frame(Frame::from_parts(frame, 0, 0, delay)).map_err(into_io)?;
        }
        Ok(())
    })
}

/// Writes `frames` as an animated PNG that repeats, `frame_ms` milliseconds each.
///
/// # Errors
/// As [`write_gif`].
pub fn write_apng(path: &Path, frames: Frames<'_>, frame_ms: u16) -> Result<()> {
    let count = frames.len();
    let (first, rest) = checked(frames)?;
    write_file(path, |file| {
        let mut encoder = png::Encoder::new(file, first.width(), first.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_animated(count as u32, 0)?;
        encoder.set_frame_delay(frame_ms, 1000)?;
        let mut writer = encoder.write_header()?;
        for frame in iter::once(Ok(first)).chain(rest) {
            writer.write_image_data(frame?.as_raw())?;
        }
        Ok(writer.finish()?)
    })
}

/// The first frame, and the rest, each an error if it is not of the same size.
fn checked<'a>(frames: Frames<'a>) -> Result<(RgbImage, impl Iterator<Item = io::Result<RgbImage>> + 'a)> {
    let first = frames
        .next()
        .ok_or_else(|| Error::input("There are no steps to animate.", "Generate a picture first."))?;
    let size = first.dimensions();
    let rest = frames.map(move |frame| match frame.dimensions() == size {
        true => Ok(frame),
        false => Err(Error::Internal("the frames of an animation differ in size.".into()).into()),
    });
    Ok((first, rest))
}

fn into_io(cause: image::ImageError) -> io::Error {
    match cause {
        image::ImageError::IoError(cause) => cause,
        cause => io::Error::other(cause),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::BufReader};

    use image::{
        AnimationDecoder, Rgb,
        codecs::{gif::GifDecoder, png::PngDecoder},
    };

    use super::*;

    const COLOURS: [[u8; 3]; 3] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];

    fn written(write: fn(&Path, Frames<'_>, u16) -> Result<()>) -> (tempfile::TempDir, BufReader<File>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("animation");
        let mut frames = COLOURS.iter().map(|&colour| RgbImage::from_pixel(5, 3, Rgb(colour)));
        write(&path, &mut frames, 250).unwrap();
        let file = BufReader::new(File::open(path).unwrap());
        (folder, file)
    }

    fn check_frames(frames: &[Frame]) {
        assert_eq!(frames.len(), 3);
        for (frame, colour) in frames.iter().zip(COLOURS) {
            assert_eq!(frame.delay().numer_denom_ms(), (250, 1));
            assert_eq!(frame.buffer().dimensions(), (5, 3));
            assert!(frame.buffer().pixels().all(|pixel| pixel.0[..3] == colour), "{colour:?}");
        }
    }

    #[test]
    fn a_gif_comes_back() {
        let (_folder, file) = written(write_gif);
        check_frames(&GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap());
    }

    #[test]
    fn an_animated_png_comes_back() {
        let (_folder, file) = written(write_apng);
        check_frames(&PngDecoder::new(file).unwrap().apng().unwrap().into_frames().collect_frames().unwrap());
    }

    #[test]
    fn no_frames_or_odd_ones_are_refused_and_leave_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        assert!(matches!(write_gif(&path, &mut iter::empty(), 100), Err(Error::Input { .. })));
        for write in [write_gif, write_apng] {
            let mut odd = [RgbImage::new(1, 1), RgbImage::new(2, 1)].into_iter();
            assert!(matches!(write(&path, &mut odd, 100), Err(Error::Internal(_))));
        }
        assert!(!path.exists());
    }
}
