//! A run's maps as files, in each form that a person can ask for, in the window as on the command line.

use std::path::{Path, PathBuf};

use ndarray::{ArrayView3, Axis};

use super::{
    ContactSheet, Frames, Measures, Metadata, RunArrays, RunWords, Scale, Style, overlay, sequence::escaped,
    to_image, write_apng, write_gif, write_image, write_npz, write_sequence,
};
use tauscope_core::{
    CancelToken,
    attention::{Layer, RunMaps},
    error::{Error, Result},
    prompt::{Entities, Word},
};

/// How long an animation shows a step.
const FRAME_MS: u16 = 120;
/// How much of the picture the hottest place of an animation hides.
const OVERLAY_OPACITY: f32 = 0.85;

/// A form in which maps are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapForm {
    /// Raw maps of every layer and step, and the words' aggregated maps, as NumPy arrays.
    Npz,
    /// A heatmap for each word and step, and a contact sheet of them all.
    Png,
    /// An animation for each word, as GIF.
    Gif,
    /// The same as animated PNG, which keeps every colour.
    Apng,
    /// What is measured from them, as JSON.
    Json,
}

/// What is written of a run, and how it looks.
#[derive(Clone, Copy)]
pub struct MapFiles<'a> {
    /// The run.
    pub run: &'a dyn RunMaps,
    /// What the NPZ holds beside its maps.
    pub arrays: RunArrays<'a>,
    /// The prompt's words.
    pub words: &'a [Word],
    /// The entities that leaks are measured between.
    pub entities: &'a Entities,
    /// What animations lie over, [3, height, width] in 0..1.
    pub picture: ArrayView3<'a, f32>,
    /// Which layers the drawn maps average. Numbers are written for all.
    pub layers: &'a dyn Fn(&Layer) -> bool,
    /// What the hottest colour stands for.
    pub scale: Scale,
    /// Colours and smoothing.
    pub style: Style,
    /// The longer side of a heatmap, pixels.
    pub heatmap_pixels: u32,
}

impl MapFiles<'_> {
    /// Writes `form` under names that begin with `stem` and gives the files.
    ///
    /// # Errors
    /// If a file cannot be written or the maps cannot be read, and [`Error::Cancelled`].
    pub fn write(&self, form: MapForm, stem: &Path, cancel: &CancelToken) -> Result<Vec<PathBuf>> {
        let named = |ending| named(stem, ending);
        let one = |path: PathBuf| vec![path];
        match form {
            MapForm::Npz => {
                let path = named(".npz");
                write_npz(&path, self.run, &self.words(&|_| true), self.arrays, cancel)?;
                Ok(one(path))
            }
            MapForm::Json => {
                let path = named(".json");
                Measures::of(self.run, self.words, self.entities, cancel)?.write(&path)?;
                Ok(one(path))
            }
            MapForm::Png => {
                let words = self.words(self.layers);
                if words.is_empty() {
                    return Ok(Vec::new());
                }
                let (size, style) = (self.heatmap_size(), self.style);
                let maxima = words.maxima(self.scale)?;
                let mut sheet = ContactSheet::new(maxima.len(), words.steps(), size, style);
                let folder = named("-maps");
                let mut files =
                    write_sequence(&folder, &words, &maxima, size, style, cancel, |word, step, map| {
                        sheet.put(word, step, map, maxima[word]);
                    })?;
                let path = named("-sheet.png");
                write_image(&path, &sheet.finish(), &Metadata::default())?;
                files.push(path);
                Ok(files)
            }
            MapForm::Gif => self.animations(&named("-animations"), "gif", write_gif, cancel),
            MapForm::Apng => self.animations(&named("-animations"), "png", write_apng, cancel),
        }
    }

    /// Each word's heat over the picture, a frame a step.
    fn animations(
        &self,
        folder: &Path,
        ending: &str,
        write: fn(&Path, Frames<'_>, u16) -> Result<()>,
        cancel: &CancelToken,
    ) -> Result<Vec<PathBuf>> {
        let words = self.words(self.layers);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        std::fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        let picture = to_image(self.picture);
        let mut files = Vec::new();
        let maxima = words.maxima(self.scale)?;
        words.each(|word| {
            cancel.check()?;
            let path = folder.join(format!("{:03}-{}.{ending}", word.index, escaped(&word.word)));
            let max = maxima[word.index];
            let mut frames = word
                .maps
                .axis_iter(Axis(0))
                .map(|map| overlay(&picture, map, max, self.style, OVERLAY_OPACITY));
            write(&path, &mut frames, FRAME_MS)?;
            files.push(path);
            Ok::<_, Error>(())
        })?;
        Ok(files)
    }

    /// The content words.
    fn words<'a>(&'a self, layers: &'a dyn Fn(&Layer) -> bool) -> RunWords<'a> {
        RunWords::new(self.run, self.words.iter().filter(|word| word.content), layers)
    }

    /// A heatmap in the picture's aspect, (width, height).
    fn heatmap_size(&self) -> (u32, u32) {
        let [height, width] = [1, 2].map(|axis| self.picture.len_of(Axis(axis)));
        let scale = f64::from(self.heatmap_pixels) / height.max(width).max(1) as f64;
        let scaled = |length: usize| ((length as f64 * scale).round() as u32).max(1);
        (scaled(width), scaled(height))
    }
}

