//! Writing what a person saves, as it is shown. [`super::desk`] calls it.

use std::path::{Path, PathBuf};

use directories::UserDirs;

use super::backend::{AsShown, Saving};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};
use tauscope_studio::{
    export::{MapFiles, RunArrays, free_stem, write_picture},
    painting::{Painting, Recipe},
};

/// Longer side of a saved heatmap, pixels.
const HEATMAP_PIXELS: u32 = 256;

/// Where things are saved: "Tauscope" among the person's pictures, or in the home folder.
pub(super) fn folder() -> Option<PathBuf> {
    let user = UserDirs::new()?;
    Some(user.picture_dir().unwrap_or(user.home_dir()).join("Tauscope"))
}

/// Saves `what` of a painting into `folder` and says where it is.
///
/// # Errors
/// [`Error::Input`] for an unfinished picture, [`Error::File`] if something cannot be written, [`Error::Cancelled`], and
/// if its maps cannot be read.
pub(super) fn save(
    what: Saving,
    shown: &AsShown,
    painting: &Painting,
    recipe: Option<&Recipe>,
    folder: &Path,
    cancel: &CancelToken,
) -> Result<String> {
    let Some(image) = &painting.image else {
        return Err(Error::input("This picture is not finished.", "Save it when it is."));
    };
    let stem = folder.join(free_stem(folder, painting.settings.seed, &painting.settings.prompt));
    let files = match what {
        Saving::Picture => {
            let path = stem.with_added_extension("png");
            let metadata = recipe.filter(|_| shown.with_settings).map(Recipe::metadata);
            write_picture(&path, image.view(), &metadata.unwrap_or_default())?;
            vec![path]
        }
        Saving::Maps(form) => {
            // Those of the last step: they may have been found while it was painted.
            let last = painting.steps.last();
            let files = MapFiles {
                run: painting,
                arrays: RunArrays::default(),
                words: &painting.words.list,
                entities: last.map_or(&painting.settings.entities, |step| &step.steer.entities),
                picture: image.view(),
                layers: &|layer| shown.layers.holds(layer),
                scale: shown.scale,
                style: shown.style,
                heatmap_pixels: HEATMAP_PIXELS,
            };
            files.write(form, &stem, cancel)?
        }
    };
    Ok(match &files[..] {
        [] => "This prompt has no words whose maps could be saved.".to_owned(),
        [one] => format!("Saved {}.", shortened(one)),
        [.., last] => format!("Saved {} files, the last is {}.", files.len(), shortened(last)),
    })
}

/// The path as people say it.
fn shortened(path: &Path) -> String {
    let home = UserDirs::new();
    match home.as_ref().and_then(|home| path.strip_prefix(home.home_dir()).ok()) {
        Some(inside) => format!("~/{}", inside.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::{super::layer_filter::LayerFilter, *};
    use tauscope_core::diffusion::Settings;
    use tauscope_studio::{
        export::{MapForm, Scale, Style, read_metadata},
        painting::{JobId, ModelSource, PaintingStage},
    };
    use tauscope_testing::fake::model_info;

    fn painting(image: Option<Array3<f32>>) -> Painting {
        let settings = Settings { prompt: "a cat".to_owned(), ..Settings::default() };
        Painting { stage: PaintingStage::Done, image, ..Painting::new(JobId(1), "Scenes", settings) }
    }

    fn saved(what: Saving, with_settings: bool, image: Option<Array3<f32>>, folder: &Path) -> Result<String> {
        let painting = painting(image);
        let shown =
            AsShown { layers: LayerFilter::All, scale: Scale::Own, style: Style::default(), with_settings };
        let recipe = Recipe::of(&painting, &model_info(&ModelSource::Embedded));
        save(what, &shown, &painting, Some(&recipe), folder, &CancelToken::new())
    }

    #[test]
    fn a_picture_tells_its_settings_unless_a_person_keeps_them() {
        fn check(with_settings: bool) {
            let folder = tempfile::tempdir().unwrap();
            saved(Saving::Picture, with_settings, Some(Array3::zeros((3, 8, 8))), folder.path()).unwrap();
            let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
            let metadata = read_metadata(&file).unwrap();
            assert_eq!(
                (metadata.parameters.is_some(), metadata.settings.is_some()),
                (with_settings, with_settings)
            );
        }
        check(true);
        check(false);
    }

    #[test]
    fn what_cannot_be_saved_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = saved(Saving::Picture, true, None, folder.path()).unwrap_err().to_string();
        assert!(unfinished.starts_with("This picture is not finished."), "{unfinished}");
        let image = Some(Array3::zeros((3, 8, 8)));
        let empty = saved(Saving::Maps(MapForm::Png), true, image, folder.path()).unwrap();
        assert_eq!(empty, "This prompt has no words whose maps could be saved.");
    }
}
