//! A Gaussian in a file: the `.npz` with `mu` and `sigma` that pytorch-fid and clean-fid write.

use std::{
    io::{self, Read},
    path::Path,
};

use ndarray::{Array1, Array2};
use npyz::{DType, NpyFile, TypeChar};

use super::Gaussian;
use tauscope_core::{
    error::{Error, Result},
    write_file,
};
use tauscope_studio::export::{Compression, NpzArchive, NpzWriter};

/// Of the covariance, in bytes: 16 times that of Inception's 2048 features.
const LARGEST: u64 = 16 * 2048 * 2048 * 8;

impl Gaussian {
    /// Reads reference statistics.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Input`] if it holds no reference statistics.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |problem: &str| {
            Error::input(
                format!("{} holds no reference statistics: {problem}.", path.display()),
                "Take an .npz with `mu` and `sigma`, as pytorch-fid and clean-fid write it.",
            )
        };
        let mut archive = NpzArchive::open(path).map_err(Error::reading(path))?;
        let mut array = |name: &str| {
            let array = archive.by_name(name, LARGEST).map_err(Error::reading(path))?;
            let array = array.ok_or_else(|| wrong(&format!("there is no array `{name}`")))?;
            let shape: Vec<usize> = array.shape().iter().map(|&length| length as usize).collect();
            let values = values_of(array).map_err(Error::reading(path))?;
            let values = values.ok_or_else(|| wrong(&format!("`{name}` holds no real numbers")))?;
            Ok::<_, Error>((shape, values))
        };
        let (_, mean) = array("mu")?;
        let (shape, covariance) = array("sigma")?;
        if shape != [mean.len(); 2] {
            return Err(wrong(&format!("`sigma` is {shape:?} for {} features", mean.len())));
        }
        // A covariance is symmetric, so the order of its values in the file does not matter.
        let covariance = Array2::from_shape_vec([mean.len(); 2], covariance)
            .map_err(|error| wrong(&format!("`sigma` is cut off ({error})")))?;
        Ok(Self { mean: Array1::from(mean), covariance })
    }

    /// Writes reference statistics.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be written; it is whole or not there.
    pub fn write(&self, path: &Path) -> Result<()> {
        let features = self.mean.len();
        write_file(path, |file| {
            let mut archive = NpzWriter::new(file);
            archive.write("mu", Compression::Stored, &[features], self.mean.iter().copied())?;
            let shape = [features, features];
            archive.write("sigma", Compression::Stored, &shape, self.covariance.iter().copied())?;
            archive.finish()
        })
    }
}

/// Its values as f64; `None` if they are of another kind than f32 or f64.
fn values_of(array: NpyFile<impl Read>) -> io::Result<Option<Vec<f64>>> {
    let DType::Plain(kind) = array.dtype() else { return Ok(None) };
    match (kind.type_char(), kind.num_bytes()) {
        (TypeChar::Float, Some(8)) => array.into_vec().map(Some),
        (TypeChar::Float, Some(4)) => Ok(Some(array.into_vec::<f32>()?.into_iter().map(f64::from).collect())),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn statistics_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statistics.npz");
        let gaussian = Gaussian { mean: array![1.5, -2.0], covariance: array![[1.0, 0.25], [0.25, 3.0]] };
        gaussian.write(&path).unwrap();
        assert_eq!(Gaussian::read(&path).unwrap(), gaussian);
    }

    #[test]
    fn a_file_of_something_else_is_refused_in_words() {
        fn check(arrays: &[(&str, &[usize])], expected: &str) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("statistics.npz");
            write_file(&path, |file| {
                let mut archive = NpzWriter::new(file);
                for (name, shape) in arrays {
                    let values = vec![0.0_f64; shape.iter().product()];
                    archive.write(name, Compression::Stored, shape, values)?;
                }
                archive.finish()
            })
            .unwrap();
            let error = Gaussian::read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        check(&[], "there is no array `mu`");
        check(&[("mu", &[2])], "there is no array `sigma`");
        check(&[("mu", &[2]), ("sigma", &[2, 3])], "`sigma` is [2, 3] for 2 features");
    }
}
