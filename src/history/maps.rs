//! `maps.npz`: `map/<layer>` [steps, patches, tokens] in half precision and `previews` [steps, 3, h/8, w/8] in bytes,
//! deflated; numpy reads it too.

use std::io::{self, Cursor, Seek, Write};

use half::f16;
use ndarray::{Array3, Axis};
use npyz::{
    AutoSerialize, Deserialize, WriterBuilder,
    npz::{NpzArchive, NpzWriter},
    zip::{CompressionMethod, write::FileOptions},
};

use super::description::Description;
use crate::{
    attention::{ByResolution, StepMaps},
    worker::Painting,
};

/// The array of previews.
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
    for (index, layer) in reduced.layers().iter().enumerate() {
        let maps = painting.steps.iter().map(|step| reduced.map(index, &step.maps));
        let values = maps.flat_map(|map| map.into_iter().map(f16::from_f32));
        let shape = [steps, layer.grid.patches(), tokens];
        write_array(&mut archive, &array_name(&layer.name), &shape, values)?;
    }
    let grid = painting.settings.latent_grid();
    let pixels = painting.steps.iter().flat_map(|step| step.preview.iter());
    // The cast saturates and takes NaN to 0.
    let bytes = pixels.map(|value| (value * 255.0).round() as u8);
    write_array(&mut archive, PREVIEWS, &[steps, 3, grid.height, grid.width], bytes)?;
    archive.zip_writer().finish()?;
    Ok(())
}

/// The preview [3, h/8, w/8] and the maps of every step; what is wrong with the file otherwise, as a clause.
pub(super) fn decode(
    bytes: &[u8],
    description: &Description,
) -> Result<Vec<(Array3<f32>, StepMaps)>, String> {
    let broken = |error: io::Error| format!("maps.npz is broken ({error})");
    let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let Description { recipe, layers, tokens, steps, .. } = description;
    let grid = recipe.settings.latent_grid();
    let previews = read_array::<u8>(&mut archive, PREVIEWS, &[steps.len(), 3, grid.height, grid.width])?;
    let mut decoded = Vec::with_capacity(steps.len());
    for pixels in previews.chunks(3 * grid.patches()) {
        let values = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let preview = Array3::from_shape_vec((3, grid.height, grid.width), values);
        decoded.push((preview.map_err(|error| error.to_string())?, StepMaps(Vec::new())));
    }
    for layer in layers {
        let shape = [steps.len(), layer.grid.patches(), *tokens];
        let values = read_array::<f16>(&mut archive, &array_name(&layer.name), &shape)?;
        let maps = Array3::from_shape_vec(shape, values.into_iter().map(f16::to_f32).collect());
        let maps = maps.map_err(|error| error.to_string())?;
        for ((_, step), map) in decoded.iter_mut().zip(maps.axis_iter(Axis(0))) {
            step.0.push(map.to_owned());
        }
    }
    Ok(decoded)
}

fn array_name(layer: &str) -> String {
    format!("map/{layer}")
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
    let array = archive.by_name(name).map_err(broken)?.ok_or(format!("{name} is not in maps.npz"))?;
    let is_expected = array.shape().iter().copied().eq(shape.iter().map(|&length| length as u64));
    if array.order() != npyz::Order::C || !is_expected {
        return Err(format!("{name} in maps.npz has the shape {:?} instead of {shape:?}", array.shape()));
    }
    array.into_vec().map_err(broken)
}
