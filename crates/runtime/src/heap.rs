//! Giving freed memory back to the system.
//!
//! glibc keeps freed memory that lies below something still in use. With a large model that is gigabytes: prepacked
//! weights lie on its heap, since each is smaller than what it maps by itself.

#![cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "calls the C library; see SAFETY")
)]

/// Gives freed memory back when it is dropped: the last field of a struct that owns much memory.
#[derive(Debug)]
pub(super) struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        malloc_trim(0);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
// SAFETY: as in malloc.h. It takes no pointer, and any thread may call it at any time.
unsafe extern "C" {
    safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn freed_memory_goes_back() {
        // Larger than what other tests hold meanwhile, in pieces smaller than what glibc maps one by one.
        const PIECES: usize = 8 << 10;
        const PIECE_BYTES: usize = 64 << 10;
        let mut pieces: Vec<_> = (0..PIECES).map(|_| vec![1_u8; PIECE_BYTES]).collect();
        let held = Memory::now().resident_bytes;
        // The last piece stays, above all others.
        let last = pieces.pop();
        drop(pieces);
        drop(GiveBack);
        let left = Memory::now().resident_bytes;
        let freed = (PIECES * PIECE_BYTES) as u64;
        assert!(left + freed / 2 < held, "{held} bytes before, {left} after");
        drop(last);
    }
}
