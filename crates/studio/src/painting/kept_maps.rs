//! A step's maps as a painting keeps them: in half precision, in memory or in a temporary file. All layers of SDXL at
//! 1024 px are 31 MB a step in single precision, so a long run would fill the memory (method.md 5).

use std::{env, fs::File, io, path::Path, sync::Arc};

use bytemuck::{cast_slice, cast_slice_mut};
use half::{f16, slice::HalfFloatSliceExt};
use ndarray::Array2;

use tauscope_core::{
    attention::StepMaps,
    error::{Error, Result},
};

/// Maps of one step, [patches, tokens] a layer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KeptMaps {
    shapes: Arc<[(usize, usize)]>,
    storage: Storage,
}

#[derive(Clone, Debug)]
enum Storage {
    Memory(Arc<[f16]>),
    File { file: Arc<File>, offset: u64 },
}

impl KeptMaps {
    /// The maps in single precision.
    ///
    /// # Errors
    /// [`Error::Internal`] if the temporary file cannot be read back.
    pub fn read(&self) -> Result<StepMaps> {
        let values: Arc<[f16]> = match &self.storage {
            Storage::Memory(values) => Arc::clone(values),
            Storage::File { file, offset } => {
                let mut values = vec![f16::ZERO; self.values()];
                at_offset::read(file, cast_slice_mut(&mut values), *offset).map_err(|error| {
                    Error::Internal(format!("maps of an earlier step cannot be read back ({error})."))
                })?;
                values.into()
            }
        };
        let mut rest = &values[..];
        let layers = self.shapes.iter().map(|&(patches, tokens)| {
            let (layer, after) = rest.split_at(patches * tokens);
            rest = after;
            let mut wide = vec![0.0; layer.len()];
            layer.convert_to_f32_slice(&mut wide);
            Array2::from_shape_vec((patches, tokens), wide)
        });
        let layers = layers.collect::<Result<_, _>>();
        layers.map(StepMaps).map_err(|error| Error::Internal(error.to_string()))
    }

    /// What they take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        match &self.storage {
            Storage::Memory(values) => size_of_val(&values[..]),
            Storage::File { .. } => 0,
        }
    }

    /// L, the number of tokens in each map; 0 without layers.
    pub(crate) fn tokens(&self) -> usize {
        self.shapes.first().map_or(0, |(_, tokens)| *tokens)
    }

    fn values(&self) -> usize {
        self.shapes.iter().map(|(patches, tokens)| patches * tokens).sum()
    }
}

impl From<&StepMaps> for KeptMaps {
    fn from(maps: &StepMaps) -> Self {
        let mut values = vec![f16::ZERO; maps.0.iter().map(Array2::len).sum()];
        let mut rest = &mut values[..];
        for map in &maps.0 {
            let (halves, after) = rest.split_at_mut(map.len());
            match map.as_slice() {
                Some(map) => halves.convert_from_f32_slice(map),
                None => halves.iter_mut().zip(map).for_each(|(half, &value)| *half = f16::from_f32(value)),
            }
            rest = after;
        }
        let shapes = maps.0.iter().map(Array2::dim).collect();
        Self { shapes, storage: Storage::Memory(values.into()) }
    }
}

/// Maps are equal if their values are, wherever they are stored.
impl PartialEq for KeptMaps {
    fn eq(&self, other: &Self) -> bool {
        matches!((self.read(), other.read()), (Ok(a), Ok(b)) if a == b)
    }
}

/// Reads and writes at an offset, so that readers never wait for a writer.
mod at_offset {
    use std::{fs::File, io};

    #[cfg(unix)]
    use std::os::unix::fs::FileExt;
    #[cfg(windows)]
    use std::os::windows::fs::FileExt;

    pub(crate) fn read(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        #[cfg(unix)]
        return file.read_exact_at(bytes, offset);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < bytes.len() {
                match file.seek_read(&mut bytes[done..], offset + done as u64)? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    count => done += count,
                }
            }
            Ok(())
        }
    }

    pub(crate) fn write(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        #[cfg(unix)]
        return file.write_all_at(bytes, offset);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < bytes.len() {
                done += file.seek_write(&bytes[done..], offset + done as u64)?;
            }
            Ok(())
        }
    }
}

/// Holds the maps of a run that exceed its memory, in a file without a name. The file goes with its last reader, or
/// with the program however that ends.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    file: Option<Arc<File>>,
    /// Where the next maps go.
    end: u64,
}

impl Spill {
    /// Moves maps out of memory. If the disk is full they stay there.
    pub(crate) fn take<'a>(&mut self, maps: impl IntoIterator<Item = &'a mut KeptMaps>) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(on_disk()?))),
        };
        for maps in maps {
            if let Storage::Memory(values) = &maps.storage {
                // The next write overwrites what a failed one leaves.
                at_offset::write(&file, cast_slice(values), self.end)?;
                let offset = self.end;
                self.end += size_of_val(&values[..]) as u64;
                maps.storage = Storage::File { file: Arc::clone(&file), offset };
            }
        }
        Ok(())
    }
}

/// A file without a name. The usual temporary folder is in memory on many systems, so it is avoided.
fn on_disk() -> io::Result<File> {
    let disk = Path::new("/var/tmp");
    let folder = if cfg!(unix) && disk.is_dir() { disk.to_owned() } else { env::temp_dir() };
    tempfile::tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(seed: usize) -> StepMaps {
        let map = |patches: usize| {
            Array2::from_shape_fn((patches, 5), |(n, l)| ((n * 7 + l * 3 + seed) % 101) as f32 / 101.0)
        };
        StepMaps(vec![map(24), map(6).reversed_axes().as_standard_layout().to_owned().reversed_axes()])
    }

    #[test]
    fn maps_come_back_from_memory_and_from_disk() {
        let mut spill = Spill::default();
        let mut kept: Vec<_> = (0..4).map(|seed| KeptMaps::from(&maps(seed))).collect();
        assert_eq!((kept[0].tokens(), kept[0].bytes()), (5, 30 * 5 * 2));
        spill.take(&mut kept[1..3]).unwrap();
        // What is on disk already stays where it is.
        spill.take(&mut kept[..2]).unwrap();
        assert_eq!(kept.iter().map(KeptMaps::bytes).collect::<Vec<_>>(), [0, 0, 0, 300]);
        drop(spill);
        for (seed, kept) in kept.iter().enumerate() {
            let (back, wanted) = (kept.read().unwrap(), maps(seed));
            for (back, wanted) in back.0.iter().zip(&wanted.0) {
                assert_eq!(back.dim(), wanted.dim());
                // Half precision keeps 11 bits.
                assert!((back - wanted).iter().all(|difference| difference.abs() < 3e-4), "{seed}");
            }
            assert_eq!(*kept, KeptMaps::from(&wanted));
        }
        assert_ne!(kept[0], kept[1]);
    }
}
