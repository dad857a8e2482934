//! A run's maps as files, in the forms that were asked for.

use std::path::{Path, PathBuf};

use super::args::MapForm;
use crate::{
    diffusion::{CancelToken, Outcome},
    error::Result,
    export::{
        ColorMap, MeasuredWord, Measures, Metadata, RunArrays, Scale, Smoothing, Style, WordMaps,
        contact_sheet, to_image, write_image, write_npz, write_sequence, write_word_animation,
    },
    prompt::{Groups, Prompt},
};

/// Side of a tile of the contact sheet's and of the sequence's heatmaps, in pixels of the longer side.
const TILE_PIXELS: u32 = 128;

/// Writes the maps in every form asked for and gives the files.
pub(super) fn write(
    forms: &[MapForm],
    stem: &Path,
    outcome: &Outcome,
    prompt: &Prompt,
    groups: &Groups,
    cancel: &CancelToken,
) -> Result<Vec<PathBuf>> {
    let named = |ending: &str| named(stem, ending);
    let words: Vec<_> =
        prompt.words.iter().filter(|word| word.content).map(|w| (w.text.clone(), w.tokens.clone())).collect();
    let words = WordMaps::of_record(&outcome.record, &words, |_| true);
    let style = Style { colors: ColorMap::default(), smoothing: Smoothing::default() };
    let mut files = Vec::new();
    if forms.contains(&MapForm::Npz) {
        let path = named(".npz");
        let run = RunArrays {
            timesteps: Some(&outcome.timesteps),
            sigmas: Some(&outcome.sigmas),
            latents: Some(outcome.latents.view()),
        };
        write_npz(&path, &outcome.record, &words, run)?;
        files.push(path);
    }
    cancel.check()?;
    if forms.contains(&MapForm::Json) {
        let measured = prompt.words.iter().map(|word| MeasuredWord {
            text: word.text.clone(),
            place: (word.source.clone(), word.content),
            tokens: word.tokens.clone(),
        });
        let path = named(".json");
        Measures::of(&outcome.record, &measured.collect::<Vec<_>>(), groups).write(&path)?;
        files.push(path);
    }
    if forms.contains(&MapForm::Png) && !words.is_empty() {
        let tile = tile(outcome);
        files.extend(write_sequence(&named("-maps"), &words, Scale::Own, tile, style)?);
        let sheet = named("-sheet.png");
        write_image(&sheet, &contact_sheet(&words, Scale::Own, tile, style), &Metadata::default())?;
        files.push(sheet);
    }
    if forms.contains(&MapForm::Gif) {
        let picture = to_image(outcome.image.view());
        for word in &words {
            cancel.check()?;
            let name = named(&format!("-{:03}.gif", word.index));
            write_word_animation(&name, word, &picture)?;
            files.push(name);
        }
    }
    Ok(files)
}

/// A heatmap's size in the picture's aspect.
fn tile(outcome: &Outcome) -> (u32, u32) {
    let (_, height, width) = outcome.image.dim();
    let scale = f64::from(TILE_PIXELS) / height.max(width) as f64;
    ((width as f64 * scale).round() as u32, (height as f64 * scale).round() as u32)
}

/// A file beside the picture: its path without ending, then `ending`.
pub(super) fn named(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
