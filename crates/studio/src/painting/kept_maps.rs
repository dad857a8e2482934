//! A step's maps as they are kept: in half or single precision, in memory or in a temporary file. All layers of SDXL at
//! 1024 px are 31 MB a step in single precision for each 77 tokens, so a long run or prompt would fill the memory
//! (method.md 5).

use std::{io, sync::Arc};

use bytemuck::{cast_slice, cast_slice_mut};
use half::{f16, slice::HalfFloatSliceExt};
use ndarray::{Array2, ArrayView2};

use super::spill::TemporaryFile;
use tauscope_core::{
    attention::StepMaps,
    error::{Error, Result},
};

/// Memory for the maps of a run, in bytes. Beyond it they go to a temporary file.
pub const RUN_BYTES: usize = 512 << 20;

/// Maps of one step, [patches, tokens] a layer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KeptMaps {
    shapes: Arc<[(usize, usize)]>,
    precision: Precision,
    storage: Storage,
}

/// How exactly maps are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 11 bits, which is more than an eye can tell.
    Half,
    /// As the UNet gave them.
    Single,
}

impl Precision {
    fn value_bytes(self) -> usize {
        match self {
            Self::Half => size_of::<f16>(),
            Self::Single => size_of::<f32>(),
        }
    }
}

#[derive(Clone, Debug)]
enum Storage {
    /// A layer each.
    Memory(Arc<[Values]>),
    /// One layer after the other.
    File { file: Arc<TemporaryFile>, offset: u64 },
    /// There was room for them neither in memory nor on the disk.
    Nowhere,
}

/// A layer's values in row-major order.
#[derive(Clone, Debug)]
enum Values {
    Half(Box<[f16]>),
    Single(Box<[f32]>),
}

impl Values {
    fn of(map: ArrayView2<'_, f32>, precision: Precision) -> Self {
        match (precision, map.as_slice()) {
            (Precision::Half, Some(slice)) => {
                let mut halves = vec![f16::ZERO; slice.len()];
                halves.convert_from_f32_slice(slice);
                Self::Half(halves.into())
            }
            (Precision::Half, None) => Self::Half(map.iter().map(|&value| f16::from_f32(value)).collect()),
            (Precision::Single, _) => Self::Single(map.iter().copied().collect()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Half(values) => cast_slice(values),
            Self::Single(values) => cast_slice(values),
        }
    }

    fn widened(&self) -> Vec<f32> {
        match self {
            Self::Half(values) => widened(values),
            Self::Single(values) => values.to_vec(),
        }
    }
}

impl KeptMaps {
    /// Keeps maps in memory. Each layer is let go as it is taken in, so that a step is never there twice.
    pub(crate) fn new(maps: StepMaps, precision: Precision) -> Self {
        let shapes = maps.0.iter().map(Array2::dim).collect();
        let values = maps.0.into_iter().map(|map| Values::of(map.view(), precision)).collect();
        Self { shapes, precision, storage: Storage::Memory(values) }
    }

    /// The maps in single precision, all layers.
    ///
    /// # Errors
    /// As [`Self::layer`].
    pub fn read(&self) -> Result<StepMaps> {
        (0..self.shapes.len()).map(|layer| self.layer(layer)).collect::<Result<_>>().map(StepMaps)
    }

    /// The map of a layer in single precision, [patches, tokens].
    ///
    /// # Errors
    /// [`Error::Input`] if they were let go or the temporary file cannot be read back, [`Error::Internal`] if there is no such layer.
    pub fn layer(&self, layer: usize) -> Result<Array2<f32>> {
        let shape = self.shapes.get(layer).copied();
        let shape = shape.ok_or_else(|| Error::Internal(format!("a step has no maps of layer {layer}.")))?;
        let values = match &self.storage {
            Storage::Nowhere => {
                return Err(Error::input(
                    "The maps of a step were let go: neither memory nor the disk had room for them.",
                    "Free some space for temporary files, then paint the picture again.",
                ));
            }
            Storage::Memory(layers) => layers[layer].widened(),
            Storage::File { file, offset } => {
                let before = self.shapes[..layer].iter().map(|(patches, tokens)| patches * tokens);
                let before = (before.sum::<usize>() * self.precision.value_bytes()) as u64;
                self.read_back(file, offset + before, shape.0 * shape.1).map_err(|error| {
                    Error::input(
                        format!(
                            "Maps of an earlier step cannot be read back from a temporary file ({error})."
                        ),
                        "Paint the picture again.",
                    )
                })?
            }
        };
        Array2::from_shape_vec(shape, values).map_err(|error| Error::Internal(format!("{error}.")))
    }

    fn read_back(&self, file: &TemporaryFile, offset: u64, count: usize) -> io::Result<Vec<f32>> {
        match self.precision {
            Precision::Half => {
                let mut halves = vec![f16::ZERO; count];
                file.read(cast_slice_mut(&mut halves), offset)?;
                Ok(widened(&halves))
            }
            Precision::Single => {
                let mut values = vec![0.0; count];
                file.read(cast_slice_mut(&mut values), offset)?;
                Ok(values)
            }
        }
    }

