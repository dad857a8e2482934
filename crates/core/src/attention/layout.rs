//! A layout: where in the picture each entity is to be, as rows of entities side by side.
//!
//! It comes from the words of a prompt (`prompt::layout_of_words`) or from attention ([`Layout::of_maps`]), and becomes
//! the [`Regions`] that the mask goes by. What this is not: regions of any shape, which a person tells.

use std::ops::Range;

use ndarray::{ArrayView3, Axis};
use serde::{Deserialize, Serialize};

use super::{Excess, Grid, Regions};
use crate::error::{Error, Result};

/// Rows from top to bottom, each with its entities from left to right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// The rows.
    pub rows: Vec<Row>,
}

/// Entities side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// How high it is, beside the other rows.
    pub share: f32,
    /// Its entities.
    pub cells: Vec<Cell>,
}

/// An entity's part of a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The entity.
    pub entity: usize,
    /// How wide it is, beside the others of the row.
    pub share: f32,
}

/// The part of the picture that an entity has, in shares of its height and width.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The entity.
    pub entity: usize,
    /// From the top.
    pub rows: Range<f32>,
    /// From the left.
    pub columns: Range<f32>,
}

/// The least share that is of use.
const LEAST_SHARE: f32 = 1e-3;
/// More rows, and entities of a row, than any picture has patches for; the numbers of entities end here, too.
const MOST: usize = 64;

impl Layout {
    /// Rows that are equally high, each with entities that are equally wide.
    pub fn of_rows(rows: Vec<Vec<usize>>) -> Self {
        let cells = |row: Vec<usize>| row.into_iter().map(|entity| Cell { entity, share: 1.0 }).collect();
        Self { rows: rows.into_iter().map(|row| Row { share: 1.0, cells: cells(row) }).collect() }
    }

    /// Whether it gives each of so many entities its part, and nobody else.
    pub fn is_of(&self, entities: usize) -> bool {
        let mut all: Vec<usize> =
            self.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.entity).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().eq(0..entities)
    }

    /// Checks that every place is somebody's.
    ///
    /// # Errors
    /// [`Error::Input`] for a row without entities, or a share that is no size.
    pub fn validate(&self) -> Result<()> {
        let is_size = |share: f32| (LEAST_SHARE..=1.0 / LEAST_SHARE).contains(&share);
        let is_count = |count: usize| (1..=MOST).contains(&count);
        let is_cell = |cell: &Cell| is_size(cell.share) && cell.entity < MOST;
        let is_row =
            |row: &Row| is_size(row.share) && is_count(row.cells.len()) && row.cells.iter().all(is_cell);
        if is_count(self.rows.len()) && self.rows.iter().all(is_row) {
            return Ok(());
        }
        Err(Error::input(
            "This layout does not give every place an entity.",
            format!(
                "Give it rows with entities, {MOST} at most, and shares from {LEAST_SHARE} to {}.",
                1.0 / LEAST_SHARE
            ),
        ))
    }

    /// Entities side by side, or one above the other, in the order of where their maps `[entities, height, width]` have
    /// their centres: along the axis on which these lie further apart. Each map counts where it lies above its mean; a
    /// flat one has its centre in the middle. Equal centres keep the entities' order.
    pub fn of_maps(maps: ArrayView3<'_, f32>) -> Self {
        let centres: Vec<[f64; 2]> =
            maps.axis_iter(Axis(0)).map(|map| Excess::of(map).centre(map.ncols())).collect();
        let spread = |axis: usize| {
            let along = || centres.iter().map(|centre| centre[axis]);
            along().fold(f64::NEG_INFINITY, f64::max) - along().fold(f64::INFINITY, f64::min)
        };
        // Shares of the height and the width, so that a wide picture is no reason to stack.
        let axis = usize::from(spread(1) >= spread(0));
        let mut order: Vec<usize> = (0..centres.len()).collect();
        order.sort_by(|&a, &b| centres[a][axis].total_cmp(&centres[b][axis]));
        Self::of_rows(if axis == 1 {
            vec![order]
        } else {
            order.into_iter().map(|entity| vec![entity]).collect()
        })
    }

    /// The areas, row by row.
    pub fn areas(&self) -> Vec<Area> {
        let rows = spans(self.rows.iter().map(|row| row.share));
        let of_row = |(row, rows): (&Row, Range<f32>)| {
            let columns = spans(row.cells.iter().map(|cell| cell.share));
            let areas = row.cells.iter().zip(columns).map(move |(cell, columns)| Area {
                entity: cell.entity,
                rows: rows.clone(),
                columns,
            });
            areas.collect::<Vec<_>>()
        };
        self.rows.iter().zip(rows).flat_map(of_row).collect()
    }

    /// Whose each cell of `grid` is: the entity in whose area the cell's centre lies. Attention decides where a layout has
    /// no rows.
    pub fn regions(&self, grid: Grid) -> Regions {
        let areas = self.areas();
        let holds = |span: &Range<f32>, at: usize, of: usize| span.contains(&((at as f32 + 0.5) / of as f32));
        Regions::of_entities(grid, |y, x| {
            let area = areas
                .iter()
                .find(|area| holds(&area.rows, y, grid.height) && holds(&area.columns, x, grid.width));
            area.map(|area| area.entity)
        })
    }
}

