//! Raw maps as NPZ, for numpy.
//!
//! Arrays, all f32: `map/<layer>` [steps, patches, tokens], the head mean of the attention that was used in the
//! conditional row, layers named as in diffusers and patches in row-major order; `score/<layer>` [steps, patches,
//! entities], the neutral scores of the entities, if there were as many at each step; `word/<index>-<word>` [steps, h, w],
//! the word's map averaged over layers; and, where given, `timesteps` [steps], `sigmas` [steps + 1] and `latents`
//! [1, 4, h, w] after the last step.

use std::{
    io::{self, Seek, Write},
    path::Path,
};

use ndarray::{Array2, ArrayView, ArrayView4, Dimension};

use super::{
    WordMaps,
    npz_archive::{Compression, NpzWriter},
    sequence::escaped,
};
use tauscope_core::{attention::Record, error::Result, write_file};

/// What else of a run is written beside its maps.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunArrays<'a> {
    /// [steps].
    pub timesteps: Option<&'a [f32]>,
    /// [steps + 1].
    pub sigmas: Option<&'a [f32]>,
    /// After the last step, [1, 4, h, w].
    pub latents: Option<ArrayView4<'a, f32>>,
}

/// Writes a run's maps as NPZ (the module's documentation lists the arrays).
///
/// # Errors
/// [`Error::File`](tauscope_core::error::Error::File) if the file cannot be written; it is whole or not there.
pub fn write_npz(path: &Path, record: &Record, words: &[WordMaps], run: RunArrays<'_>) -> Result<()> {
    write_file(path, |file| encode(file, record, words, run))
}

fn encode(
    file: impl Write + Seek,
    record: &Record,
    words: &[WordMaps],
    run: RunArrays<'_>,
) -> io::Result<()> {
    let mut archive = NpzWriter::new(file);
    let maps: Vec<_> = record.steps.iter().map(|step| step.0.as_slice()).collect();
    let scores: Vec<_> = record.scores.iter().map(|step| step.0.as_slice()).collect();
    for (kind, steps) in [("map", &maps), ("score", &scores)] {
        for (index, layer) in record.layers.iter().enumerate() {
            let steps: Option<Vec<_>> = steps.iter().map(|step| step.get(index)).collect();
            let Some(steps) = steps.filter(|steps| !steps.is_empty() && are_alike(steps)) else { continue };
            let shape = [steps.len(), steps[0].nrows(), steps[0].ncols()];
            let values = steps.iter().flat_map(|map| map.iter().copied());
            write_values(&mut archive, &format!("{kind}/{}", layer.name), &shape, values)?;
        }
    }
    for word in words {
        let name = format!("word/{:03}-{}", word.index, escaped(&word.word));
        write_array(&mut archive, &name, word.maps.view())?;
    }
    for (name, values) in [("timesteps", run.timesteps), ("sigmas", run.sigmas)] {
        if let Some(values) = values {
            write_array(&mut archive, name, ArrayView::from(values))?;
        }
    }
    if let Some(latents) = run.latents {
        write_array(&mut archive, "latents", latents)?;
    }
    archive.finish()
}

/// Whether all have one shape.
fn are_alike(maps: &[&Array2<f32>]) -> bool {
    maps.windows(2).all(|pair| pair[0].dim() == pair[1].dim())
}

fn write_array<D: Dimension>(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    array: ArrayView<'_, f32, D>,
) -> io::Result<()> {
    write_values(archive, name, array.shape(), array.iter().copied())
}

