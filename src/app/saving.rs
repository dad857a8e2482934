//! Writing what a person saves. [`super::desk`] calls it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use directories::UserDirs;

use super::{backend::Saving, reading::Reading};
use crate::{
    error::{Error, Result},
    export::{
        MeasuredWord, Measures, Metadata, RunArrays, Scale, Style, WordMaps, contact_sheet, free_stem,
        to_image, write_image, write_npz, write_picture, write_sequence, write_word_animation,
    },
    worker::{Painting, Recipe},
};

/// Longer side of a saved heatmap, pixels.
const HEATMAP_PIXELS: usize = 256;

/// Where things are saved: "Tauscope" among the person's pictures, or in the home folder.
pub(super) fn folder() -> Option<PathBuf> {
    let user = UserDirs::new()?;
    Some(user.picture_dir().unwrap_or(user.home_dir()).join("Tauscope"))
}

/// Saves `what` of a painting into `folder` and says where it is.
pub(super) fn save(
    what: Saving,
    painting: &Painting,
    reading: &Reading,
    recipe: Option<&Recipe>,
    folder: &Path,
) -> Result<String> {
    let stem = free_stem(folder, painting.settings.seed, &painting.settings.prompt);
    let path = match what {
        Saving::Picture => {
            let Some(image) = &painting.image else { return Err(unfinished()) };
            let path = folder.join(format!("{stem}.png"));
            write_picture(&path, image.view(), &recipe.map_or_else(Metadata::default, Recipe::metadata))?;
            path
        }
        Saving::Sequence => {
            let path = folder.join(format!("{stem}-maps"));
            let (words, size) = (words(painting, reading), heatmap_size(painting));
            write_sequence(&path, &words, Scale::Own, size, Style::default())?;
            let sheet = contact_sheet(&words, Scale::Own, size, Style::default());
            write_image(&path.join("sheet.png"), &sheet, &Metadata::default())?;
            path
        }
        Saving::Animations => {
            let Some(image) = &painting.image else { return Err(unfinished()) };
            let path = folder.join(format!("{stem}-animations"));
            fs::create_dir_all(&path).map_err(Error::writing(&path))?;
            let picture = to_image(image.view());
            for word in words(painting, reading) {
                write_word_animation(&path.join(format!("{:03}.gif", word.index)), &word, &picture)?;
            }
            path
        }
        Saving::Measures => {
            let path = folder.join(format!("{stem}.json"));
            let measured = reading.words.iter().map(|word| MeasuredWord {
                text: word.text.clone(),
                place: (word.source.clone(), word.is_content),
                tokens: word.tokens.clone(),
            });
            let words: Vec<_> = measured.collect();
            // As they were at the end: they may have been found while it was painted.
            let last = painting.steps.last();
            let groups = last.map_or(&painting.settings.groups, |step| &step.steer.groups);
            Measures::of(&painting.record(), &words, groups).write(&path)?;
            path
        }
        Saving::Maps => {
            let path = folder.join(format!("{stem}.npz"));
            write_npz(&path, &painting.record(), &words(painting, reading), RunArrays::default())?;
            path
        }
    };
    Ok(format!("Saved {}.", shortened(&path)))
}

fn unfinished() -> Error {
    Error::input("This picture is not finished.", "Save it when it is.")
}

/// The content words' maps over all layers.
fn words(painting: &Painting, reading: &Reading) -> Vec<WordMaps> {
    let content = reading.words.iter().filter(|word| word.is_content);
    let words: Vec<_> = content.map(|word| (word.text.clone(), word.tokens.clone())).collect();
    WordMaps::of_record(&painting.record(), &words, |_| true)
}

/// A heatmap in the picture's aspect, (width, height).
fn heatmap_size(painting: &Painting) -> (u32, u32) {
    let (width, height) = (painting.settings.width, painting.settings.height);
    let longer = width.max(height).max(1);
    ((width * HEATMAP_PIXELS / longer) as u32, (height * HEATMAP_PIXELS / longer) as u32)
}

/// The path as people say it.
fn shortened(path: &Path) -> String {
    let home = UserDirs::new();
    match home.as_ref().and_then(|home| path.strip_prefix(home.home_dir()).ok()) {
        Some(inside) => format!("~/{}", inside.display()),
        None => path.display().to_string(),
    }
}