    /// What they take in memory, in bytes; none once they are in a file.
    pub fn bytes(&self) -> usize {
        match &self.storage {
            Storage::Memory(layers) => layers.iter().map(|values| values.bytes().len()).sum(),
            Storage::File { .. } | Storage::Nowhere => 0,
        }
    }

    /// Whether reading them reads a file.
    pub fn are_on_disk(&self) -> bool {
        matches!(self.storage, Storage::File { .. })
    }

    /// Whether there was no room for them.
    pub(crate) fn are_gone(&self) -> bool {
        matches!(self.storage, Storage::Nowhere)
    }

    /// Lets them go. Their shapes stay.
    pub(super) fn let_go(&mut self) {
        self.storage = Storage::Nowhere;
    }

    /// L, the number of tokens in each map; 0 without layers.
    pub(crate) fn tokens(&self) -> usize {
        self.shapes.first().map_or(0, |(_, tokens)| *tokens)
    }

    /// Keeps layers that are in half precision already.
    pub(crate) fn of_halves(layers: Vec<Array2<f16>>) -> Self {
        let shapes = layers.iter().map(Array2::dim).collect();
        let values = layers.into_iter().map(|layer| Values::Half(layer.into_iter().collect())).collect();
        Self { shapes, precision: Precision::Half, storage: Storage::Memory(values) }
    }

    /// Moves them from memory to `file` at `offset`; gives the bytes that were written.
    ///
    /// # Errors
    /// If the file cannot be written; they stay in memory then.
    pub(super) fn move_to(&mut self, file: &Arc<TemporaryFile>, offset: u64) -> io::Result<u64> {
        let Storage::Memory(layers) = &self.storage else { return Ok(0) };
        let mut written = 0;
        for layer in layers.iter() {
            file.write(layer.bytes(), offset + written)?;
            written += layer.bytes().len() as u64;
        }
        self.storage = Storage::File { file: Arc::clone(file), offset };
        Ok(written)
    }
}

fn widened(halves: &[f16]) -> Vec<f32> {
    let mut wide = vec![0.0; halves.len()];
    halves.convert_to_f32_slice(&mut wide);
    wide
}

/// In half precision.
impl From<StepMaps> for KeptMaps {
    fn from(maps: StepMaps) -> Self {
        Self::new(maps, Precision::Half)
    }
}

/// Maps are equal if their values are, wherever they are stored.
impl PartialEq for KeptMaps {
    fn eq(&self, other: &Self) -> bool {
        matches!((self.read(), other.read()), (Ok(a), Ok(b)) if a == b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::painting::Spill;
    use tauscope_core::diffusion::Notice;

    fn maps(seed: usize) -> StepMaps {
        let map = |patches: usize| {
            Array2::from_shape_fn((patches, 5), |(n, l)| ((n * 7 + l * 3 + seed) % 101) as f32 / 101.0)
        };
        StepMaps(vec![map(24), map(6).reversed_axes().as_standard_layout().to_owned().reversed_axes()])
    }

    #[test]
    fn maps_come_back_from_memory_and_from_disk() {
        /// Half precision keeps 11 bits.
        fn check(precision: Precision, value_bytes: usize, tolerance: f32) {
            let mut spill = Spill::default();
            let mut kept: Vec<_> = (0..4).map(|seed| KeptMaps::new(maps(seed), precision)).collect();
            assert_eq!((kept[0].tokens(), kept[0].bytes()), (5, 30 * 5 * value_bytes));
            assert_eq!(spill.take(&mut kept[1..3]), None);
            // What is on disk already stays where it is.
            assert_eq!(spill.take(&mut kept[..2]), None);
            assert_eq!(kept.iter().map(KeptMaps::bytes).collect::<Vec<_>>(), [0, 0, 0, 150 * value_bytes]);
            assert_eq!(kept.iter().map(KeptMaps::are_on_disk).collect::<Vec<_>>(), [true, true, true, false]);
            drop(spill);
            for (seed, kept) in kept.iter().enumerate() {
                let (back, wanted) = (kept.read().unwrap(), maps(seed));
                for (back, wanted) in back.0.iter().zip(&wanted.0) {
                    assert_eq!(back.dim(), wanted.dim());
                    assert!((back - wanted).iter().all(|difference| difference.abs() <= tolerance), "{seed}");
                }
                assert_eq!(*kept, KeptMaps::new(wanted, precision));
            }
            assert_ne!(kept[0], kept[1]);
        }
        check(Precision::Half, 2, 3e-4);
        check(Precision::Single, 4, 0.0);
    }

    /// A folder that is gone, or a full disk.
    #[test]
    fn maps_that_cannot_be_moved_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::within(folder.path().join("missing"), || 0);
        let mut kept = KeptMaps::from(maps(1));
        assert!(matches!(spill.take([&mut kept]), Some(Notice::MapsInMemory { .. })));
        assert_eq!(spill.take([&mut kept]), None, "once is enough");
        assert_eq!((kept.are_on_disk(), &kept), (false, &KeptMaps::from(maps(1))));
        #[cfg(target_os = "linux")]
        {
            let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
            let full = Arc::new(TemporaryFile::of(full));
            assert!(kept.move_to(&full, 0).is_err());
            assert!(!kept.are_on_disk());
        }
    }
}
