//! `--latents`: noise from another program.

use std::{fs, io::BufReader, path::Path};

use ndarray::Array4;
use npyz::NpyFile;

use tauscope_core::error::{Error, Result};

/// Reads a .npy file of [1, 4, h, w] f32.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Input`] if it holds something else.
pub(super) fn read(path: &Path) -> Result<Array4<f32>> {
    let refused = |problem: String| {
        Error::input(
            format!("{} cannot be used as initial latents: {problem}.", path.display()),
            "Give a .npy file of 32-bit floats [1, 4, height/8, width/8], unit normal.",
        )
    };
    let file = fs::File::open(path).map_err(Error::reading(path))?;
    let array = NpyFile::new(BufReader::new(file)).map_err(|error| refused(error.to_string()))?;
    let shape: Vec<usize> = array.shape().iter().map(|&length| length as usize).collect();
    let [1, 4, height, width] = shape[..] else { return Err(refused(format!("its shape is {shape:?}"))) };
    if array.order() != npyz::Order::C {
        return Err(refused("it is stored in Fortran order".into()));
    }
    let values: Vec<f32> = array
        .try_data::<f32>()
        .map_err(|array| refused(format!("its values are {}", array.dtype().descr())))?
        .collect::<Result<_, _>>()
        .map_err(Error::reading(path))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(refused("it holds values that are not finite".into()));
    }
    Array4::from_shape_vec((1, 4, height, width), values).map_err(|error| refused(error.to_string()))
}
