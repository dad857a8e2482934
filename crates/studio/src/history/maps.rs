//! `maps.npz`: `map/<layer>` [steps, patches, tokens] and, where there are any, `score/<layer>` [steps, patches,
//! entities] and `neutral/<layer>`, shaped like the maps, in half precision; `latents` and `denoised` [steps, 4, h/8,
//! w/8] in single precision, if every step has them, and with them `memory` [arrays of all steps, 4, h/8, w/8], if the
//! sampler remembers more, and `early` [looks, tokens, height, width], what the first steps looked at; and `previews`
//! [steps, 3, h/8, w/8] in bytes. All deflated; numpy reads it too. Steps with fewer entities than others have zeros in the
//! rest of their columns, and steps without neutral maps have their maps there: `entry.json` says which, and how many
//! arrays of the memory are whose.

use std::{
    io::{self, Cursor, Seek, Write},
    sync::Arc,
};

use half::f16;
use ndarray::{Array2, Array3, Array4, Axis, CowArray, Ix2, s};

use super::{
    arrays::{read_array, write_array, write_parts},
    description::Description,
};
use crate::{
    export::{NpzArchive, NpzWriter},
    painting::{KeptMaps, PaintedStep, Painting},
};
use tauscope_core::{
    attention::{ByResolution, Layer, StepScores},
    diffusion::Checkpoint,
    error::Result,
};

/// The arrays of maps, of maps before mask and weights, of scores, of checkpoints and of previews.
const MAP: &str = "map";
const NEUTRAL: &str = "neutral";
const SCORE: &str = "score";
const LATENTS: &str = "latents";
const DENOISED: &str = "denoised";
const MEMORY: &str = "memory";
const EARLY: &str = "early";
const PREVIEWS: &str = "previews";

/// Writes a painting's maps as `reduced`, its checkpoints and its previews, as far as its description lists them.
pub(super) fn encode(
    file: impl Write + Seek,
    painting: &Painting,
    reduced: &ByResolution,
    description: &Description,
) -> io::Result<()> {
    let mut archive = NpzWriter::new(file);
    let Painting { steps, settings, .. } = painting;
    let grid = settings.latent_grid();
    let tokens = description.tokens;
    let kept = |maps: &KeptMaps, layer| match maps.are_gone() {
        true => Ok(nothing()),
        false => maps.layer(layer).map(CowArray::from),
    };
    write_layers(&mut archive, MAP, reduced, tokens, steps.len(), |step, layer| {
        kept(&steps[step].maps, layer)
    })?;
    if description.has_neutral() {
        write_layers(&mut archive, NEUTRAL, reduced, tokens, steps.len(), |step, layer| {
            kept(steps[step].neutral.as_ref().unwrap_or(&steps[step].maps), layer)
        })?;
    }
    if description.entities() > 0 {
        write_layers(&mut archive, SCORE, reduced, description.entities(), steps.len(), |step, layer| {
            // A step without entities has no scores.
            let score = steps[step].scores.0.get(layer);
            Ok(score.map_or_else(nothing, |score| score.view().into()))
        })?;
    }
    if description.latents {
        let shape = [steps.len(), 4, grid.height, grid.width];
        let states = || steps.iter().flat_map(|step| &step.checkpoint);
        write_array(&mut archive, LATENTS, &shape, states().flat_map(|state| &state.latents).copied())?;
        write_array(&mut archive, DENOISED, &shape, states().flat_map(|state| &state.denoised).copied())?;
        if description.memory() > 0 {
            let shape = [description.memory(), 4, grid.height, grid.width];
            let memory = states().flat_map(|state| state.memory.iter().flatten());
            write_array(&mut archive, MEMORY, &shape, memory.copied())?;
        }
        if description.looks() > 0 {
            let [tokens, height, width] = description.early_maps;
            let looked = states().zip(&description.steps).filter(|(_, times)| times.looked);
            let maps = looked.flat_map(|(state, _)| state.early_maps.iter().flat_map(|maps| maps.iter()));
            write_array(&mut archive, EARLY, &[description.looks(), tokens, height, width], maps.copied())?;
        }
    }
    let pixels = steps.iter().flat_map(|step| step.preview.iter());
    // The cast saturates and turns NaN into 0.
    let bytes = pixels.map(|value| (value * 255.0).round() as u8);
    write_array(&mut archive, PREVIEWS, &[steps.len(), 3, grid.height, grid.width], bytes)?;
    archive.finish()
}

