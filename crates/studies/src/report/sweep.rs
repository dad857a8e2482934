//! Which arms lie on a curve or on a grid together.

use std::collections::{BTreeMap, BTreeSet};

use super::{ablation::is_ablation, numbers::plain, side::Side};
use crate::run::ArmLine;

/// Arms that differ in one or two axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sweep {
    /// One axis.
    Curves { axis: String, series: Vec<Series> },
    /// Two axes.
    Grid(Grid),
}

/// A curve: arms of one family.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// What its arms have in common; empty if there is nothing to say.
    pub(super) name: String,
    /// The place on the axis and the arm, in order of the places.
    pub(super) arms: Vec<(f64, usize)>,
}

/// A grid: an arm a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    /// What its arms have in common: "our-reading, end = 0.7".
    pub(super) name: String,
    pub(super) rows: Axis,
    pub(super) columns: Axis,
    /// Row, column, arm.
    pub(super) arms: Vec<(usize, usize, usize)>,
}

/// An axis of a grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) name: String,
    /// Its values in words, in rising order.
    pub(super) ticks: Vec<String>,
}

/// An arm's family and its place.
struct Placed<'a> {
    arm: usize,
    line: &'a ArmLine,
}

/// All sweeps among `sides`.
pub(super) fn sweeps(sides: &[Side<'_>]) -> Vec<Sweep> {
    let is_swept = |side: &Side<'_>| !is_ablation(side.results) && !side.arm.axes.is_empty();
    let mut families: BTreeMap<(String, Vec<&str>), Vec<Placed<'_>>> = BTreeMap::new();
    for (arm, side) in sides.iter().enumerate().filter(|(_, side)| is_swept(side)) {
        let axes = side.arm.axes.keys().map(String::as_str).collect();
        let line = side.arm;
        families.entry((family(side), axes)).or_default().push(Placed { arm, line });
    }
    let mut curves: BTreeMap<String, Vec<Series>> = BTreeMap::new();
    let mut grids = Vec::new();
    for ((name, axes), placed) in families {
        let values = |axis: &str| -> BTreeSet<u64> {
            placed.iter().map(|arm| arm.line.axes[axis].to_bits()).collect()
        };
        let varied: Vec<&str> = axes.into_iter().filter(|axis| values(axis).len() > 1).collect();
        match varied.as_slice() {
            [] => {}
            [axis] => {
                let mut arms: Vec<_> = placed.iter().map(|arm| (arm.line.axes[*axis], arm.arm)).collect();
                arms.sort_by(|a, b| a.0.total_cmp(&b.0));
                curves.entry((*axis).to_owned()).or_default().push(Series { name, arms });
            }
            [fixed @ .., rows, columns] => grids.extend(grids_of(&name, fixed, rows, columns, &placed)),
        }
    }
    let curves = curves.into_iter().map(|(axis, series)| Sweep::Curves { axis, series });
    curves.chain(grids.into_iter().map(Sweep::Grid)).collect()
}

/// A grid for each combination of the values of `fixed`.
fn grids_of(name: &str, fixed: &[&str], rows: &str, columns: &str, placed: &[Placed<'_>]) -> Vec<Grid> {
    let mut layers: BTreeMap<String, Vec<&Placed<'_>>> = BTreeMap::new();
    for arm in placed {
        let places = fixed.iter().map(|axis| format!("{axis} = {}", tick(arm.line, axis)));
        let words = Some(name.to_owned()).filter(|name| !name.is_empty()).into_iter().chain(places);
        layers.entry(words.collect::<Vec<_>>().join(", ")).or_default().push(arm);
    }
    let grid = |(name, arms): (String, Vec<&Placed<'_>>)| {
        let [(rows, row_of), (columns, column_of)] = [rows, columns].map(|axis| axis_of(axis, &arms));
        let arms = arms.iter().enumerate().map(|(at, arm)| (row_of[at], column_of[at], arm.arm)).collect();
        Grid { name, rows, columns, arms }
    };
    layers.into_iter().map(grid).collect()
}

/// An axis with its ticks, and which tick each arm is at.
fn axis_of(name: &str, arms: &[&Placed<'_>]) -> (Axis, Vec<usize>) {
    let mut ticks: Vec<(f64, String)> =
        arms.iter().map(|arm| (arm.line.axes[name], tick(arm.line, name))).collect();
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    ticks.dedup_by(|a, b| a.0 == b.0);
    let at = |arm: &&Placed<'_>| ticks.partition_point(|tick| tick.0 < arm.line.axes[name]);
    let places = arms.iter().map(at).collect();
    (Axis { name: name.to_owned(), ticks: ticks.into_iter().map(|tick| tick.1).collect() }, places)
}

/// A place in words: "sum" of "reduce=sum,strength=1", else the number.
fn tick(arm: &ArmLine, axis: &str) -> String {
    let places = arm.name.rsplit(' ').next().unwrap_or_default().split(',');
    let mut named = places.filter_map(|place| place.strip_prefix(axis)?.strip_prefix('='));
    named.next().map_or_else(|| plain(arm.axes[axis]), str::to_owned)
}

/// The name without its places: "ours" of "ours guidance_scale=4".
fn family(side: &Side<'_>) -> String {
    let is_place = |word: &str| {
        side.arm
            .axes
            .keys()
            .any(|axis| word.strip_prefix(axis.as_str()).is_some_and(|rest| rest.starts_with('=')))
    };
    let before = side.name.len() - side.arm.name.len();
    let (run, name) = side.name.split_at(before);
    let family = match name.rsplit_once(' ') {
        Some((family, place)) if is_place(place) => family,
        _ => "",
    };
    format!("{run}{family}").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Results;

    fn arm(name: &str, axes: &[(&str, f64)]) -> ArmLine {
        let axes = axes.iter().map(|&(axis, value)| (axis.to_owned(), value)).collect();
        ArmLine { name: name.into(), about: String::new(), guidance_scale: None, axes }
    }

    fn sweeps_of(study: &str, arms: Vec<ArmLine>) -> Vec<Sweep> {
        let results = Results { study: study.into(), arms, ..Results::default() };
        let (_, sides) = super::super::side::sides(&[("run", &results)], None);
        sweeps(&sides)
    }

    #[test]
    fn one_axis_is_a_curve_a_family() {
        let arms = [("neutral", 6.0), ("neutral", 1.0), ("ours", 1.0), ("ours", 6.0)];
        let arms = arms.map(|(name, scale)| {
            arm(&format!("{name} guidance_scale={scale}"), &[("guidance_scale", scale)])
        });
        let series = |name: &str, arms: [(f64, usize); 2]| Series { name: name.into(), arms: arms.into() };
        let series = vec![series("neutral", [(1.0, 1), (6.0, 0)]), series("ours", [(1.0, 2), (6.0, 3)])];
        let expected = Sweep::Curves { axis: "guidance_scale".into(), series };
        assert_eq!(sweeps_of("guidance", arms.into()), [expected]);
    }

    #[test]
    fn two_axes_are_a_grid_and_a_third_makes_several() {
        let mut arms = vec![arm("neutral", &[])];
        for end in [0.4, 1.0] {
            for (place, reduce) in ["sum", "max"].iter().enumerate() {
                for strength in [0.3, 1.0] {
                    let name = format!("end={end},reduce={reduce},strength={strength}");
                    arms.push(arm(&name, &[("end", end), ("reduce", place as f64), ("strength", strength)]));
                }
            }
        }
        let axis =
            |name: &str, ticks: [&str; 2]| Axis { name: name.into(), ticks: ticks.map(str::to_owned).into() };
        let grid = |name: &str, first: usize| {
            Sweep::Grid(Grid {
                name: name.into(),
                rows: axis("reduce", ["sum", "max"]),
                columns: axis("strength", ["0.3", "1"]),
                arms: (0..4).map(|at| (at / 2, at % 2, first + at)).collect(),
            })
        };
        assert_eq!(sweeps_of("mask", arms), [grid("end = 0.4", 1), grid("end = 1", 5)]);
    }

    #[test]
    fn an_ablation_and_arms_without_axes_are_no_sweep() {
        let on_off = |tau: f64| arm(if tau > 0.0 { "tau" } else { "neutral" }, &[("tau", tau)]);
        assert_eq!(sweeps_of("ablation", vec![on_off(0.0), on_off(1.0)]), []);
        assert_eq!(sweeps_of("alignment", vec![arm("neutral", &[]), arm("ours", &[])]), []);
    }
}
