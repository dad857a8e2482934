//! A grid whose cells are the darker the larger their number.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{Drawn, chart::text};
use crate::report::{numbers::score, sweep::Grid};

const CELL: (i32, i32) = (92, 46);
const LEFT: i32 = 120;
const BELOW: i32 = 56;
const MARGIN: i32 = 8;

const LIGHTEST: RGBColor = RGBColor(240, 246, 251);
const DARKEST: RGBColor = RGBColor(0, 82, 136);

/// The grid as SVG, `values` by arm; an arm without a value has an empty cell.
pub(super) fn heat(grid: &Grid, values: &[Option<f64>]) -> Drawn<String> {
    let (rows, columns) = (grid.rows.ticks.len() as i32, grid.columns.ticks.len() as i32);
    let size = (LEFT + columns * CELL.0 + MARGIN, MARGIN + rows * CELL.1 + BELOW);
    let shown = || grid.arms.iter().filter_map(|&(row, column, arm)| Some((row, column, values[arm]?)));
    let lowest = shown().map(|cell| cell.2).fold(f64::INFINITY, f64::min);
    let highest = shown().map(|cell| cell.2).fold(f64::NEG_INFINITY, f64::max);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (size.0 as u32, size.1 as u32)).into_drawing_area();
        let left_of = |column: usize| LEFT + column as i32 * CELL.0;
        // The first row is the lowest, as on an axis.
        let top_of = |row: usize| MARGIN + (rows - 1 - row as i32) * CELL.1;
        let centred = |size: i32| text(size).pos(Pos::new(HPos::Center, VPos::Center));
        for (row, column, value) in shown() {
            let depth = if highest > lowest { (value - lowest) / (highest - lowest) } else { 0.5 };
            let (left, top) = (left_of(column), top_of(row));
            let corners = [(left + 1, top + 1), (left + CELL.0 - 1, top + CELL.1 - 1)];
            area.draw(&Rectangle::new(corners, between(depth).filled()))?;
            let ink = if depth > 0.5 { WHITE } else { BLACK };
            let middle = (left + CELL.0 / 2, top + CELL.1 / 2);
            area.draw(&Text::new(score(value), middle, centred(14).color(&ink)))?;
        }
        for (row, tick) in grid.rows.ticks.iter().enumerate() {
            let style = text(13).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(tick.clone(), (LEFT - 8, top_of(row) + CELL.1 / 2), style))?;
        }
        let bottom = MARGIN + rows * CELL.1;
        for (column, tick) in grid.columns.ticks.iter().enumerate() {
            area.draw(&Text::new(tick.clone(), (left_of(column) + CELL.0 / 2, bottom + 14), centred(13)))?;
        }
        let middle = LEFT + columns * CELL.0 / 2;
        area.draw(&Text::new(grid.columns.name.clone(), (middle, bottom + 38), centred(14)))?;
        let style = text(14).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(grid.rows.name.clone(), (MARGIN, MARGIN + rows * CELL.1 / 2), style))?;
        area.present()?;
    }
    Ok(svg)
}

fn between(depth: f64) -> RGBColor {
    let mix =
        |light: u8, dark: u8| (f64::from(light) + depth * (f64::from(dark) - f64::from(light))).round() as u8;
    RGBColor(mix(LIGHTEST.0, DARKEST.0), mix(LIGHTEST.1, DARKEST.1), mix(LIGHTEST.2, DARKEST.2))
}