/// The steps that an entry describes; if the file is broken, what is wrong, as a clause.
pub(super) fn decode(bytes: &[u8], description: &Description) -> Result<Vec<PaintedStep>, String> {
    let broken = |error: io::Error| format!("maps.npz is broken ({error})");
    let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let Description { recipe, layers, tokens, steps, .. } = description;
    let grid = recipe.settings.latent_grid();
    let previews = read_array::<u8>(&mut archive, PREVIEWS, &[steps.len(), 3, grid.height, grid.width])?;
    let mut decoded = Vec::with_capacity(steps.len());
    let mut maps: Vec<Vec<Array2<f16>>> = vec![Vec::new(); steps.len()];
    let mut neutrals = maps.clone();
    for (index, (times, pixels)) in steps.iter().zip(previews.chunks(3 * grid.patches())).enumerate() {
        let values = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let preview = Array3::from_shape_vec((3, grid.height, grid.width), values);
        decoded.push(PaintedStep {
            index,
            timestep: times.timestep,
            preview: preview.map_err(|error| error.to_string())?,
            maps: KeptMaps::of_halves(Vec::new()),
            neutral: None,
            scores: StepScores::default(),
            steer: Arc::new(recipe.steer_at(index)),
            checkpoint: None,
            elapsed: times.elapsed,
        });
    }
    for layer in layers {
        let mut read = |kind, maps: &mut [Vec<Array2<f16>>]| {
            let layers = read_layer(&mut archive, kind, layer, steps.len(), *tokens)?;
            maps.iter_mut().zip(layers.outer_iter()).for_each(|(step, map)| step.push(map.to_owned()));
            Ok::<_, String>(())
        };
        read(MAP, &mut maps)?;
        if description.has_neutral() {
            read(NEUTRAL, &mut neutrals)?;
        }
        if description.entities() > 0 {
            let scores = read_layer(&mut archive, SCORE, layer, steps.len(), description.entities())?;
            for ((step, times), score) in decoded.iter_mut().zip(steps).zip(scores.outer_iter()) {
                if times.entities > 0 {
                    step.scores.0.push(score.slice(s![.., ..times.entities]).mapv(f16::to_f32));
                }
            }
        }
    }
    for (((step, times), maps), neutral) in decoded.iter_mut().zip(steps).zip(maps).zip(neutrals) {
        step.maps = KeptMaps::of_halves(maps);
        step.neutral = times.neutral.then(|| KeptMaps::of_halves(neutral));
    }
    if description.latents {
        let mut read = |name, count| {
            let shape = [count, 4, grid.height, grid.width];
            let values = read_array::<f32>(&mut archive, name, &shape)?;
            Array4::from_shape_vec(shape, values).map_err(|error| error.to_string())
        };
        let (latents, denoised) = (read(LATENTS, steps.len())?, read(DENOISED, steps.len())?);
        let remembered = if description.memory() > 0 {
            read(MEMORY, description.memory())?
        } else {
            Array4::default((0, 0, 0, 0))
        };
        let mut remembered = remembered.axis_chunks_iter(Axis(0), 1).map(|array| array.to_owned());
        let early = if description.looks() > 0 {
            let [tokens, height, width] = description.early_maps;
            let shape = [description.looks(), tokens, height, width];
            let values = read_array::<f32>(&mut archive, EARLY, &shape)?;
            Array4::from_shape_vec(shape, values).map_err(|error| error.to_string())?
        } else {
            Array4::default((0, 0, 0, 0))
        };
        let mut early = early.outer_iter().map(|maps| Arc::new(maps.to_owned()));
        let mut early_maps = None;
        let states = latents.axis_chunks_iter(Axis(0), 1).zip(denoised.axis_chunks_iter(Axis(0), 1));
        for ((step, times), (latents, denoised)) in decoded.iter_mut().zip(steps).zip(states) {
            if times.looked {
                early_maps = early.next();
            }
            step.checkpoint = Some(Arc::new(Checkpoint {
                step: step.index + 1,
                tokens: *tokens,
                latents: latents.to_owned(),
                denoised: denoised.to_owned(),
                memory: remembered.by_ref().take(times.memory).collect(),
                early_maps: early_maps.clone(),
            }));
        }
    }
    Ok(decoded)
}

/// What a step has that has nothing: zeros are written in its place.
fn nothing<'a>() -> CowArray<'a, f32, Ix2> {
    Array2::zeros((0, 0)).into()
}

/// Writes the averaged layers of every step, each with `columns` columns. `read` gives a step's values in a layer of the
/// model, or an empty array; one is held at a time.
fn write_layers<'a>(
    archive: &mut NpzWriter<impl Write + Seek>,
    kind: &str,
    reduced: &ByResolution,
    columns: usize,
    steps: usize,
    read: impl Fn(usize, usize) -> Result<CowArray<'a, f32, Ix2>>,
) -> io::Result<()> {
    for (index, Layer { name, grid, .. }) in reduced.layers().iter().enumerate() {
        let halves = |step| {
            let mean = reduced.mean(index, |layer| read(step, layer))?;
            let mut wide = Array2::zeros((grid.patches(), columns));
            wide.slice_mut(s![..mean.nrows(), ..mean.ncols()]).assign(&mean);
            Ok(wide.mapv(f16::from_f32))
        };
        let shape = [steps, grid.patches(), columns];
        write_parts(archive, &format!("{kind}/{name}"), &shape, (0..steps).map(halves))?;
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
) -> Result<Array3<f16>, String> {
    let shape = [steps, layer.grid.patches(), columns];
    let values = read_array::<f16>(archive, &format!("{kind}/{}", layer.name), &shape)?;
    Array3::from_shape_vec(shape, values).map_err(|error| error.to_string())
}
