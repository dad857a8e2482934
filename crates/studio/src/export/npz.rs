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

use ndarray::{ArrayView, ArrayView4, Dimension};

use super::{
    RunWords,
    npz_archive::{Compression, NpzWriter},
    sequence::escaped,
};
use tauscope_core::{
    CancelToken,
    attention::{RunMaps, StepScores},
    error::Result,
    write_file,
};

/// Maps hardly compress.
const STORED: Compression = Compression::Stored;

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

/// Writes a run's maps as NPZ (the module's documentation lists the arrays), one map after the other.
///
/// # Errors
/// [`Error::File`](tauscope_core::Error::File) if the file cannot be written; it is whole or not there.
/// [`Error::Cancelled`](tauscope_core::Error::Cancelled), and as [`RunMaps::map`].
pub fn write_npz(
    path: &Path,
    run: &dyn RunMaps,
    words: &RunWords<'_>,
    arrays: RunArrays<'_>,
    cancel: &CancelToken,
) -> Result<()> {
    write_file(path, |file| encode(file, run, words, arrays, cancel))
}

fn encode(
    file: impl Write + Seek,
    run: &dyn RunMaps,
    words: &RunWords<'_>,
    arrays: RunArrays<'_>,
    cancel: &CancelToken,
) -> io::Result<()> {
    let mut archive = NpzWriter::new(file);
    for (index, layer) in run.layers().iter().enumerate().filter(|_| run.steps() > 0) {
        let map = |step| -> io::Result<_> {
            cancel.check()?;
            Ok(run.map(step, index)?)
        };
        let tokens = map(0)?.ncols();
        let shape = [run.steps(), layer.grid.patches(), tokens];
        let maps = (0..run.steps()).map(map);
        archive.write_parts(&format!("map/{}", layer.name), STORED, &shape, maps)?;
    }
    let scores: Vec<_> = (0..run.steps()).filter_map(|step| run.scores(step)).collect();
    if let Some(entities) = entities_of_all(&scores, run.steps()) {
        for (index, layer) in run.layers().iter().enumerate() {
            let shape = [scores.len(), layer.grid.patches(), entities];
            let values = scores.iter().filter_map(|step| step.0.get(index)).flatten().copied();
            archive.write(&format!("score/{}", layer.name), STORED, &shape, values)?;
        }
    }
    words.each(|word| {
        cancel.check()?;
        let name = format!("word/{:03}-{}", word.index, escaped(&word.word));
        write_array(&mut archive, &name, word.maps.view())
    })?;
    for (name, values) in [("timesteps", arrays.timesteps), ("sigmas", arrays.sigmas)] {
        if let Some(values) = values {
            write_array(&mut archive, name, ArrayView::from(values))?;
        }
    }
    if let Some(latents) = arrays.latents {
        write_array(&mut archive, "latents", latents)?;
    }
    archive.finish()
}

/// How many entities every step was scored for; `None` if that changed, or if a step has no scores.
fn entities_of_all(scores: &[&StepScores], steps: usize) -> Option<usize> {
    let entities = scores.first()?.entities();
    let are_alike = scores.len() == steps && scores.iter().all(|step| step.entities() == entities);
    (entities > 0 && are_alike).then_some(entities)
}

fn write_array<D: Dimension>(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    array: ArrayView<'_, f32, D>,
) -> io::Result<()> {
    archive.write(name, STORED, array.shape(), array.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ndarray::{Array2, Array3, Array4, s};

    use super::*;
    use crate::export::NpzArchive;
    use tauscope_core::{
        attention::{Grid, Layer, Record, StepMaps},
        error::Error,
        prompt::Word,
    };

    fn word(text: &str, token: usize) -> Word {
        Word {
            text: text.to_owned(),
            source: 0..0,
            tokens: vec![token],
            pieces: Vec::new(),
            content: true,
            weight: 1.0,
        }
    }

    /// The arrays of a run without words.
    fn names_of(record: &Record) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        let words = RunWords::new(record, [], &|_| true);
        write_npz(&path, record, &words, RunArrays::default(), &CancelToken::new()).unwrap();
        NpzArchive::open(&path).unwrap().array_names().map(str::to_owned).collect()
    }

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
        let texts = [word("a", 1), word("b/c", 3)];
        let words = RunWords::new(&record, &texts, &|_| true);
        let latents = Array4::from_shape_fn((1, 4, 2, 3), |(t, c, y, x)| (t + c + y + x) as f32);
        let run = RunArrays {
            timesteps: Some(&[751.0, 251.0]),
            sigmas: Some(&[4.0, 1.0, 0.0]),
            latents: Some(latents.view()),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        write_npz(&path, &record, &words, run, &CancelToken::new()).unwrap();

        let mut archive = NpzArchive::open(&path).unwrap();
        let (map, score) = (format!("map/{LAYER}"), format!("score/{LAYER}"));
        let names: BTreeSet<&str> = archive.array_names().collect();
        assert_eq!(
            names,
            [&map, &score, "word/000-a", "word/001-b_c", "timesteps", "sigmas", "latents"].into()
        );
        let mut check = |name: &str, shape: &[u64], values: Vec<f32>| {
            let array = archive.by_name(name, 1 << 20).unwrap().unwrap();
            assert_eq!(array.shape(), shape, "{name}");
            assert_eq!(array.order(), npyz::Order::C);
            assert_eq!(array.into_vec::<f32>().unwrap(), values, "{name}");
        };
        check(&map, &[2, 6, 77], maps.iter().copied().collect());
        check(&score, &[2, 6, 2], scores.iter().copied().collect());
        check("word/001-b_c", &[2, 2, 3], maps.slice(s![.., .., 3]).iter().copied().collect());
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
        for scores in [record.scores.clone(), vec![score(2), StepScores::default()], Vec::new()] {
            assert_eq!(names_of(&Record { scores, ..record.clone() }), ["map/mid_block"]);
        }
    }

    #[test]
    fn a_run_without_steps_is_an_empty_archive() {
        let record = Record { layers: vec![Layer::new("mid_block", Grid::new(1, 1))], ..Record::default() };
        assert_eq!(names_of(&record), [""; 0]);
        let step = StepMaps(vec![Array2::zeros((1, 2))]);
        assert_eq!(names_of(&Record { steps: vec![step], ..record }), ["map/mid_block"]);
    }

    #[test]
    fn a_stopped_write_leaves_no_file() {
        let record = Record {
            layers: vec![Layer::new("mid_block", Grid::new(1, 1))],
            steps: vec![StepMaps(vec![Array2::zeros((1, 2))])],
            ..Record::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.npz");
        let cancel = CancelToken::new();
        cancel.cancel();
        let words = RunWords::new(&record, [], &|_| true);
        let stopped = write_npz(&path, &record, &words, RunArrays::default(), &cancel);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
        assert!(!path.exists());
    }
}