/// Shares as parts of a whole, one after the other.
fn spans(shares: impl Iterator<Item = f32> + Clone) -> Vec<Range<f32>> {
    let sum: f32 = shares.clone().sum();
    let ends = shares.scan(0.0, |end, share| {
        *end += share;
        Some(*end / sum)
    });
    let mut start = 0.0;
    ends.map(|end| std::mem::replace(&mut start, end)..end).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};

    use super::*;

    #[test]
    fn every_cell_goes_to_the_entity_at_its_centre() {
        fn check(rows: &[&[usize]], grid: (usize, usize), expected: &[&[i32]]) {
            let layout = Layout::of_rows(rows.iter().map(|row| row.to_vec()).collect());
            let regions = layout.regions(Grid::new(grid.0, grid.1));
            let found: Vec<_> = regions.labels().outer_iter().map(|row| row.to_vec()).collect();
            assert_eq!(found, expected);
        }
        check(&[&[0, 1]], (2, 4), &[&[0, 0, 1, 1], &[0, 0, 1, 1]]);
        check(&[&[1, 0]], (1, 3), &[&[1, 0, 0]]);
        check(&[&[0], &[2, 1]], (4, 4), &[&[0; 4], &[0; 4], &[2, 2, 1, 1], &[2, 2, 1, 1]]);
        check(&[&[0, 1, 2]], (1, 8), &[&[0, 0, 0, 1, 1, 2, 2, 2]]);
    }

    #[test]
    fn areas_cover_the_picture() {
        let mut layout = Layout::of_rows(vec![vec![1], vec![0, 2]]);
        layout.rows[0].share = 3.0;
        let areas = layout.areas().into_iter().map(|area| (area.entity, area.rows, area.columns));
        let expected = [(1, 0.0..0.75, 0.0..1.0), (0, 0.75..1.0, 0.0..0.5), (2, 0.75..1.0, 0.5..1.0)];
        assert_eq!(areas.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn entities_lie_in_the_order_of_their_centres() {
        fn check(maps: &Array3<f32>, expected: &[&[usize]]) {
            let expected = expected.iter().map(|row| row.to_vec()).collect();
            assert_eq!(Layout::of_maps(maps.view()), Layout::of_rows(expected));
        }
        let left = array![[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let right = array![[0.0, 0.0, 0.2], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]];
        let below = array![[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.2, 0.0]];
        let flat = array![[0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]];
        let stack = |maps: &[&ndarray::Array2<f32>]| {
            ndarray::stack(Axis(0), &maps.iter().map(|map| map.view()).collect::<Vec<_>>()).unwrap()
        };
        check(&stack(&[&right, &left]), &[&[1, 0]]);
        check(&stack(&[&below, &left]), &[&[1], &[0]]);
        check(&stack(&[&right, &flat, &left]), &[&[2, 1, 0]]);
        check(&stack(&[&flat, &flat]), &[&[0, 1]]);
    }

    #[test]
    fn layouts_without_a_place_for_somebody_are_refused() {
        fn check(change: impl FnOnce(&mut Layout), is_sound: bool) {
            let mut layout = Layout::of_rows(vec![vec![0, 1]]);
            change(&mut layout);
            assert_eq!(layout.validate().is_ok(), is_sound, "{layout:?}");
        }
        check(|_| (), true);
        check(|layout| layout.rows.clear(), false);
        check(|layout| layout.rows[0].cells.clear(), false);
        check(|layout| layout.rows[0].share = 0.0, false);
        check(|layout| layout.rows[0].cells[1].share = f32::NAN, false);
        check(|layout| layout.rows[0].cells[1].share = -1.0, false);
        check(|layout| layout.rows[0].cells[1].entity = usize::MAX, false);
        check(|layout| layout.rows = vec![layout.rows[0].clone(); 65], false);
    }
}
