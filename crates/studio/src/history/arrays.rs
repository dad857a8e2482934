//! One array of `maps.npz`, written deflated and read with its checksum.

use std::io::{self, Cursor, Read, Seek, Write};

use npyz::{
    AutoSerialize, Deserialize, NpyFile, WriterBuilder,
    npz::{NpzArchive, NpzWriter, file_name_from_array_name},
    zip::{CompressionMethod, result::ZipError, write::FileOptions},
};

/// Writes an array, its values in row-major order.
pub(super) fn write_array<T: AutoSerialize>(
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

/// The values of an array in row-major order, if it has this shape; what is wrong otherwise, as a clause.
pub(super) fn read_array<T: Deserialize>(
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
