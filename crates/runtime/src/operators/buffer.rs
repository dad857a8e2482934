//! Working memory that outlives a call.

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// A block of f32 that begins at a cache line and grows when asked for more: a vector load that straddles two
/// lines costs twice.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    memory: Vec<f32>,
}

impl Buffer {
    /// `len` numbers with arbitrary values.
    pub(super) fn take(&mut self, len: usize) -> &mut [f32] {
        let spare = LINE / size_of::<f32>();
        if self.memory.len() < len + spare {
            self.memory = vec![0.0; len + spare];
        }
        let start = self.memory.as_ptr().align_offset(LINE).min(spare);
        &mut self.memory[start..start + len]
    }
}
