//! The shape of a latent or of a layer's patches.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Rows and columns of a latent image or of an attention layer's patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grid {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Grid {
    /// A grid of `height` rows and `width` columns.
    pub const fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }

    /// Number of cells.
    pub const fn patches(self) -> usize {
        self.height * self.width
    }

    /// The grid of a layer with `patches` patches over a latent of this grid: the latent is downscaled by one
    /// whole factor in both directions. `None` if no whole factor gives that number (method.md 5).
    pub fn of_layer(self, patches: usize) -> Option<Self> {
        let factor = (self.patches() as f64 / patches.max(1) as f64).sqrt().round() as usize;
        let grid = Self::new(self.height.div_ceil(factor.max(1)), self.width.div_ceil(factor.max(1)));
        (grid.patches() == patches).then_some(grid)
    }
}

impl fmt::Display for Grid {
    /// Rows and columns: "16 x 16".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.height, self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::Grid;

    #[test]
    fn layers_follow_the_aspect_of_the_latent() {
        fn check(latent: (usize, usize), patches: usize, expected: Option<(usize, usize)>) {
            let grid = Grid::new(latent.0, latent.1).of_layer(patches);
            assert_eq!(grid.map(|g| (g.height, g.width)), expected);
        }
        check((32, 32), 256, Some((16, 16)));
        check((32, 32), 64, Some((8, 8)));
        check((24, 40), 240, Some((12, 20)));
        check((24, 40), 60, Some((6, 10)));
        check((128, 128), 4096, Some((64, 64)));
        // An odd latent is halved upwards, as a strided convolution with padding 1 does.
        check((20, 36), 45, Some((5, 9)));
        check((18, 36), 45, Some((5, 9)));
        check((32, 32), 100, None);
        check((32, 32), 0, None);
    }
}
