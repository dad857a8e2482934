//! A chart of points: curves, dots with intervals, clouds. Colours tell arms apart to colour-blind readers too.

use plotters::{
    coord::{cartesian::Cartesian2d, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::Drawn;

/// Okabe and Ito's palette, without its yellow, which is too light for lines.
pub(super) const COLOURS: [RGBColor; 7] = [
    RGBColor(90, 90, 90),
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub(super) const FONT: &str = "system-ui, sans-serif";
const WIDTH: u32 = 760;
const HEIGHT: u32 = 380;
const LEGEND_LINE: i32 = 24;
/// Of a letter in a legend, on average.
const LETTER: i32 = 8;

/// What is drawn, in the units of its axes.
#[derive(Clone, Debug, Default)]
pub(super) struct Chart {
    pub(super) x: String,
    pub(super) y: String,
    /// Names of the places 0, 1, 2, ... instead of numbers along x.
    pub(super) places: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// Points of one colour.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// For the legend.
    pub(super) name: String,
    pub(super) points: Vec<Point>,
    /// Whether a line joins them.
    pub(super) is_joined: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Of y.
    pub(super) interval: Option<(f64, f64)>,
    /// A word beside it.
    pub(super) label: String,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plane<'a, 'b> = ChartContext<'b, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Chart {
    /// The chart as SVG.
    pub(super) fn svg(&self) -> Drawn<String> {
        let legend = self.legend();
        let legend_height = legend.last().map_or(0, |entry| entry.1 + LEGEND_LINE);
        let mut svg = String::new();
        {
            let size = (WIDTH, HEIGHT + legend_height as u32);
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let (top, below) = area.split_vertically(legend_height);
            for (line, &(x, y)) in legend.iter().enumerate() {
                top.draw(&Circle::new((x + 8, y + 12), 4, colour(line).filled()))?;
                let style = text(14).pos(Pos::new(HPos::Left, VPos::Center));
                top.draw(&Text::new(self.lines[line].name.clone(), (x + 18, y + 12), style))?;
            }
            self.draw(&below)?;
            area.present()?;
        }
        Ok(svg)
    }

    /// Where each line's entry of the legend is; none for a single line.
    fn legend(&self) -> Vec<(i32, i32)> {
        let (mut x, mut y) = (56, 0);
        let entries = self.lines.iter().filter(|_| self.lines.len() > 1).map(|line| {
            let width = 34 + LETTER * line.name.chars().count() as i32;
            if x > 56 && x + width > WIDTH as i32 {
                (x, y) = (56, y + LEGEND_LINE);
            }
            let at = (x, y);
            x += width;
            at
        });
        entries.collect()
    }

    fn draw(&self, area: &Area<'_>) -> Drawn<()> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let x = match self.places.len() {
            0 => padded(points().map(|point| point.x)),
            places => (-0.5, places as f64 - 0.5),
        };
        let y = padded(points().flat_map(|point| {
            let (low, high) = point.interval.unwrap_or((point.y, point.y));
            [point.y, low, high]
        }));
        let mut plane = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(if self.x.is_empty() { 26 } else { 46 })
            .y_label_area_size(58)
            .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
        let place = |x: &f64| match self.places.len() {
            0 => super::plain(*x),
            _ if (x - x.round()).abs() > 1e-6 => String::new(),
            _ => self.places.get(x.round() as usize).cloned().unwrap_or_default(),
        };
        let mut mesh = plane.configure_mesh();
        mesh.disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .axis_style(BLACK.mix(0.45))
            .label_style(text(13))
            .axis_desc_style(text(14))
            .x_labels(if self.places.is_empty() { 12 } else { self.places.len() + 1 })
            .y_labels(8)
            .x_label_formatter(&place)
            .y_label_formatter(&|y| super::plain(*y))
            .x_desc(&self.x)
            .y_desc(&self.y);
        mesh.draw()?;
        for (index, line) in self.lines.iter().enumerate() {
            line.draw(colour(index), &mut plane)?;
        }
        Ok(())
    }
}

impl Line {
    fn draw(&self, colour: RGBColor, plane: &mut Plane<'_, '_>) -> Drawn<()> {
        if self.is_joined {
            let path = self.points.iter().map(|point| (point.x, point.y));
            plane.draw_series(LineSeries::new(path, colour.stroke_width(2)))?;
        }
        let intervals = self.points.iter().filter_map(|point| {
            let (low, high) = point.interval?;
            Some(ErrorBar::new_vertical(point.x, low, point.y, high, colour.stroke_width(1), 6))
        });
        plane.draw_series(intervals)?;
        let is_cloud = self.points.len() > 100;
        let (size, fill) = if is_cloud { (2, colour.mix(0.5)) } else { (4, colour.mix(1.0)) };
        plane.draw_series(
            self.points.iter().map(|point| Circle::new((point.x, point.y), size, fill.filled())),
        )?;
        let labels = self.points.iter().filter(|point| !point.label.is_empty()).map(|point| {
            EmptyElement::at((point.x, point.y)) + Text::new(point.label.clone(), (7, -15), text(12))
        });
        plane.draw_series(labels)?;
        Ok(())
    }
}

pub(super) fn text(size: i32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&BLACK.mix(0.8))
}

fn colour(line: usize) -> RGBColor {
    COLOURS[line % COLOURS.len()]
}

/// The range of `values` with some air; from -1 to 1 around a single one, from 0 to 1 of none.
fn padded(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    match high - low {
        width if width > 0.0 => (low - 0.06 * width, high + 0.06 * width),
        0.0 => (low - 1.0, high + 1.0),
        _ => (0.0, 1.0),
    }
}
