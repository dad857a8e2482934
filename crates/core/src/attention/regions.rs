//! Where each entity is told to be: a label for every place of the picture (method.md 2).
//!
//! What this is not: how the labels come about (a person draws them, words say them, attention shows them).

use ndarray::{Array2, ArrayView2};

use super::Grid;
use crate::error::{Error, Result};

/// The label of each place: the number of an entity, [`Regions::ATTENTION_DECIDES`] or [`Regions::NOBODY`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regions(Array2<i32>);

impl Regions {
    /// Attention decides which entity's words the place sees.
    pub const ATTENTION_DECIDES: i32 = -1;
    /// The place sees the words of no entity.
    pub const NOBODY: i32 = -2;

    /// Regions with these labels, [rows, columns]. An entity that the prompt lacks counts as
    /// [`Self::ATTENTION_DECIDES`].
    ///
    /// # Errors
    /// [`Error::Input`] if there is no label, or one is below [`Self::NOBODY`].
    pub fn new(labels: Array2<i32>) -> Result<Self> {
        if labels.is_empty() {
            return Err(Error::input(
                "The regions have no places.",
                "Give them a row and a column at least.",
            ));
        }
        if let Some(((row, column), label)) = labels.indexed_iter().find(|&(_, &label)| label < Self::NOBODY)
        {
            return Err(Error::input(
                format!("The label {label} in row {row} and column {column} of the regions means nothing."),
                format!(
                    "Use {} where attention decides, {} for nobody's places, and numbers from 0 for entities.",
                    Self::ATTENTION_DECIDES,
                    Self::NOBODY
                ),
            ));
        }
        Ok(Self(labels))
    }

    /// The labels, [rows, columns].
    pub fn labels(&self) -> ArrayView2<'_, i32> {
        self.0.view()
    }

    /// Rows and columns.
    pub fn grid(&self) -> Grid {
        Grid::new(self.0.nrows(), self.0.ncols())
    }

    /// The label at the centre of each cell of `grid`, row by row. Where the centre lies on the border of two labels, it
    /// is the one below and to the right.
    pub fn of_layer(&self, grid: Grid) -> Vec<i32> {
        let centre = |cell: usize, cells: usize, length: usize| (2 * cell + 1) * length / (2 * cells);
        let Grid { height, width } = self.grid();
        let label = |row: usize, column: usize| {
            self.0[[centre(row, grid.height, height), centre(column, grid.width, width)]]
        };
        (0..grid.height).flat_map(|row| (0..grid.width).map(move |column| label(row, column))).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{Grid, Regions};

    #[test]
    fn a_layer_takes_the_label_at_the_centre_of_each_patch() {
        fn check(labels: Array2<i32>, grid: Grid, expected: &[i32]) {
            assert_eq!(Regions::new(labels).unwrap().of_layer(grid), expected);
        }
        let quarters = array![[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]];
        check(quarters.clone(), Grid::new(4, 4), &(0..16).collect::<Vec<_>>());
        check(quarters.clone(), Grid::new(2, 2), &[5, 7, 13, 15]);
        check(quarters, Grid::new(1, 1), &[10]);
        check(array![[0, -1, -2]], Grid::new(2, 3), &[0, -1, -2, 0, -1, -2]);
        // Five rows that are halved upwards are three.
        check(array![[0], [1], [2], [3], [4]], Grid::new(3, 1), &[0, 2, 4]);
        check(array![[7]], Grid::new(2, 2), &[7; 4]);
    }

    #[test]
    fn labels_that_mean_nothing_are_refused() {
        fn check(labels: Array2<i32>, expected: &str) {
            let error = Regions::new(labels).unwrap_err().to_string();
            assert!(error.contains(expected), "{error:?} has no {expected:?}");
        }
        check(array![[0, 1], [2, -3]], "The label -3 in row 1 and column 1");
        check(Array2::zeros((0, 4)), "no places");
    }
}
