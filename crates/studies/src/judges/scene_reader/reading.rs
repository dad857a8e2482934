//! From the detector's maps to what a picture shows.

use ndarray::{Array1, Array3, ArrayView1, ArrayView3, s};
use serde::Serialize;

use super::labels::Labels;
use crate::study::{Class, Colour, Place, Texture, Time};

/// Pixels a cell, along either axis.
const CELL: f32 = 8.0;
/// Two boxes that share more than this are one object, if they are of one class.
const SAME_CLASS_IOU: f32 = 0.55;
/// The same for boxes of two classes.
const OTHER_CLASS_IOU: f32 = 0.8;

/// What a picture shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// Its objects, the surest first.
    pub objects: Vec<Object>,
    /// Where it is; `None` if nowhere in particular.
    pub place: Option<Place>,
    /// The time of day; `None` by day.
    pub time: Option<Time>,
}

/// A thing that was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Object {
    /// What it is.
    pub class: Class,
    /// How sure the reader is, 0..1.
    pub score: f32,
    /// Its colour, if it has one of its own.
    pub colour: Option<Colour>,
    /// Its texture, if it is not plain.
    pub texture: Option<Texture>,
    /// Its centre, x and y in pixels.
    pub centre: [f32; 2],
    /// Its width and height in pixels.
    pub size: [f32; 2],
}

/// The detector's outputs for one picture: channels over cells, and for the picture as a whole.
pub(super) struct Maps {
    pub(super) heat: Array3<f32>,
    pub(super) colour: Array3<f32>,
    pub(super) texture: Array3<f32>,
    pub(super) boxes: Array3<f32>,
    pub(super) place: Array1<f32>,
    pub(super) time: Array1<f32>,
}

impl Maps {
    pub(super) fn read(&self, labels: &Labels) -> Reading {
        let mut found: Vec<Object> = peaks(self.heat.view(), labels.threshold)
            .filter_map(|(channel, y, x)| self.object(labels, channel, y, x))
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut objects: Vec<Object> = Vec::new();
        for object in found {
            if objects.iter().all(|kept| !is_one(kept, &object)) {
                objects.push(object);
            }
        }
        Reading {
            objects,
            place: label(&labels.places, self.place.view()),
            time: label(&labels.times, self.time.view()),
        }
    }

    fn object(&self, labels: &Labels, channel: usize, y: usize, x: usize) -> Option<Object> {
        let offset = |axis: usize, cell: usize| (cell as f32 + self.boxes[[axis, y, x]] + 0.5) * CELL;
        let length = |axis: usize| self.boxes[[axis + 2, y, x]].exp() * CELL;
        Some(Object {
            class: *labels.classes.get(channel)?,
            score: self.heat[[channel, y, x]],
            colour: label(&labels.colours, self.colour.slice(s![.., y, x])),
            texture: label(&labels.textures, self.texture.slice(s![.., y, x])),
            centre: [offset(0, x), offset(1, y)],
            size: [length(0), length(1)],
        })
    }
}

/// The cells whose heat is above `threshold` and the largest of their 3 x 3 neighbourhood, as [channel, y, x].
fn peaks(heat: ArrayView3<'_, f32>, threshold: f32) -> impl Iterator<Item = (usize, usize, usize)> {
    let (_, height, width) = heat.dim();
    let around = |cell: usize, cells: usize| cell.saturating_sub(1)..(cell + 2).min(cells);
    let is_peak = move |&((channel, y, x), &here): &((usize, usize, usize), &f32)| {
        let neighbours = heat.slice_move(s![channel, around(y, height), around(x, width)]);
        here > threshold && neighbours.iter().all(|&there| there <= here)
    };
    heat.into_indexed_iter().filter(is_peak).map(|(cell, _)| cell)
}

/// Whether two boxes are so much alike that they are one object.
fn is_one(a: &Object, b: &Object) -> bool {
    iou(a, b) > if a.class == b.class { SAME_CLASS_IOU } else { OTHER_CLASS_IOU }
}

/// What two boxes share, of what both take.
fn iou(a: &Object, b: &Object) -> f32 {
    let shared = |axis: usize| {
        let end = |o: &Object, side: f32| o.centre[axis] + side * o.size[axis] / 2.0;
        (end(a, 1.0).min(end(b, 1.0)) - end(a, -1.0).max(end(b, -1.0))).max(0.0)
    };
    let both = shared(0) * shared(1);
    let area = |o: &Object| o.size[0] * o.size[1];
    both / (area(a) + area(b) - both)
}

/// The label of the channel that is largest; the first of equals.
fn label<T: Copy>(labels: &[Option<T>], channels: ArrayView1<'_, f32>) -> Option<T> {
    let best = channels.iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.and_then(|(channel, _)| labels.get(channel).copied().flatten())
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn a_peak_is_above_the_threshold_and_no_neighbour_is_higher() {
        fn check(heats: &[(usize, usize, f32)], expected: &[(usize, usize)]) {
            let mut heat = Array3::zeros((1, 4, 4));
            heats.iter().for_each(|&(y, x, value)| heat[[0, y, x]] = value);
            let found: Vec<_> = peaks(heat.view(), 0.35).map(|(_, y, x)| (y, x)).collect();
            assert_eq!(found, expected, "{heats:?}");
        }
        check(&[(0, 0, 0.35)], &[]);
        check(&[(0, 0, 0.36), (3, 3, 0.9)], &[(0, 0), (3, 3)]);
        check(&[(1, 1, 0.5), (2, 2, 0.6)], &[(2, 2)]);
        check(&[(1, 1, 0.5), (1, 2, 0.5)], &[(1, 1), (1, 2)]);
        check(&[(1, 0, 0.5), (1, 2, 0.6)], &[(1, 0), (1, 2)]);
    }

    #[test]
    fn boxes_that_overlap_are_one_object() {
        fn check(other: Class, shift: f32, expected: bool) {
            let thing = |class, x| Object {
                class,
                score: 0.5,
                colour: None,
                texture: None,
                centre: [x, 0.0],
                size: [10.0, 10.0],
            };
            assert_eq!(is_one(&thing(Class::Cat, 0.0), &thing(other, shift)), expected, "{shift}");
        }
        // Shares of 9/11, 8/12 and 7/13.
        check(Class::Cat, 2.0, true);
        check(Class::Cat, 3.0, false);
        check(Class::Dog, 1.0, true);
        check(Class::Dog, 2.0, false);
    }
}
