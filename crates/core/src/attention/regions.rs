//! Where each entity is told to be: a label for every place of the picture (method.md 2).
//!
//! What this is not: how the labels come about (a person draws them, words say them, attention shows them).

use ndarray::{ArcArray2, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::Grid;
use crate::error::{Error, Result};

/// The label of each place: the number of an entity, [`Regions::ATTENTION_DECIDES`] or [`Regions::NOBODY`].
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Runs", into = "Runs")]
pub struct Regions(ArcArray2<i32>);

/// The most places that are read from a file. A few bytes of a file can stand for all of them, and a run may have many
/// regions; more would show nothing new.
const MOST_PLACES: usize = 256 * 256;

/// Regions in JSON: labels row by row, each with how often it comes in a row: "0x512 1x512".
#[derive(Serialize, Deserialize)]
struct Runs {
    height: usize,
    width: usize,
    labels: String,
}

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
        Ok(Self(labels.into_shared()))
    }

    /// The entity of each row and column; attention decides where there is none.
    pub(super) fn of_entities(grid: Grid, entity: impl Fn(usize, usize) -> Option<usize>) -> Self {
        let label =
            |(row, column)| entity(row, column).map_or(Self::ATTENTION_DECIDES, |entity| entity as i32);
        Self(Array2::from_shape_fn((grid.height, grid.width), label).into_shared())
    }

    /// The labels, [rows, columns].
    pub fn labels(&self) -> ArrayView2<'_, i32> {
        self.0.view()
    }

    /// Rows and columns.
    pub fn grid(&self) -> Grid {
        Grid::new(self.0.nrows(), self.0.ncols())
    }

    /// The same on another grid.
    pub fn resampled(&self, grid: Grid) -> Self {
        if grid == self.grid() {
            return self.clone();
        }
        let labels = self.of_layer(grid);
        Self(ArcArray2::from_shape_fn((grid.height, grid.width), |(row, column)| {
            labels[row * grid.width + column]
        }))
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

impl From<Regions> for Runs {
    fn from(regions: Regions) -> Self {
        let Grid { height, width } = regions.grid();
        let mut runs: Vec<(i32, usize)> = Vec::new();
        for &label in &regions.0 {
            match runs.last_mut() {
                Some((last, count)) if *last == label => *count += 1,
                _ => runs.push((label, 1)),
            }
        }
        let labels: Vec<_> = runs.into_iter().map(|(label, count)| format!("{label}x{count}")).collect();
        Self { height, width, labels: labels.join(" ") }
    }
}

impl TryFrom<Runs> for Regions {
    type Error = Error;

    fn try_from(Runs { height, width, labels }: Runs) -> Result<Self> {
        let fault = |problem: String| {
            Error::input(problem, "Write labels row by row, each with its count, as in \"0x16 1x16\".")
        };
        let places = height.checked_mul(width).filter(|&places| places <= MOST_PLACES).ok_or_else(|| {
            fault(format!("Regions of {height} x {width} places are too many: {MOST_PLACES} can be told."))
        })?;
        let mut read = Vec::with_capacity(places);
        for run in labels.split_whitespace() {
            let parts = run
                .split_once('x')
                .and_then(|(label, count)| Some((label.parse::<i32>().ok()?, count.parse::<usize>().ok()?)));
            let (label, count) = parts.ok_or_else(|| fault(format!("\"{run}\" is no run of labels.")))?;
            if count > places - read.len() {
                return Err(fault(format!("There are more labels than the {places} places.")));
            }
            read.resize(read.len() + count, label);
        }
        let found = read.len();
        let read = Array2::from_shape_vec((height, width), read);
        Self::new(read.map_err(|_shape| fault(format!("There are {found} labels for {places} places.")))?)
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

    #[test]
    fn regions_are_kept_as_runs() {
        fn check(labels: Array2<i32>, expected: &str) {
            let regions = Regions::new(labels).unwrap();
            let json = serde_json::to_string(&regions).unwrap();
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_str::<Regions>(&json).unwrap(), regions);
        }
        check(array![[0, 0, 1], [1, 1, -2]], r#"{"height":2,"width":3,"labels":"0x2 1x3 -2x1"}"#);
        check(Array2::from_elem((64, 64), 3), r#"{"height":64,"width":64,"labels":"3x4096"}"#);
    }

    #[test]
    fn broken_runs_are_refused() {
        fn check(height: usize, width: usize, labels: &str, expected: &str) {
            let json = serde_json::json!({ "height": height, "width": width, "labels": labels });
            let error = serde_json::from_value::<Regions>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{error:?} has no {expected:?}");
        }
        check(2, 2, "0x3", "3 labels for 4 places");
        check(2, 2, "0x3 1x18446744073709551615", "more labels than the 4 places");
        check(2, 2, "0x2 1", "\"1\" is no run");
        check(2, 2, "0x3 -9x1", "The label -9");
        check(0, 0, "", "no places");
        check(usize::MAX, 2, "", "too many");
        check(1000, 1000, "0x1000000", "too many");
    }
}