/// Row-major `values` of an array of `shape`.
fn write_values(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    shape: &[usize],
    values: impl Iterator<Item = f32>,
) -> io::Result<()> {
    // Maps hardly compress.
    archive.write(name, Compression::Stored, shape, values)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ndarray::{Array3, Array4};

    use super::*;
    use crate::export::NpzArchive;
    use tauscope_core::attention::{Grid, Layer, StepMaps, StepScores};

    #[test]
    fn arrays_come_back_with_names_and_shapes() {
        const LAYER: &str = "down_blocks.1.attentions.0.transformer_blocks.0.attn2";
        let maps = Array3::from_shape_fn((2, 6, 77), |(t, n, l)| (t * 1000 + n * 100 + l) as f32 / 7.0);
        let scores = Array3::from_shape_fn((2, 6, 2), |(t, n, g)| (t * 100 + n * 10 + g) as f32 / 7.0);
        let record = Record {
            layers: vec![Layer::new(LAYER, Grid::new(2, 3))],
            steps: maps.outer_iter().map(|map| StepMaps(vec![map.to_owned()])).collect(),
            neutral: Vec::new(),
            scores: scores.outer_iter().map(|score| StepScores(vec![score.to_owned()])).collect(),
        };
        // Not in row-major order, as views may be.
        let word = Array3::from_shape_fn((3, 2, 2), |(x, y, t)| (t * 10 + y * 3 + x) as f32).reversed_axes();
        let words = [WordMaps { index: 3, word: "a/b".into(), maps: word.clone() }];
        let latents = Array4::from_shape_fn((1, 4, 2, 3), |(t, c, y, x)| (t + c + y + x) as f32);
        let run = RunArrays {
            timesteps: Some(&[751.0, 251.0]),
            sigmas: Some(&[4.0, 1.0, 0.0]),
            latents: Some(latents.view()),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        write_npz(&path, &record, &words, run).unwrap();

        let mut archive = NpzArchive::open(&path).unwrap();
        let (map, score) = (format!("map/{LAYER}"), format!("score/{LAYER}"));
        let names: BTreeSet<&str> = archive.array_names().collect();
        assert_eq!(
            names,
            [map.as_str(), score.as_str(), "word/003-a_b", "timesteps", "sigmas", "latents"].into()
        );
        let mut check = |name: &str, shape: &[u64], values: Vec<f32>| {
            let array = archive.by_name(name, 1 << 20).unwrap().unwrap();
            assert_eq!(array.shape(), shape, "{name}");
            assert_eq!(array.order(), npyz::Order::C);
            assert_eq!(array.into_vec::<f32>().unwrap(), values, "{name}");
        };
        check(&map, &[2, 6, 77], maps.iter().copied().collect());
        check(&score, &[2, 6, 2], scores.iter().copied().collect());
        check("word/003-a_b", &[2, 2, 3], word.iter().copied().collect());
        check("timesteps", &[2], vec![751.0, 251.0]);
        check("sigmas", &[3], vec![4.0, 1.0, 0.0]);
        check("latents", &[1, 4, 2, 3], latents.iter().copied().collect());
    }

    #[test]
    fn scores_of_entities_that_changed_are_left_out() {
        let score = |entities| StepScores(vec![Array2::zeros((1, entities))]);
        let record = Record {
            layers: vec![Layer::new("mid_block", Grid::new(1, 1))],
            steps: vec![StepMaps(vec![Array2::zeros((1, 77))]); 2],
            neutral: Vec::new(),
            scores: vec![score(2), score(3)],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        for scores in [record.scores.clone(), vec![score(2), StepScores::default()], Vec::new()] {
            write_npz(&path, &Record { scores, ..record.clone() }, &[], RunArrays::default()).unwrap();
            assert_eq!(NpzArchive::open(&path).unwrap().array_names().collect::<Vec<_>>(), ["map/mid_block"]);
        }
    }

    #[test]
    fn a_run_without_steps_is_an_empty_archive() {
        let record = Record { layers: vec![Layer::new("mid_block", Grid::new(1, 1))], ..Record::default() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        write_npz(&path, &record, &[], RunArrays::default()).unwrap();
        assert_eq!(NpzArchive::open(&path).unwrap().array_names().count(), 0);
        let step = StepMaps(vec![Array2::zeros((1, 2))]);
        write_npz(&path, &Record { steps: vec![step], ..record }, &[], RunArrays::default()).unwrap();
        assert_eq!(NpzArchive::open(&path).unwrap().array_names().collect::<Vec<_>>(), ["map/mid_block"]);
    }
}
