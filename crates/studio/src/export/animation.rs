//! Frames as an animation: GIF, which everything shows, or APNG, which keeps every colour.

use std::{
    io::{self, Write},
    path::Path,
};

use image::{
    Delay, DynamicImage, Frame, RgbImage,
    codecs::gif::{GifEncoder, Repeat},
};

use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// Writes `frames`, all of one size, as a GIF that repeats, `frame_ms` milliseconds each (rounded down to hundredths of
/// a second by the format).
///
/// # Errors
/// [`Error::Input`] without frames, [`Error::File`] if the file cannot be written; it is whole or not there.
pub fn write_gif(path: &Path, frames: &[RgbImage], frame_ms: u16) -> Result<()> {
    check_frames(frames)?;
    write_file(path, |file| {
        let mut encoder = GifEncoder::new(file);
        encoder.set_repeat(Repeat::Infinite).map_err(into_io)?;
        let delay = Delay::from_numer_denom_ms(frame_ms.into(), 1);
        for frame in frames {
            let frame = DynamicImage::from(frame.clone()).into_rgba8();
            encoder.encode_frame(Frame::from_parts(frame, 0, 0, delay)).map_err(into_io)?;
        }
        Ok(())
    })
}

/// Writes `frames`, all of one size, as an animated PNG that repeats, `frame_ms` milliseconds each.
///
/// # Errors
/// As [`write_gif`].
pub fn write_apng(path: &Path, frames: &[RgbImage], frame_ms: u16) -> Result<()> {
    check_frames(frames)?;
    write_file(path, |file| encode_apng(file, frames, frame_ms))
}

fn encode_apng(file: impl Write, frames: &[RgbImage], frame_ms: u16) -> io::Result<()> {
    let (width, height) = frames.first().map_or((0, 0), RgbImage::dimensions);
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_animated(frames.len() as u32, 0)?;
    encoder.set_frame_delay(frame_ms, 1000)?;
    let mut writer = encoder.write_header()?;
    for frame in frames {
        writer.write_image_data(frame.as_raw())?;
    }
    Ok(writer.finish()?)
}

/// Checks that there are frames, all of one size.
fn check_frames(frames: &[RgbImage]) -> Result<()> {
    let Some(first) = frames.first() else {
        return Err(Error::input("There are no steps to animate.", "Generate a picture first."));
    };
    if frames.iter().any(|frame| frame.dimensions() != first.dimensions()) {
        return Err(Error::Internal("The frames of an animation differ in size.".into()));
    }
    Ok(())
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

    fn written(write: fn(&Path, &[RgbImage], u16) -> Result<()>) -> (tempfile::TempDir, BufReader<File>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("animation");
        write(&path, &COLOURS.map(|colour| RgbImage::from_pixel(5, 3, Rgb(colour))), 250).unwrap();
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
        assert!(matches!(write_gif(&path, &[], 100), Err(Error::Input { .. })));
        let odd = [RgbImage::new(1, 1), RgbImage::new(2, 1)];
        assert!(matches!(write_apng(&path, &odd, 100), Err(Error::Internal(_))));
        assert!(!path.exists());
    }
}
