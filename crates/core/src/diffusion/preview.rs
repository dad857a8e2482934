//! A cheap picture of latents: one affine map from the 4 latent channels to red, green and blue, fitted from the
//! model's own VAE. Fast enough for every step; the VAE itself paints the end.

use ndarray::{Array3, Array4, ArrayView3, ArrayView4};
use serde::{Deserialize, Serialize};

use super::{Components, VAE_FACTOR, decode::decode, noise::initial_noise};
use crate::{CancelToken, attention::Grid, error::Result};

/// Latent channels of SDXL.
const CHANNELS: usize = 4;
/// Rows and columns of the latents that the map is fitted on.
const FIT_GRID: Grid = Grid::new(16, 16);
/// The fitted latents are made of flat squares with this side, as pictures are made of surfaces.
const FIT_SQUARE: usize = 4;

/// The map: per colour the factors of the 4 channels, then the bias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentPreview([[f64; CHANNELS + 1]; 3]);

impl LatentPreview {
    /// Fits the map to what `model`'s VAE makes of flat squares of random latents: least squares over all latent
    /// cells, each against the mean of its pixels. It takes one decode of a small picture.
    ///
    /// # Errors
    /// What the model reports while it decodes, [`crate::Error::Cancelled`].
    pub fn fit(model: &mut dyn Components, cancel: &CancelToken) -> Result<Self> {
        let coarse = initial_noise(0, Grid::new(FIT_GRID.height / FIT_SQUARE, FIT_GRID.width / FIT_SQUARE));
        let latents =
            Array4::from_shape_fn((1, CHANNELS, FIT_GRID.height, FIT_GRID.width), |(_, c, y, x)| {
                coarse[[0, c, y / FIT_SQUARE, x / FIT_SQUARE]]
            });
        let image = decode(model, latents.view(), &mut |_| (), cancel)?;
        Ok(Self::from_pair(latents.view(), image.view()))
    }

    /// Fits the map to latents [1, 4, h, w] and their picture [3, 8h, 8w].
    fn from_pair(latents: ArrayView4<'_, f32>, image: ArrayView3<'_, f32>) -> Self {
        let (_, _, height, width) = latents.dim();
        let mut normal = [[0.0; CHANNELS + 1]; CHANNELS + 1];
        let mut right = [[0.0; CHANNELS + 1]; 3];
        for y in 0..height {
            for x in 0..width {
                let input = channels(latents, y, x);
                let colours = cell_mean(image, y, x);
                for (i, a) in input.iter().enumerate() {
                    for (j, b) in input.iter().enumerate() {
                        normal[i][j] += a * b;
                    }
                    for (right, colour) in right.iter_mut().zip(colours) {
                        right[i] += a * colour;
                    }
                }
            }
        }
        // A VAE that ignores a channel must not make the equations singular.
        for (i, row) in normal.iter_mut().enumerate() {
            row[i] += 1e-6;
        }
        Self(right.map(|right| solve(normal, right)))
    }

    /// The picture of latents [1, 4, h, w]: [3, h, w] in 0..1, one pixel a latent.
    pub fn image(&self, latents: ArrayView4<'_, f32>) -> Array3<f32> {
        let (_, _, height, width) = latents.dim();
        Array3::from_shape_fn((3, height, width), |(colour, y, x)| {
            let value: f64 =
                self.0[colour].iter().zip(channels(latents, y, x)).map(|(factor, v)| factor * v).sum();
            value.clamp(0.0, 1.0) as f32
        })
    }
}

/// The channels at a place and 1 for the bias.
fn channels(latents: ArrayView4<'_, f32>, y: usize, x: usize) -> [f64; CHANNELS + 1] {
    std::array::from_fn(|c| if c < CHANNELS { f64::from(latents[[0, c, y, x]]) } else { 1.0 })
}

/// Mean colour of the pixels of a latent cell.
fn cell_mean(image: ArrayView3<'_, f32>, y: usize, x: usize) -> [f64; 3] {
    std::array::from_fn(|colour| {
        let pixels = (0..VAE_FACTOR * VAE_FACTOR)
            .map(|i| image[[colour, y * VAE_FACTOR + i / VAE_FACTOR, x * VAE_FACTOR + i % VAE_FACTOR]]);
        pixels.map(f64::from).sum::<f64>() / (VAE_FACTOR * VAE_FACTOR) as f64
    })
}

/// Solves the symmetric positive definite system `a x = b` by elimination.
fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        for row in i + 1..N {
            let factor = a[row][i] / a[i][i];
            let pivot = a[i];
            for (value, above) in a[row].iter_mut().zip(pivot).skip(i) {
                *value -= factor * above;
            }
            b[row] -= factor * b[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|column| a[i][column] * b[column]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that is affine in the latents is given back exactly.
    #[test]
    fn an_affine_vae_is_found() {
        // Small enough that no value of the picture is clamped.
        let truth =
            [[0.05, 0.02, 0.0, -0.03, 0.5], [0.0, 0.04, -0.05, 0.03, 0.45], [-0.04, 0.0, 0.05, 0.03, 0.55]];
        let latents = initial_noise(3, Grid::new(6, 5));
        let small = LatentPreview(truth).image(latents.view());
        let image =
            Array3::from_shape_fn((3, 48, 40), |(c, y, x)| small[[c, y / VAE_FACTOR, x / VAE_FACTOR]]);
        let fitted = LatentPreview::from_pair(latents.view(), image.view());
        for (got, expected) in fitted.0.as_flattened().iter().zip(truth.as_flattened()) {
            assert!((got - expected).abs() < 1e-4, "{:?}", fitted.0);
        }
    }
}
