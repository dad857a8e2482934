//! A sample that is drawn by chance, the same each time.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde::Deserialize;

/// How many are drawn, and with which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How many.
    pub prompts: usize,
    /// Another seed draws others.
    #[serde(default)]
    pub seed: u64,
}

impl Sample {
    /// Draws from `all`, keeping their order; all of them if there are no more.
    pub fn draw<T>(self, all: Vec<T>) -> Vec<T> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let (mut wanted, mut left) = (self.prompts.min(all.len()) as u64, all.len() as u64);
        // Each is taken with the chance that all the wanted ones are among those left.
        let mut takes = |_: &T| {
            let at = (u128::from(random.next_u64()) * u128::from(left)) >> 64;
            let is_taken = at < u128::from(wanted);
            left -= 1;
            wanted -= u64::from(is_taken);
            is_taken
        };
        let mut all = all;
        all.retain(&mut takes);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_of_its_size_in_order_and_the_same_again() {
        fn check(prompts: usize, of: usize, expected: usize) {
            let draw = |seed| Sample { prompts, seed }.draw((0..of).collect());
            let drawn = draw(1);
            assert_eq!(drawn.len(), expected);
            assert!(drawn.is_sorted());
            assert_eq!(drawn, draw(1));
            assert!(expected == of || drawn != draw(2));
        }
        check(0, 0, 0);
        check(3, 2, 2);
        check(10, 100, 10);
        check(99, 1000, 99);
    }

    /// 4000 draws of 2 of 5: each is expected 1600 times, with a standard deviation of 31.
    #[test]
    fn each_is_drawn_as_often() {
        let mut counts = [0; 5];
        for seed in 0..4000 {
            for drawn in (Sample { prompts: 2, seed }).draw((0..5).collect::<Vec<usize>>()) {
                counts[drawn] += 1;
            }
        }
        assert!(counts.iter().all(|&count: &i32| (count - 1600).abs() < 150), "{counts:?}");
    }
}
