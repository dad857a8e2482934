//! `maps.npz`: `map/<layer>` [steps, patches, tokens] and, where there are any, `score/<layer>` [steps, patches,
//! entities] in half precision, and `previews` [steps, 3, h/8, w/8] in bytes, deflated; numpy reads it too. Steps with
//! fewer entities than others have zeros in the rest of their columns.

use std::io::{self, Cursor, Read, Seek, Write};

use half::f16;
use ndarray::{Array2, Array3, Axis, s};
use npyz::{
    AutoSerialize, Deserialize, NpyFile, WriterBuilder,
    npz::{NpzArchive, NpzWriter, file_name_from_array_name},
    zip::{CompressionMethod, result::ZipError, write::FileOptions},
};

use super::description::Description;
use crate::{
    attention::{ByResolution, Layer, StepMaps, StepScores},
    worker::Painting,
};

/// The arrays of maps, of scores and of previews.
const MAP: &str = "map";
const SCORE: &str = "score";
const PREVIEWS: &str = "previews";

/// Writes a painting's maps, `reduced`, and its previews.
pub(super) fn encode(
    file: impl Write + Seek,
    painting: &Painting,
    reduced: &ByResolution,
    tokens: usize,
) -> io::Result<()> {
    let mut archive = NpzWriter::new(file);
    let steps = painting.steps.len();
    let maps: Vec<_> = painting.steps.iter().map(|step| step.maps.0.as_slice()).collect();
    let scores: Vec<_> = painting.steps.iter().map(|step| step.scores.0.as_slice()).collect();
    let entities = painting.steps.iter().map(|step| step.scores.entities()).max().unwrap_or(0);
    write_layers(&mut archive, MAP, reduced, tokens, &maps)?;
    if entities > 0 {
        write_layers(&mut archive, SCORE, reduced, entities, &scores)?;
    }
    let grid = painting.settings.latent_grid();
    let pixels = painting.steps.iter().flat_map(|step| step.preview.iter());
    // The cast saturates and takes NaN to 0.
    let bytes = pixels.map(|value| (value * 255.0).round() as u8);
    write_array(&mut archive, PREVIEWS, &[steps, 3, grid.height, grid.width], bytes)?;
    archive.zip_writer().finish()?;
    Ok(())
}

/// What the file has of a step.
pub(super) struct Decoded {
    /// [3, h/8, w/8].
    pub(super) preview: Array3<f32>,
    pub(super) maps: StepMaps,
    pub(super) scores: StepScores,
}

/// What the file has of every step; what is wrong with it otherwise, as a clause.
pub(super) fn decode(bytes: &[u8], description: &Description) -> Result<Vec<Decoded>, String> {
    let broken = |error: io::Error| format!("maps.npz is broken ({error})");
    let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let Description { recipe, layers, tokens, steps, .. } = description;
    let grid = recipe.settings.latent_grid();
    let previews = read_array::<u8>(&mut archive, PREVIEWS, &[steps.len(), 3, grid.height, grid.width])?;
    let mut decoded = Vec::with_capacity(steps.len());
    for pixels in previews.chunks(3 * grid.patches()) {
        let values = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let preview = Array3::from_shape_vec((3, grid.height, grid.width), values);
        let preview = preview.map_err(|error| error.to_string())?;
        decoded.push(Decoded { preview, maps: StepMaps(Vec::new()), scores: StepScores::default() });
    }
    let entities = steps.iter().map(|step| step.entities).max().unwrap_or(0);
    for layer in layers {
        let maps = read_layer(&mut archive, MAP, layer, steps.len(), *tokens)?;
        for (step, map) in decoded.iter_mut().zip(maps.axis_iter(Axis(0))) {
            step.maps.0.push(map.to_owned());
        }
        if entities == 0 {
            continue;
        }
        let scores = read_layer(&mut archive, SCORE, layer, steps.len(), entities)?;
        for ((step, times), score) in decoded.iter_mut().zip(steps).zip(scores.axis_iter(Axis(0))) {
            if times.entities > 0 {
                step.scores.0.push(score.slice(s![.., ..times.entities]).to_owned());
            }
        }
    }
    Ok(decoded)
}

/// Writes the layers of every step, each with `columns` columns.
fn write_layers(
    archive: &mut NpzWriter<impl Write + Seek>,
    kind: &str,
    reduced: &ByResolution,
    columns: usize,
    steps: &[&[Array2<f32>]],
) -> io::Result<()> {
    for (index, Layer { name, grid, .. }) in reduced.layers().iter().enumerate() {
        let widened = |layers: &[Array2<f32>]| {
            let mut wide = Array2::zeros((grid.patches(), columns));
            if !layers.is_empty() {
                let mean = reduced.mean(index, layers);
                wide.slice_mut(s![.., ..mean.ncols()]).assign(&mean);
            }
            wide
        };
        let values = steps.iter().flat_map(|layers| widened(layers).into_iter().map(f16::from_f32));
        write_array(archive, &format!("{kind}/{name}"), &[steps.len(), grid.patches(), columns], values)?;
    }
    Ok(())
}

/// A layer of every step, [steps, patches, columns].
fn read_layer(
    archive: &mut NpzArchive<Cursor<&[u8]>>,
    kind: &str,
    layer: &Layer,
    steps: usize,
    columns: usize,
) -> Result<Array3<f32>, String> {
    let shape = [steps, layer.grid.patches(), columns];
    let values = read_array::<f16>(archive, &format!("{kind}/{}", layer.name), &shape)?;
    let values = values.into_iter().map(f16::to_f32).collect();
    Array3::from_shape_vec(shape, values).map_err(|error| error.to_string())
}

fn write_array<T: AutoSerialize>(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    shape: &[usize],
    values: impl Iterator<Item = T>,
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
    let options = FileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut array = archive.array::<T>(name, options)?.default_dtype().shape(&shape).begin_nd()?;
    array.extend(values)?;
    array.finish()
}

/// The values of an array in row-major order, if it has this shape.
fn read_array<T: Deserialize>(
    archive: &mut NpzArchive<Cursor<&[u8]>>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<T>, String> {
    let broken = |error: io::Error| format!("{name} in maps.npz is broken ({error})");
    let mut bytes = Vec::new();
    match archive.zip_archive().by_name(&file_name_from_array_name(name)) {
        // To its end, where the checksum is.
        Ok(mut file) => file.read_to_end(&mut bytes).map_err(broken)?,
        Err(ZipError::FileNotFound) => return Err(format!("{name} is not in maps.npz")),
        Err(error) => return Err(broken(error.into())),
    };
    let array = NpyFile::new(bytes.as_slice()).map_err(broken)?;
    let is_expected = array.shape().iter().copied().eq(shape.iter().map(|&length| length as u64));
    if array.order() != npyz::Order::C || !is_expected {
        return Err(format!("{name} in maps.npz has the shape {:?} instead of {shape:?}", array.shape()));
    }
    array.into_vec().map_err(broken)
}
