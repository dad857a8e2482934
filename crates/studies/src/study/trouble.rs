//! Damaged files for the tests of everything that reads them.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// `count` copies of `sound` with up to 8 places changed, cut out or repeated, the same each time.
pub(super) fn damaged(sound: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut below = move |limit: usize| random.next_u32() as usize % limit.max(1);
    (0..count).map(move |_| {
        let mut bytes = sound.to_vec();
        for _ in 0..=below(8) {
            let at = below(bytes.len());
            let end = (at + below(20)).min(bytes.len());
            match below(4) {
                0 => bytes[at..end].fill(b"{}[]\",:=\n\0\xff9"[below(12)]),
                1 => drop(bytes.drain(at..end)),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.extend_from_within(at..end),
            }
        }
        bytes
    })
}
