//! Heatmaps of a run as many pictures or as one sheet.

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::{Rgb, RgbImage, imageops};
use ndarray::Axis;

use super::{Metadata, Scale, Style, WordMaps, heatmap, overlay, write_image};
use tauscope_core::error::{Error, Result};

/// Writes one PNG of `size` (width, height) for each step and word into `folder`, which is made if it is missing, under
/// the names of [`file_name`]. Gives the files in the order of their names.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made or a file cannot be written.
pub fn write_sequence(
    folder: &Path,
    words: &[WordMaps],
    scale: Scale,
    size: (u32, u32),
    style: Style,
) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).map_err(Error::writing(folder))?;
    let maxima = scale.maxima(words);
    let steps = words.iter().map(|word| word.maps.len_of(Axis(0))).max().unwrap_or(0);
    let mut paths = Vec::new();
    for step in 0..steps {
        for (word, &max) in words.iter().zip(&maxima) {
            let Some(map) = word.maps.axis_iter(Axis(0)).nth(step) else { continue };
            let path = folder.join(file_name(step, word.index, &word.word));
            write_image(&path, &heatmap(map, max, size, style), &Metadata::default())?;
            paths.push(path);
        }
    }
    Ok(paths)
}

/// "003-012-girl.png": sorts by step, then by word, and is a valid name everywhere. Step and index alone make
/// names unique, so the word may lose what file systems do not take.
pub fn file_name(step: usize, index: usize, word: &str) -> String {
    format!("{step:03}-{index:03}-{}.png", escaped(word))
}

/// Letters and digits of any script; everything else becomes `_`. At most 60 bytes.
pub(super) fn escaped(word: &str) -> String {
    const MOST_BYTES: usize = 60;
    let mut name = String::new();
    for c in word.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }) {
        if name.len() + c.len_utf8() > MOST_BYTES {
            break;
        }
        name.push(c);
    }
    if name.is_empty() { "_".into() } else { name }
}

/// One word's heatmaps, one a step, of `size` (width, height).
pub fn word_frames(word: &WordMaps, max: f32, size: (u32, u32), style: Style) -> Vec<RgbImage> {
    word.maps.axis_iter(Axis(0)).map(|map| heatmap(map, max, size, style)).collect()
}

/// One word's maps over `picture`, one a step (see [`overlay`]).
pub fn word_overlays(
    word: &WordMaps,
    picture: &RgbImage,
    max: f32,
    style: Style,
    opacity: f32,
) -> Vec<RgbImage> {
    word.maps.axis_iter(Axis(0)).map(|map| overlay(picture, map, max, style, opacity)).collect()
}

/// All heatmaps as one picture, words downwards and steps across, each of size `tile` (width, height), or smaller in
/// the same aspect where the sheet would grow too large to be opened.
pub fn contact_sheet(words: &[WordMaps], scale: Scale, tile: (u32, u32), style: Style) -> RgbImage {
    const GAP: u32 = 4;
    const MOST_PIXELS_ALONG: f64 = 8192.0;
    const PAPER: Rgb<u8> = Rgb([255; 3]);
    let steps = words.iter().map(|word| word.maps.len_of(Axis(0))).max().unwrap_or(0);
    let share = |count: usize, length: u32| MOST_PIXELS_ALONG / (count as f64 * f64::from(length));
    let shrink = share(steps, tile.0).min(share(words.len(), tile.1)).min(1.0);
    let shrunk = |length: u32| ((f64::from(length) * shrink) as u32).max(1);
    let tile = (shrunk(tile.0), shrunk(tile.1));
    let along = |count: usize, length: u32| GAP + count as u32 * (length + GAP);
    let mut sheet = RgbImage::from_pixel(along(steps, tile.0), along(words.len(), tile.1), PAPER);
    for (row, (word, max)) in words.iter().zip(scale.maxima(words)).enumerate() {
        for (column, frame) in word_frames(word, max, tile, style).iter().enumerate() {
            imageops::replace(&mut sheet, frame, along(column, tile.0).into(), along(row, tile.1).into());
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ndarray::Array3;

    use super::*;
    use crate::export::{ColorMap, Smoothing};

    const GREY: Style = Style { colors: ColorMap::Grey, smoothing: Smoothing::Patches };

    fn flat(index: usize, word: &str, values: &[f32]) -> WordMaps {
        WordMaps {
            index,
            word: word.into(),
            maps: Array3::from_shape_fn((values.len(), 2, 3), |(step, _, _)| values[step]),
        }
    }

    #[test]
    fn names_are_valid_everywhere() {
        fn check(word: &str, expected: &str) {
            assert_eq!(file_name(3, 12, word), format!("003-012-{expected}.png"));
        }
        check("girl", "girl");
        check("CON", "CON");
        check("a/b\\c:d*?\"<>|", "a_b_c_d______");
        check("..", "__");
        check("trailing. ", "trailing__");
        check("", "_");
        check("\0\n", "__");
        check("少女", "少女");
        check(&"少".repeat(500), &"少".repeat(20));
        check(&"x".repeat(500), &"x".repeat(60));
    }

    #[test]
    fn names_never_clash_and_sort_by_step_then_word() {
        let words = ["Cat", "cat", "cat.", "cat ", "é", "e\u{301}"];
        let names: Vec<String> = (0..12)
            .flat_map(|step| words.iter().enumerate().map(move |(i, word)| file_name(step, i * 30, word)))
            .collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
        assert_eq!(names.iter().map(|name| name.to_lowercase()).collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn a_sequence_is_one_file_for_each_step_and_word() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("run/maps");
        let words = [flat(0, "a", &[1.0, 2.0]), flat(1, "../b", &[4.0, 0.0])];
        let paths = write_sequence(&inner, &words, Scale::Common, (6, 4), GREY).unwrap();
        let level = |path: &PathBuf| image::open(path).unwrap().into_rgb8().get_pixel(5, 3).0[0];
        assert_eq!(paths.iter().map(level).collect::<Vec<_>>(), [64, 255, 128, 0]);
        let own = write_sequence(&inner, &words, Scale::Own, (6, 4), GREY).unwrap();
        assert_eq!(own.iter().map(level).collect::<Vec<_>>(), [128, 255, 255, 0]);
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 4);
    }

    #[test]
    fn a_sheet_has_words_downwards_and_steps_across() {
        let words = [flat(0, "a", &[0.0, 1.0, 0.5]), flat(1, "b", &[1.0, 0.0, 0.0])];
        let sheet = contact_sheet(&words, Scale::Own, (6, 4), GREY);
        assert_eq!(sheet.dimensions(), (4 + 3 * 10, 4 + 2 * 8));
        let level = |row: u32, column: u32| sheet.get_pixel(4 + 10 * column, 4 + 8 * row).0[0];
        assert_eq!([level(0, 0), level(0, 1), level(0, 2)], [0, 255, 128]);
        assert_eq!([level(1, 0), level(1, 1), level(1, 2)], [255, 0, 0]);
        assert_eq!(contact_sheet(&[], Scale::Own, (6, 4), GREY).dimensions(), (4, 4));
        let long = [flat(0, "a", &[0.0; 500])];
        assert_eq!(contact_sheet(&long, Scale::Own, (1024, 512), GREY).dimensions(), (4 + 500 * 20, 4 + 12));
    }
}
