//! Features of pictures: rows of numbers, each with the number of its picture, in a file that grows.
//!
//! The file is little-endian words of 32 bits: [`MAGIC`], the width of a row, then for each picture its number in the
//! study's order and its row. A row that was torn is cut off when the file is opened, and ignored when it is read.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use ndarray::Array2;

use super::{Shot, append::AppendFile, files};
use tauscope_core::error::{Error, Result};

/// What such a file begins with.
const MAGIC: [u8; 4] = *b"TSF1";
/// Bytes of a word.
const WORD: usize = 4;
/// Words before the rows.
const HEADER: usize = 2;

/// The features of an arm's pictures, for distances of sets (FID, KID).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmFeatures {
    /// Which pictures, in the study's order.
    pub shots: Vec<Shot>,
    /// A row for each, [pictures, width].
    pub rows: Array2<f32>,
}

/// The features that a judge gave to the pictures in a run's folder, by arm; also while it is written.
///
/// # Errors
/// [`Error::File`] and [`Error::Input`] if the folder cannot be read.
pub fn read_features(folder: &Path, judge: &str) -> Result<BTreeMap<String, ArmFeatures>> {
    let shots = files::read_manifest(folder)?.shots()?;
    let path = files::features_file(folder, judge);
    let found = Found::of(&path)?;
    let mut arms: BTreeMap<String, ArmFeatures> = BTreeMap::new();
    for number in shots.numbers() {
        let Some(row) = found.rows.get(&number) else { continue };
        let shot = shots.shot(number);
        let empty = || ArmFeatures { shots: Vec::new(), rows: Array2::zeros((0, found.width)) };
        let arm = arms.entry(shot.arm.clone()).or_insert_with(empty);
        arm.rows.push_row(ndarray::aview1(row)).map_err(|cause| broken(&path, &cause))?;
        arm.shots.push(shot);
    }
    Ok(arms)
}

/// A file of rows, to be added to.
#[derive(Debug)]
pub(super) struct Rows {
    file: AppendFile,
    /// How wide a row is; 0 as long as there is none.
    width: usize,
}

impl Rows {
    /// Opens the file or makes it, cuts off a torn row, and gives the numbers of the pictures that have one.
    ///
    /// # Errors
    /// [`Error::File`], and [`Error::Input`] if it is no such file.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<usize>)> {
        let found = Found::of(path)?;
        let file = AppendFile::open(path, found.length as u64)?;
        Ok((Self { file, width: found.width }, found.rows.into_keys().collect()))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Input`] if it is not as wide as the others, and as [`AppendFile::append`].
    pub(super) fn append(&mut self, number: usize, row: &[f32]) -> Result<()> {
        let mut bytes = Vec::with_capacity((HEADER + 1 + row.len()) * WORD);
        if self.file.length() == 0 {
            self.width = row.len();
            bytes.extend(MAGIC);
            bytes.extend(word(row.len())?);
        }
        if row.len() != self.width || row.is_empty() {
            return Err(Error::input(
                format!("A judge gave {} features of a picture, not {}.", row.len(), self.width),
                "Use a model that gives as many features of every picture.",
            ));
        }
        bytes.extend(word(number)?);
        bytes.extend(row.iter().flat_map(|value| value.to_le_bytes()));
        self.file.append(&bytes)
    }
}

/// The rows of a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    width: usize,
    /// By the numbers of their pictures.
    pub(super) rows: BTreeMap<usize, Vec<f32>>,
    /// Bytes up to the last whole row.
    length: usize,
}

impl Found {
    /// Reads a file; nothing if there is none.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub(super) fn of(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(cause) => return Err(Error::reading(path)(cause)),
        };
        // The header is written with the first row.
        if bytes.len() <= HEADER * WORD {
            return Ok(Self::default());
        }
        let (header, rows) = bytes.split_at(HEADER * WORD);
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_le_bytes) as usize;
        let width = number(&header[WORD..]);
        if header[..WORD] != MAGIC || width == 0 {
            return Err(broken(path, &"it begins as no such file does"));
        }
        let value = |bytes: &[u8]| bytes.try_into().map_or(0.0, f32::from_le_bytes);
        let rows = rows.chunks_exact((1 + width) * WORD);
        let torn = rows.remainder().len();
        let row = |row: &[u8]| (number(&row[..WORD]), row[WORD..].chunks_exact(WORD).map(value).collect());
        let rows: BTreeMap<_, _> = rows.map(row).collect();
        // Without a row the header is torn too.
        let length = if rows.is_empty() { 0 } else { bytes.len() - torn };
        Ok(Self { width, rows, length })
    }
}

fn word(number: usize) -> Result<[u8; WORD]> {
    let word = u32::try_from(number).map(u32::to_le_bytes);
    word.map_err(|cause| Error::Internal(format!("the number {number} is too large for a row ({cause}).")))
}

fn broken(path: &Path, why: &dyn fmt::Display) -> Error {
    Error::input(
        format!("{} holds no features ({why}).", path.display()),
        "Remove it: the features are made again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_row_is_as_if_it_had_never_been() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("judge.f32");
        let rows = [(3, [0.1, f32::MIN]), (1, [2.0, f32::NAN])];
        let append = |file: &mut Rows, (number, row): (usize, [f32; 2])| file.append(number, &row).unwrap();
        let (mut file, _) = Rows::open(&path).unwrap();
        rows.into_iter().for_each(|row| append(&mut file, row));
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), 32);
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut file, numbers) = Rows::open(&path).unwrap();
            let expected: &[usize] = if cut == 32 {
                &[1, 3]
            } else if cut >= 20 {
                &[3]
            } else {
                &[]
            };
            assert_eq!(numbers, expected, "{cut}");
            rows.into_iter().skip(expected.len()).for_each(|row| append(&mut file, row));
            assert_eq!(fs::read(&path).unwrap(), whole, "{cut}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("judge.f32");
        let (mut file, _) = Rows::open(&path).unwrap();
        assert!(file.append(0, &[]).is_err());
        file.append(0, &[1.0, 2.0]).unwrap();
        let message = file.append(1, &[1.0]).unwrap_err().to_string();
        assert!(message.contains("1 features of a picture, not 2"), "{message}");
        fs::write(&path, "something else entirely").unwrap();
        assert!(Rows::open(&path).unwrap_err().to_string().contains("holds no features"));
    }
}
