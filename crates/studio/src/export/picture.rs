//! Pictures as PNG files that carry their settings.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Write},
    path::Path,
};

use image::{Rgb, RgbImage};
use ndarray::ArrayView3;
use serde_json::Value;

use super::{Parameters, foreign};
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// What a picture says about how it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// For other programs, in the grammar of [`Parameters`].
    pub parameters: Option<String>,
    /// For us: everything needed to paint it again.
    pub settings: Option<Value>,
    /// For a study's run: which of its pictures this is, and what was measured of it.
    pub study: Option<Value>,
    /// Texts of programs that have a form of their own, by their keywords. They are read, and never written.
    pub foreign: BTreeMap<String, String>,
}

impl Metadata {
    /// The settings as any program wrote them, as far as they are understood; `None` if there are none.
    pub fn parameters_of_any_program(&self) -> Option<Parameters> {
        foreign::parameters(self)
    }
}

/// Keyword of [`Metadata::parameters`].
const PARAMETERS: &str = "parameters";
/// Keyword of [`Metadata::settings`].
const SETTINGS: &str = "tauscope";
/// Keyword of [`Metadata::study`].
const STUDY: &str = "tauscope-study";
/// The longest text that is unpacked; a small file may announce any length.
const LONGEST_TEXT: usize = 16 << 20;

/// Writes a picture [3, h, w] in 0..1 as PNG, with `metadata` if it is to carry any.
///
/// # Errors
/// [`Error::File`] if the file cannot be written; it is whole or not there.
pub fn write_picture(path: &Path, picture: ArrayView3<'_, f32>, metadata: &Metadata) -> Result<()> {
    write_image(path, &to_image(picture), metadata)
}

/// Writes an image as PNG, with `metadata` if it is to carry any.
///
/// # Errors
/// As [`write_picture`].
pub fn write_image(path: &Path, image: &RgbImage, metadata: &Metadata) -> Result<()> {
    write_file(path, |file| encode(file, image, metadata))
}

/// A picture [3, h, w] in 0..1 with 8 bits a channel; values beyond are clamped, NaN is black.
pub fn to_image(picture: ArrayView3<'_, f32>) -> RgbImage {
    let (_, height, width) = picture.dim();
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        // The cast saturates and takes NaN to 0.
        Rgb(std::array::from_fn(|channel| (picture[[channel, y as usize, x as usize]] * 255.0).round() as u8))
    })
}

/// Reads what a PNG file says about how it was made; empty if it says nothing that is known.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Input`] if it is no PNG or its settings are no JSON.
pub fn read_metadata(path: &Path) -> Result<Metadata> {
    let file = File::open(path).map_err(Error::reading(path))?;
    let refused = |cause: png::DecodingError| match cause {
        png::DecodingError::IoError(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
            Error::reading(path)(cause)
        }
        cause => Error::input(
            format!("{} is no whole PNG picture ({cause}).", path.display()),
            "Choose a PNG file that was saved with its settings.",
        ),
    };
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().map_err(refused)?;
    let broken = |cause| {
        Error::input(
            format!("The settings that {} carries are broken ({cause}).", path.display()),
            "Choose another picture, or a copy of this one that was not changed.",
        )
    };
    let mut metadata = metadata_of(reader.info()).map_err(broken)?;
    if metadata.settings.is_none() && metadata.parameters_of_any_program().is_none() {
        // Some programs write their text behind the pixels.
        reader.finish().map_err(refused)?;
        metadata = metadata_of(reader.info()).map_err(broken)?;
    }
    Ok(metadata)
}

/// The texts that are read; settings that are no JSON are an error, a clause.
fn metadata_of(info: &png::Info<'_>) -> Result<Metadata, serde_json::Error> {
    let of_others = foreign::KEYWORDS.into_iter();
    let json = |keyword| text(info, keyword).map(|text| serde_json::from_str(&text)).transpose();
    Ok(Metadata {
        parameters: text(info, PARAMETERS),
        settings: json(SETTINGS)?,
        // Not ours if it is no JSON.
        study: json(STUDY).ok().flatten(),
        foreign: of_others.filter_map(|keyword| Some((keyword.to_owned(), text(info, keyword)?))).collect(),
    })
}

