//! NPZ: a ZIP archive with one NumPy array a file, as `numpy.savez` writes it and `numpy.load` reads it. Which arrays an
//! archive holds is up to those who write it.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, Write},
    path::Path,
};

use super::{
    npy::{LONGEST_HEADER, open_npy},
    until_error::UntilError,
};
use npyz::{
    AutoSerialize, NpyFile, WriteOptions, WriterBuilder,
    npz::{array_name_from_file_name, file_name_from_array_name},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Whether an array is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As numpy's `savez` does.
    Stored,
    /// As numpy's `savez_compressed` does.
    Deflated,
}

/// An archive that is being written.
pub struct NpzWriter<W: Write + Seek>(ZipWriter<UntilError<W>>);

impl<W: Write + Seek> NpzWriter<W> {
    /// An empty archive.
    pub fn new(writer: W) -> Self {
        Self(ZipWriter::new(UntilError::new(writer)))
    }

    /// Adds an array of `shape`, its values in row-major order.
    ///
    /// # Errors
    /// What `writer` says; a second array of the name; another number of values than `shape` has.
    pub fn write<T: AutoSerialize>(
        &mut self,
        name: &str,
        compression: Compression,
        shape: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        self.write_parts(name, compression, shape, [Ok(values)])
    }

    /// The same with its values in parts, made one after the other, so that the whole is never in memory.
    ///
    /// # Errors
    /// As [`Self::write`], and the error of a part that cannot be made.
    pub fn write_parts<T: AutoSerialize, P: IntoIterator<Item = T>>(
        &mut self,
        name: &str,
        compression: Compression,
        shape: &[usize],
        parts: impl IntoIterator<Item = io::Result<P>>,
    ) -> io::Result<()> {
        let method = match compression {
            Compression::Stored => CompressionMethod::Stored,
            Compression::Deflated => CompressionMethod::Deflated,
        };
        // How large it gets is known only when it is written.
        let options = SimpleFileOptions::default().compression_method(method).large_file(true);
        self.0.start_file(file_name_from_array_name(name), options)?;
        let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
        let mut array =
            WriteOptions::<T>::new().default_dtype().shape(&shape).writer(&mut self.0).begin_nd()?;
        for part in parts {
            array.extend(part?)?;
        }
        array.finish()
    }

    /// Writes the directory, without which it is no archive.
    ///
    /// # Errors
    /// What `writer` says, or if it failed before.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()?.finish()
    }
}

/// An archive that is read.
pub struct NpzArchive<R>(ZipArchive<R>);

impl NpzArchive<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read or is no archive.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(BufReader::new(File::open(path)?))
    }
}

impl<R: Read + Seek> NpzArchive<R> {
    /// Reads the directory.
    ///
    /// # Errors
    /// If it cannot be read or is no archive.
    pub fn new(reader: R) -> io::Result<Self> {
        Ok(Self(ZipArchive::new(reader)?))
    }

    /// The arrays' names.
    pub fn array_names(&self) -> impl Iterator<Item = &str> {
        let names = self.0.file_names_raw().filter_map(|name| str::from_utf8(name).ok());
        names.filter_map(array_name_from_file_name)
    }

    /// An array, its bytes checked; `None` if there is none of this name. A small archive can hold any amount of zeros,
    /// so no more than `most_bytes` of values are unpacked.
    ///
    /// # Errors
    /// If it cannot be read, is larger, its checksum differs, or it is no array.
    pub fn by_name(&mut self, name: &str, most_bytes: u64) -> io::Result<Option<NpyFile<Cursor<Vec<u8>>>>> {
        let mut bytes = Vec::new();
        let most_bytes = most_bytes.saturating_add(LONGEST_HEADER as u64);
        match self.0.by_name(&file_name_from_array_name(name)) {
            // To its end, where the checksum is compared.
            Ok(file) => file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if bytes.len() as u64 > most_bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than its shape"));
        }
        open_npy(Cursor::new(bytes)).map(Some)
    }
}
