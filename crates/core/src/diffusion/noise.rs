//! Seeded noise, the same on every platform.
//!
//! The generator, precisely, so that any program can repeat it: ChaCha with 20 rounds; the key is the seed as 8
//! little-endian bytes followed by 24 zero bytes; stream (nonce) 0 makes the initial noise, stream 1 + i the noise of
//! step i, and in a run of n steps stream 1 + n + i the noise of the second call in step i; the block counter starts at 0. The key stream is read as little-endian u64 words. Two words a, b give
//! u = ((a >> 11) + 1) / 2^53 in (0, 1] and v = (b >> 11) / 2^53 in [0, 1), and by Box and Muller the two values
//! sqrt(-2 ln u) cos(2 pi v) and sqrt(-2 ln u) sin(2 pi v), computed in f64 by `libm` and rounded to f32. Values fill
//! `[1, 4, h, w]` in row-major order.

use std::f64::consts::TAU;

use ndarray::Array4;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::attention::Grid;

/// The generator's name in a picture's metadata. It changes whenever a seed would give other noise.
pub const GENERATOR: &str = "chacha20-box-muller-1";

/// Channels of SDXL's latents.
const CHANNELS: usize = 4;

/// Unit normal noise that a run starts from, [1, 4, h, w] for a latent grid.
pub fn initial_noise(seed: u64, grid: Grid) -> Array4<f32> {
    unit_normal(seed, 0, grid)
}

/// Unit normal noise that an ancestral sampler adds at step `step`, [1, 4, h, w]. It depends on nothing before it, so
/// a run can be resumed at any step.
pub fn step_noise(seed: u64, step: usize, grid: Grid) -> Array4<f32> {
    unit_normal(seed, 1 + step as u64, grid)
}

fn unit_normal(seed: u64, stream: u64, grid: Grid) -> Array4<f32> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut words = ChaCha20Rng::from_seed(key);
    words.set_stream(stream);
    let mut second = None;
    Array4::from_shape_simple_fn((1, CHANNELS, grid.height, grid.width), || {
        second.take().unwrap_or_else(|| {
            let (first, other) = box_muller(words.next_u64(), words.next_u64());
            second = Some(other);
            first
        })
    })
}

/// Two independent unit normal values from 2 x 64 random bits.
fn box_muller(a: u64, b: u64) -> (f32, f32) {
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    let (u, v) = (((a >> 11) + 1) as f64 * UNIT, (b >> 11) as f64 * UNIT);
    let radius = libm::sqrt(-2.0 * libm::log(u));
    let (sine, cosine) = libm::sincos(TAU * v);
    ((radius * cosine) as f32, (radius * sine) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid::new(2, 3);

    #[test]
    fn golden_values_of_an_independent_implementation() {
        // (seed, stream, first three values, value 39), from the module's description in another language.
        fn check(seed: u64, stream: u64, first: [f32; 3], last: f32) {
            let noise = unit_normal(seed, stream, Grid::new(2, 5));
            assert_eq!(
                noise.iter().take(3).copied().collect::<Vec<_>>(),
                first,
                "seed {seed}, stream {stream}"
            );
            assert_eq!(noise.iter().nth(39), Some(&last), "seed {seed}, stream {stream}");
        }
        check(0, 0, [0.578_820_65, 0.901_297_45, 0.365_526_62], 1.642_143_4);
        check(42, 0, [-0.355_009_53, -1.273_099, 0.495_113_94], 1.640_012_5);
        check(u64::MAX, 0, [0.078_080_796, 0.403_629_33, 1.396_808_7], 1.300_888_1);
        check(42, 1, [-0.684_769_75, -0.649_717_57, -0.063_136_49], 0.514_182_87);
        check(42, 8, [-0.637_534, 1.111_684_3, -2.385_685_2], -2.337_181_6);
    }

    #[test]
    fn extreme_bits_stay_finite() {
        assert_eq!(box_muller(u64::MAX, 0), (0.0, 0.0));
        let (largest, zero) = box_muller(0, 0);
        assert!((largest - 8.571_674).abs() < 1e-5 && zero == 0.0, "{largest} {zero}");
    }

    #[test]
    fn streams_are_independent_and_repeatable() {
        let initial = initial_noise(1, GRID);
        assert_eq!(initial, initial_noise(1, GRID));
        assert_ne!(initial, initial_noise(2, GRID));
        assert_ne!(initial, step_noise(1, 0, GRID));
        assert_ne!(step_noise(1, 0, GRID), step_noise(1, 1, GRID));
    }

    #[test]
    fn noise_is_unit_normal() {
        let noise = initial_noise(7, Grid::new(128, 128));
        let moment =
            |power| noise.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / noise.len() as f64;
        // Bounds are 4 standard errors of 65,536 independent unit normal values.
        assert!(moment(1).abs() < 4.0 / 256.0);
        assert!((moment(2) - 1.0).abs() < 4.0 * 2_f64.sqrt() / 256.0);
        assert!(moment(3).abs() < 4.0 * 15_f64.sqrt() / 256.0);
        assert!((moment(4) - 3.0).abs() < 4.0 * 96_f64.sqrt() / 256.0);
        let neighbours = noise.iter().zip(noise.iter().skip(1)).map(|(&a, &b)| f64::from(a * b)).sum::<f64>();
        assert!(neighbours.abs() / (noise.len() as f64) < 4.0 / 256.0);
    }
}
