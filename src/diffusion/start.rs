//! Where a run begins.

use std::sync::Arc;

use ndarray::Array4;

/// Where a run begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Start {
    /// From the seed's noise.
    #[default]
    Seed,
    /// From these unit normal latents, [1, 4, h, w].
    Noise(Arc<Array4<f32>>),
}
