//! Where one place of the picture looks: a row of self-attention from every layer, recorded on demand (method.md 5).

use ndarray::{Array1, Array2, Axis};

use super::{Grid, Layer, aggregate};

/// A place in the picture, from 0 at the top and the left to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Down.
    pub y: f32,
    /// To the right.
    pub x: f32,
}

impl Grid {
    /// The patch that a place lies in, or the nearest to it: row floor(y height), column floor(x width).
    pub fn patch_at(self, place: Place) -> usize {
        let cell = |at: f32, cells: usize| ((at * cells as f32) as usize).min(cells.saturating_sub(1));
        cell(place.y, self.height) * self.width + cell(place.x, self.width)
    }
}

/// Where one place looks at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchRows {
    /// The self-attention layers, in model order.
    pub layers: Vec<Layer>,
    /// Each layer's attention of the patch at the place, head mean of the conditional row, [patches]; sum 1.
    pub rows: Vec<Array1<f32>>,
}

impl PatchRows {
    /// Averaged over the layers for which `chosen` holds: [height, width] on the largest grid of the model. `None` if
    /// no layer was chosen.
    pub fn aggregate(&self, chosen: impl Fn(&Layer) -> bool) -> Option<Array2<f32>> {
        let grid = self.layers.iter().map(|layer| layer.grid).max_by_key(|grid| grid.patches())?;
        let layers = self.layers.iter().zip(&self.rows).filter(|(layer, _)| chosen(layer));
        let columns = layers.map(|(layer, row)| (layer, row.view().insert_axis(Axis(1))));
        Some(aggregate(columns, grid)?.index_axis_move(Axis(0), 0))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_place_lies_in_a_patch() {
        fn check(y: f32, x: f32, expected: usize) {
            assert_eq!(Grid::new(2, 4).patch_at(Place { y, x }), expected, "{y}, {x}");
        }
        check(0.0, 0.0, 0);
        check(0.49, 0.5, 2);
        check(0.5, 0.24, 4);
        check(1.0, 1.0, 7);
        check(-1.0, 2.0, 3);
        check(f32::NAN, 0.3, 1);
    }

    #[test]
    fn chosen_layers_are_averaged_on_the_largest_grid() {
        let rows = PatchRows {
            layers: vec![Layer::new("down", Grid::new(1, 2)), Layer::new("mid", Grid::new(1, 1))],
            rows: vec![array![0.25, 0.75], array![1.0]],
        };
        assert_eq!(rows.aggregate(|_| true), Some(array![[0.625, 0.875]]));
        assert_eq!(rows.aggregate(|layer| layer.name == "mid"), Some(array![[1.0, 1.0]]));
        assert_eq!(rows.aggregate(|_| false), None);
    }
}
