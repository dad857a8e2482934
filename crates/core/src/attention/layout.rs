//! A layout: where in the picture each entity is to be, as rows of entities side by side.
//!
//! It comes from the words of a prompt (`prompt::layout_of_words`) or from attention ([`Layout::of_maps`]), and becomes
//! the [`Regions`] that the mask goes by. What this is not: regions of any shape, which a person tells.

use std::ops::Range;

use ndarray::{ArrayView3, Axis};

use super::{Excess, Grid, Regions};

/// Rows from top to bottom, each with its entities from left to right. All rows are equally high, and the entities of
/// a row equally wide, so that none is left without a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout(pub Vec<Vec<usize>>);

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

impl Layout {
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
        if axis == 1 {
            Self(vec![order])
        } else {
            Self(order.into_iter().map(|entity| vec![entity]).collect())
        }
    }

    /// The areas, row by row.
    pub fn areas(&self) -> impl Iterator<Item = Area> {
        let height = 1.0 / self.0.len() as f32;
        self.0.iter().enumerate().flat_map(move |(at, row)| {
            let width = 1.0 / row.len() as f32;
            row.iter().enumerate().map(move |(column, &entity)| Area {
                entity,
                rows: at as f32 * height..(at + 1) as f32 * height,
                columns: column as f32 * width..(column + 1) as f32 * width,
            })
        })
    }

    /// Whose each cell of `grid` is: the entity in whose area the cell's centre lies.
    pub fn regions(&self, grid: Grid) -> Regions {
        let place = |at: usize, of: usize, parts: usize| (2 * at + 1) * parts / (2 * of);
        Regions::of_entities(grid, |y, x| {
            let row = &self.0[place(y, grid.height, self.0.len())];
            row[place(x, grid.width, row.len())]
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};

    use super::*;

    #[test]
    fn every_cell_goes_to_the_entity_at_its_centre() {
        fn check(rows: &[&[usize]], grid: (usize, usize), expected: &[&[i32]]) {
            let layout = Layout(rows.iter().map(|row| row.to_vec()).collect());
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
        let layout = Layout(vec![vec![1], vec![0, 2]]);
        let areas: Vec<_> = layout.areas().map(|area| (area.entity, area.rows, area.columns)).collect();
        assert_eq!(areas, [(1, 0.0..0.5, 0.0..1.0), (0, 0.5..1.0, 0.0..0.5), (2, 0.5..1.0, 0.5..1.0)]);
    }

    #[test]
    fn entities_lie_in_the_order_of_their_centres() {
        fn check(maps: &Array3<f32>, expected: &[&[usize]]) {
            assert_eq!(Layout::of_maps(maps.view()).0, expected);
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
}