fn encode(file: impl Write, image: &RgbImage, metadata: &Metadata) -> io::Result<()> {
    let mut encoder = png::Encoder::new(file, image.width(), image.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let [settings, study] =
        [&metadata.settings, &metadata.study].map(|json| json.as_ref().map(Value::to_string));
    for (keyword, text) in [(PARAMETERS, &metadata.parameters), (SETTINGS, &settings), (STUDY, &study)] {
        let Some(text) = text else { continue };
        let text = text.replace('\0', "");
        if text.chars().all(is_latin1) {
            encoder.add_text_chunk(keyword.into(), text)?;
        } else {
            encoder.add_itxt_chunk(keyword.into(), text)?;
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image.as_raw())?;
    Ok(writer.finish()?)
}

/// Whether a tEXt chunk may hold it.
fn is_latin1(c: char) -> bool {
    c == '\n' || matches!(c as u32, 0x20..=0x7e | 0xa0..=0xff)
}

/// The text under a keyword, of whatever kind of chunk.
fn text(info: &png::Info<'_>, keyword: &str) -> Option<String> {
    let plain = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == keyword);
    let utf8 = || {
        let mut chunk = info.utf8_text.iter().find(|chunk| chunk.keyword == keyword)?.clone();
        chunk.decompress_text_with_limit(LONGEST_TEXT).ok()?;
        chunk.get_text().ok()
    };
    let compressed = || {
        let mut chunk = info.compressed_latin1_text.iter().find(|chunk| chunk.keyword == keyword)?.clone();
        chunk.decompress_text_with_limit(LONGEST_TEXT).ok()?;
        chunk.get_text().ok()
    };
    plain.map(|chunk| chunk.text.clone()).or_else(utf8).or_else(compressed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ndarray::Array3;
    use serde_json::json;

    use super::*;

    fn picture() -> Array3<f32> {
        Array3::from_shape_fn((3, 2, 4), |(c, y, x)| (c * 8 + y * 4 + x) as f32 * 10.0 / 255.0)
    }

    #[test]
    fn pixels_and_settings_come_back() {
        fn check(prompt: &str, chunk: &[u8]) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.png");
            let metadata = Metadata {
                parameters: Some(format!("{prompt}\nSteps: 1, Seed: 2, Size: 8x8")),
                settings: Some(json!({ "prompt": prompt, "seed": u64::MAX })),
                study: Some(json!({ "arm": prompt })),
                ..Metadata::default()
            };
            write_picture(&path, picture().view(), &metadata).unwrap();
            assert_eq!(read_metadata(&path).unwrap(), metadata);
            assert_eq!(image::open(&path).unwrap().into_rgb8(), to_image(picture().view()));
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.windows(chunk.len()).any(|window| window == chunk), "{prompt}");
        }
        check("a boy", b"tEXtparameters\0");
        check("ein Mädchen\nmit Hut", b"tEXtparameters\0");
        check("少年", b"iTXtparameters\0");
        check("“curly” \u{85}", b"iTXtparameters\0");
    }

    #[test]
    fn values_are_rounded_and_clamped() {
        let values = [-1.0, 0.0, 0.5, 1.0, 7.0, f32::NAN];
        let image = to_image(Array3::from_shape_fn((3, 1, 6), |(_, _, x)| values[x]).view());
        assert_eq!(image.pixels().map(|pixel| pixel.0[1]).collect::<Vec<_>>(), [0, 0, 128, 255, 255, 0]);
        assert_eq!(to_image(picture().view()).get_pixel(3, 1).0, [70, 150, 230]);
    }

    #[test]
    fn a_picture_without_metadata_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_picture(&path, picture().view(), &Metadata::default()).unwrap();
        assert_eq!(read_metadata(&path).unwrap(), Metadata::default());
    }

    #[test]
    fn foreign_files_are_read_or_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let foreign = Metadata { parameters: Some("x".into()), ..Metadata::default() };
        write_picture(&path, picture().view(), &foreign).unwrap();
        let whole = fs::read(&path).unwrap();
        assert_eq!(read_metadata(&path).unwrap(), foreign);
        for broken in [&b""[..], b"\xff\xd8\xff\xe0 JFIF", &whole[..30]] {
            fs::write(&path, broken).unwrap();
            let error = read_metadata(&path).unwrap_err();
            assert!(matches!(error, Error::Input { .. }), "{error}");
        }
        assert!(matches!(read_metadata(&folder.path().join("none.png")), Err(Error::File { .. })));
    }
}
