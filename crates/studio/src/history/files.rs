//! Writes a painting as an entry's files, and reads it back.

use std::{
    borrow::Cow,
    fs,
    io::{Cursor, Write},
    path::Path,
    sync::Arc,
};

use image::{
    ImageFormat, ImageReader, Limits, RgbImage,
    imageops::{self, FilterType},
};
use ndarray::Array3;

use super::{description::Description, maps};
use crate::{
    export::{Metadata, to_image, write_image},
    painting::{JobId, Painting, PaintingStage, Recipe},
};
use tauscope_core::{
    attention::ByResolution,
    diffusion::MAX_SIDE,
    error::{Error, Result},
    write_file,
};

/// The file that describes an entry.
pub(super) const DESCRIPTION: &str = "entry.json";
/// The small picture.
pub(super) const THUMBNAIL: &str = "thumbnail.png";
const PICTURE: &str = "picture.png";
const MAPS: &str = "maps.npz";
/// The longer side of a thumbnail, in pixels.
const THUMBNAIL_PIXELS: u32 = 128;

/// An entry, read back: what the window shows without a model.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Picture, settings and steps; its layers are averaged by resolution.
    pub painting: Painting,
    /// What painted it.
    pub recipe: Recipe,
}

/// Writes an entry's files into `folder`.
pub(super) fn write(folder: &Path, painting: &Painting, recipe: &Recipe) -> Result<()> {
    let Some(picture) = &painting.image else {
        return Err(Error::Internal("an unfinished picture was added to the history.".to_owned()));
    };
    let picture = to_image(picture.view());
    write_image(&folder.join(PICTURE), &picture, &recipe.metadata())?;
    write_image(&folder.join(THUMBNAIL), &thumbnail(&picture), &Metadata::default())?;

    let reduced = ByResolution::of(&painting.layers);
    let description = Description::new(painting, &reduced, recipe.clone());
    write_file(&folder.join(MAPS), |file| maps::encode(file, painting, &reduced, &description))?;
    let json = serde_json::to_vec_pretty(&description).map_err(|error| {
        Error::Internal(format!("an entry's description cannot be written as JSON ({error})."))
    })?;
    write_file(&folder.join(DESCRIPTION), |file| file.write_all(&json))
}

/// The files of a painting, as bytes.
pub(super) struct Files<'a> {
    pub(super) description: Cow<'a, [u8]>,
    pub(super) picture: Cow<'a, [u8]>,
    pub(super) maps: Cow<'a, [u8]>,
}

impl Files<'_> {
    /// Reads an entry's folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map(Cow::Owned).map_err(Error::reading(&path))
        };
        Ok(Self { description: read(DESCRIPTION)?, picture: read(PICTURE)?, maps: read(MAPS)? })
    }

    /// The painting, with `job` as its new id; if a file is broken, what is wrong, as a clause.
    pub(super) fn open(&self, job: JobId) -> Result<Opened, String> {
        let description = Description::parse(&self.description)?;
        let settings = description.recipe.settings.clone();
        let steps = maps::decode(&self.maps, &description)?.into_iter().map(Arc::new).collect();
        let picture = decode_png(&self.picture)?;
        if picture.dimensions() != (settings.width as u32, settings.height as u32) {
            return Err("picture.png does not have the size in its settings".to_owned());
        }
        let painting = Painting {
            id: job,
            model: description.recipe.model.clone(),
            model_fingerprint: description.recipe.model_fingerprint,
            settings,
            prompt: None,
            words: Arc::new(description.words),
            stage: PaintingStage::Done,
            layers: description.layers,
            branch: description.recipe.branch.clone(),
            steps,
            image: Some(from_image(&picture)),
        };
        Ok(Opened { painting, recipe: description.recipe })
    }
}

/// A PNG's pixels; if it is broken, what is wrong, as a clause.
pub(super) fn decode_png(bytes: &[u8]) -> Result<RgbImage, String> {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE as u32), Some(MAX_SIDE as u32));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let decoded = reader.decode().map(|image| image.into_rgb8());
    decoded.map_err(|error| format!("its picture is broken ({error})"))
}

/// [3, height, width] in 0..1.
fn from_image(image: &RgbImage) -> Array3<f32> {
    Array3::from_shape_fn((3, image.height() as usize, image.width() as usize), |(channel, y, x)| {
        f32::from(image.get_pixel(x as u32, y as u32).0[channel]) / 255.0
    })
}

fn thumbnail(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let side = |pixels: u32| (pixels * THUMBNAIL_PIXELS / longer).max(1);
    imageops::resize(picture, side(width), side(height), FilterType::Triangle)
}
