//! `--latents`: noise from another program.

use std::{fs, io::BufReader, path::Path};

use ndarray::Array4;

use tauscope_core::{
    diffusion::{MAX_SIDE, VAE_FACTOR},
    error::{Error, Result},
};
use tauscope_studio::export::open_npy;

/// The largest side, in latents.
const MOST: u64 = (MAX_SIDE / VAE_FACTOR) as u64;

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
    let array = open_npy(BufReader::new(file)).map_err(|error| refused(error.to_string()))?;
    let (height, width) = match *array.shape() {
        [1, 4, height @ 1..=MOST, width @ 1..=MOST] => (height as usize, width as usize),
        _ => return Err(refused(format!("its shape is {:?}", array.shape()))),
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_initial_latents_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latents.npy");
        let check = |descr: &str, is_fortran: &str, shape: &str, values: usize, expected: &str| {
            let header =
                format!("{{'descr': '{descr}', 'fortran_order': {is_fortran}, 'shape': {shape}, }}\n");
            let length = (header.len() as u16).to_le_bytes();
            let bytes = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &vec![0; values * 4]].concat();
            fs::write(&path, bytes).unwrap();
            let message =
                read(&path).map_or_else(|error| error.to_string(), |latents| format!("{:?}", latents.dim()));
            assert!(message.contains(expected), "{message}");
        };
        check("<f4", "False", "(1, 4, 2, 3)", 24, "(1, 4, 2, 3)");
        check("<f4", "False", "(1, 4, 2, 3)", 23, "fill whole buffer");
        check("<f4", "False", "(1, 4, 0, 3)", 0, "its shape is [1, 4, 0, 3]");
        check("<f4", "False", "(1, 4, 1000000, 1000000)", 24, "its shape is [1, 4, 1000000, 1000000]");
        check("<f4", "False", "(1, 4, 9223372036854775807, 2)", 24, "not that of an array of numbers");
        check("<f4", "True", "(1, 4, 2, 3)", 24, "Fortran order");
        check("<f8", "False", "(1, 4, 2, 3)", 48, "'<f8'");
        check("|O", "False", "(1, 4, 2, 3)", 24, "'|O'");
    }
}
