//! Seeded random indices, the same on every platform.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Draws indices.
pub(super) struct Indices(ChaCha8Rng);

impl Indices {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// One of `0..count`, all equally likely but for less than `count` in 2^32.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.next_u32()) * count as u64) >> 32) as usize
    }

    /// `size` different ones of `0..count`, in random order: the start of a Fisher-Yates shuffle.
    pub(super) fn subset(&mut self, count: usize, size: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..count).collect();
        for at in 0..size.min(count) {
            let other = at + self.below(count - at);
            all.swap(at, other);
        }
        all.truncate(size);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_even_and_repeat_with_the_seed() {
        let mut indices = Indices::new(7);
        let mut counts = [0_u32; 5];
        for _ in 0..50_000 {
            counts[indices.below(5)] += 1;
        }
        // Five standard deviations.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 450), "{counts:?}");
        assert_eq!(Indices::new(3).subset(100, 10), Indices::new(3).subset(100, 10));
        assert_ne!(Indices::new(3).subset(100, 10), Indices::new(4).subset(100, 10));
    }

    #[test]
    fn a_subset_takes_nothing_twice() {
        let mut subset = Indices::new(1).subset(20, 20);
        subset.sort_unstable();
        assert_eq!(subset, (0..20).collect::<Vec<_>>());
    }
}