/// A file beside others of a picture: their stem, then `ending`.
pub fn named(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc, time::Duration};

    use ndarray::{Array2, Array3, Array4};

    use super::*;
    use crate::painting::Recording;
    use tauscope_core::{
        attention::{Grid, Record, StepMaps, StepScores},
        diffusion::{Checkpoint, StepReport},
    };

    /// The maps of a prompt of many chunks, of which memory has no room for a step.
    #[test]
    fn files_are_the_same_wherever_the_maps_are_kept() {
        const TOKENS: usize = 77 * 20;
        let layers: Arc<[Layer]> = [("down_blocks.1", 4, 6), ("mid_block", 2, 3)]
            .map(|(name, h, w)| Layer::new(name, Grid::new(h, w)))
            .into();
        let report = |index: usize| {
            let maps = |seed: usize| {
                let map = |layer: &Layer| {
                    Array2::from_shape_fn((layer.grid.patches(), TOKENS), |(n, l)| {
                        ((n * 31 + l * 7 + index * 5 + seed) % 101) as f32 / 303.0
                    })
                };
                StepMaps(layers.iter().map(map).collect())
            };
            let latents = Array4::zeros((1, 4, 4, 6));
            StepReport {
                index,
                timestep: 0.0,
                checkpoint: Arc::new(Checkpoint {
                    step: index + 1,
                    tokens: TOKENS,
                    latents: latents.clone(),
                    denoised: latents,
                    memory: Vec::new(),
                    early_maps: None,
                }),
                layers: Arc::clone(&layers),
                maps: maps(0),
                neutral: (index == 1).then(|| maps(50)),
                scores: StepScores(
                    layers.iter().map(|layer| Array2::ones((layer.grid.patches(), 2))).collect(),
                ),
                steer: Arc::default(),
                elapsed: Duration::ZERO,
            }
        };
        let step_bytes = 30 * TOKENS * size_of::<f32>();
        let mut record = Record::default();
        (0..3).for_each(|step| report(step).add_to(&mut record));
        let word = |text: &str, tokens: &[usize]| Word {
            text: text.to_owned(),
            source: 0..0,
            tokens: tokens.to_vec(),
            pieces: Vec::new(),
            content: true,
            weight: 1.0,
        };
        let words = [word("cat", &[2]), word("dog", &[90, 1500])];
        let picture = Array3::from_elem((3, 32, 48), 0.5);
        let written = |run: &dyn RunMaps, form: MapForm| {
            let folder = tempfile::tempdir().unwrap();
            let files = MapFiles {
                run,
                arrays: RunArrays::default(),
                words: &words,
                entities: &Entities::default(),
                picture: picture.view(),
                layers: &|_| true,
                scale: Scale::Own,
                style: Style::default(),
                heatmap_pixels: 32,
            };
            let files = files.write(form, &folder.path().join("7"), &CancelToken::new()).unwrap();
            files.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>()
        };
        for budget in [0, step_bytes + 1, usize::MAX] {
            let mut recording = Recording::new(budget);
            for step in 0..3 {
                assert_eq!(recording.push(report(step)), None);
                assert!(recording.bytes() <= budget, "{} of {budget}", recording.bytes());
            }
            for form in [MapForm::Npz, MapForm::Json, MapForm::Png, MapForm::Gif, MapForm::Apng] {
                let (got, expected) = (written(&recording, form), written(&record, form));
                assert!(!got.is_empty() && got == expected, "{form:?} with {budget} bytes");
            }
        }
    }

    #[test]
    fn every_form_is_written_under_its_name() {
        fn check(form: MapForm, expected: &[&str]) {
            let folder = tempfile::tempdir().unwrap();
            let maps = || StepMaps(vec![Array2::from_elem((4, 3), 0.25)]);
            let record = Record {
                layers: vec![Layer::new("mid_block.attn2", Grid::new(2, 2))],
                steps: vec![maps(), maps()],
                neutral: vec![None, None],
                ..Record::default()
            };
            let word = |text: &str, token, content| Word {
                text: text.to_owned(),
                source: 0..0,
                tokens: vec![token],
                pieces: Vec::new(),
                content,
                weight: 1.0,
            };
            let words = [word("a", 1, false), word("c/t", 2, true)];
            let picture = Array3::from_elem((3, 16, 8), 0.5);
            let files = MapFiles {
                run: &record,
                arrays: RunArrays::default(),
                words: &words,
                entities: &Entities::default(),
                picture: picture.view(),
                layers: &|_| true,
                scale: Scale::Common,
                style: Style::default(),
                heatmap_pixels: 32,
            };
            let written = files.write(form, &folder.path().join("7-cat"), &CancelToken::new()).unwrap();
            let names: Vec<_> =
                written.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
            assert_eq!(names, expected.iter().map(Path::new).collect::<Vec<_>>());
            assert!(written.iter().all(|path| path.metadata().unwrap().len() > 0));
            if form == MapForm::Png {
                assert_eq!(image::image_dimensions(&written[0]).unwrap(), (16, 32));
            }
        }
        check(MapForm::Npz, &["7-cat.npz"]);
        check(MapForm::Json, &["7-cat.json"]);
        check(MapForm::Png, &["7-cat-maps/000-000-c_t.png", "7-cat-maps/001-000-c_t.png", "7-cat-sheet.png"]);
        check(MapForm::Gif, &["7-cat-animations/000-c_t.gif"]);
        check(MapForm::Apng, &["7-cat-animations/000-c_t.png"]);
    }
}
