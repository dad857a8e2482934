//! One array of `maps.npz`, written deflated; reading verifies its checksum.

use std::io::{self, Cursor, Seek, Write};

use npyz::{AutoSerialize, Deserialize};

use crate::export::{Compression, NpzArchive, NpzWriter};

/// Writes an array, its values in row-major order.
pub(super) fn write_array<T: AutoSerialize>(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    shape: &[usize],
    values: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    archive.write(name, Compression::Deflated, shape, values)
}

/// The same with its values in parts, made one after the other.
pub(super) fn write_parts<T: AutoSerialize, P: IntoIterator<Item = T>>(
    archive: &mut NpzWriter<impl Write + Seek>,
    name: &str,
    shape: &[usize],
    parts: impl IntoIterator<Item = io::Result<P>>,
) -> io::Result<()> {
    archive.write_parts(name, Compression::Deflated, shape, parts)
}

/// The values of an array of this shape in row-major order; if it is broken, what is wrong, as a clause.
pub(super) fn read_array<T: Deserialize>(
    archive: &mut NpzArchive<Cursor<&[u8]>>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<T>, String> {
    let broken = |error: io::Error| format!("{name} in maps.npz is broken ({error})");
    let values = shape.iter().try_fold(1, |product: u64, &length| product.checked_mul(length as u64));
    let most_bytes = values.and_then(|values| values.checked_mul(size_of::<T>() as u64)).unwrap_or(u64::MAX);
    let array = archive.by_name(name, most_bytes).map_err(broken)?;
    let array = array.ok_or_else(|| format!("{name} is not in maps.npz"))?;
    let is_expected = array.shape().iter().copied().eq(shape.iter().map(|&length| length as u64));
    if array.order() != npyz::Order::C || !is_expected {
        return Err(format!("{name} in maps.npz has the shape {:?} instead of {shape:?}", array.shape()));
    }
    array.into_vec().map_err(broken)
}
