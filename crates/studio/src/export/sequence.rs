//! Heatmaps of a run as many pictures.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ndarray::ArrayView2;

use super::{Metadata, RunWords, Style, heatmap, write_image};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// Writes one PNG of `size` (width, height) for each step and word into `folder`, which is made if it is missing, under
/// the names of [`file_name`], the hottest value of each word being its entry of `maxima`. `seen` gets every map with its
/// word and step, since reading them takes longest. Gives the files in the order of their names.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made or a file cannot be written, [`Error::Cancelled`], and as
/// [`RunWords::step`].
pub fn write_sequence(
    folder: &Path,
    words: &RunWords<'_>,
    maxima: &[f32],
    size: (u32, u32),
    style: Style,
    cancel: &CancelToken,
    mut seen: impl FnMut(usize, usize, ArrayView2<'_, f32>),
) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).map_err(Error::writing(folder))?;
    let mut paths = Vec::new();
    for step in 0..words.steps() {
        let maps = words.step(step)?;
        for (index, ((text, map), &max)) in words.texts().zip(maps.outer_iter()).zip(maxima).enumerate() {
            cancel.check()?;
            let path = folder.join(file_name(step, index, text));
            write_image(&path, &heatmap(map, max, size, style), &Metadata::default())?;
            seen(index, step, map);
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ndarray::Array2;

    use super::*;
    use crate::export::{ColorMap, Scale, Smoothing};
    use tauscope_core::{
        attention::{Grid, Layer, Record, StepMaps},
        prompt::Word,
    };

    const GREY: Style = Style { colors: ColorMap::Grey, smoothing: Smoothing::Patches };

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
        // A token each, whose map is flat.
        let step =
            |values: [f32; 2]| StepMaps(vec![Array2::from_shape_fn((6, 2), |(_, token)| values[token])]);
        let record = Record {
            layers: vec![Layer::new("mid_block", Grid::new(2, 3))],
            steps: vec![step([1.0, 4.0]), step([2.0, 0.0])],
            ..Record::default()
        };
        let word = |text: &str, token| Word {
            text: text.to_owned(),
            source: 0..0,
            tokens: vec![token],
            pieces: Vec::new(),
            content: true,
            weight: 1.0,
        };
        let words = [word("a", 0), word("../b", 1)];
        let words = RunWords::new(&record, &words, &|_| true);
        let write = |scale, cancel: &CancelToken| {
            let maxima = words.maxima(scale).unwrap();
            let mut seen = Vec::new();
            let see = |word, step, map: ArrayView2<'_, f32>| seen.push((word, step, map[[1, 2]]));
            let paths = write_sequence(&inner, &words, &maxima, (6, 4), GREY, cancel, see)?;
            assert_eq!(seen, [(0, 0, 1.0), (1, 0, 4.0), (0, 1, 2.0), (1, 1, 0.0)]);
            let level = |path: &PathBuf| image::open(path).unwrap().into_rgb8().get_pixel(5, 3).0[0];
            Ok::<_, Error>(paths.iter().map(level).collect::<Vec<_>>())
        };
        assert_eq!(write(Scale::Common, &CancelToken::new()).unwrap(), [64, 255, 128, 0]);
        assert_eq!(write(Scale::Own, &CancelToken::new()).unwrap(), [128, 255, 255, 0]);
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 4);
        let cancelled = CancelToken::new();
        cancelled.cancel();
        assert!(matches!(write(Scale::Own, &cancelled), Err(Error::Cancelled)));
    }
}
