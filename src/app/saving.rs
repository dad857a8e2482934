//! Writing what a person saves, on a thread of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use directories::UserDirs;

use super::{backend::Saving, reading::Reading};
use crate::{
    attention::Record,
    error::{Error, Result},
    export::{
        Metadata, RunArrays, Scale, Style, WordMaps, contact_sheet, free_stem, write_image, write_npz,
        write_picture, write_sequence,
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

/// Something to be saved.
pub(super) struct SaveJob {
    /// What of the painting.
    pub(super) what: Saving,
    /// The painting.
    pub(super) painting: Arc<Painting>,
    /// Its prompt.
    pub(super) reading: Arc<Reading>,
    /// What its picture carries; nothing if the model is not known.
    pub(super) recipe: Option<Recipe>,
    /// The folder, made if missing.
    pub(super) folder: PathBuf,
}

impl SaveJob {
    /// Writes it and says where it is.
    pub(super) fn run(&self) -> Result<String> {
        let Self { what, painting, recipe, folder, .. } = self;
        fs::create_dir_all(folder).map_err(Error::writing(folder))?;
        let stem = free_stem(folder, painting.settings.seed, &painting.settings.prompt);
        let path = match what {
            Saving::Picture => {
                let Some(image) = &painting.image else {
                    return Err(Error::input("This picture is not finished.", "Save it when it is."));
                };
                let path = folder.join(format!("{stem}.png"));
                let metadata = recipe.as_ref().map_or_else(Metadata::default, Recipe::metadata);
                write_picture(&path, image.view(), &metadata)?;
                path
            }
            Saving::Sequence => {
                let path = folder.join(format!("{stem}-maps"));
                let (words, size) = (self.words(), heatmap_size(painting));
                write_sequence(&path, &words, Scale::Own, size, Style::default())?;
                write_image(
                    &path.join("sheet.png"),
                    &contact_sheet(&words, Scale::Own, size, Style::default()),
                    &Metadata::default(),
                )?;
                path
            }
            Saving::Maps => {
                let path = folder.join(format!("{stem}.npz"));
                write_npz(&path, &self.record(), &self.words(), RunArrays::default())?;
                path
            }
        };
        Ok(format!("Saved {}.", shortened(&path)))
    }

    fn record(&self) -> Record {
        Record {
            layers: self.painting.layers.clone(),
            steps: self.painting.steps.iter().map(|step| step.maps.clone()).collect(),
        }
    }

    /// The content words' maps over all layers.
    fn words(&self) -> Vec<WordMaps> {
        let content = self.reading.words.iter().filter(|word| word.is_content);
        let words: Vec<_> = content.map(|word| (word.text.clone(), word.tokens.clone())).collect();
        WordMaps::of_record(&self.record(), &words, |_| true)
    }
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
