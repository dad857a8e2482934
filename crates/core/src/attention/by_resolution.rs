//! Layers of one resolution averaged into one: what is kept of a run that is over (method.md 5).

use ndarray::{Array2, CowArray, Ix2};

use super::{Layer, StepMaps, StepScores};
use crate::error::Result;

/// Which layers of a model are averaged into one. The aggregate over all layers stays the same, because
/// [`Layer::count`] says how many layers an average stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct ByResolution {
    layers: Vec<Layer>,
    /// For each of `layers`, the index and the count of every layer that it averages.
    sources: Vec<Vec<(usize, usize)>>,
}

impl ByResolution {
    /// One layer for each grid among `layers`, in the order in which the grids first appear. A layer that is alone
    /// with its grid stays as it is.
    pub fn of(layers: &[Layer]) -> Self {
        let mut reduced = Self { layers: Vec::new(), sources: Vec::new() };
        for (index, layer) in layers.iter().enumerate() {
            let source = (index, layer.count);
            match reduced.layers.iter().position(|other| other.grid == layer.grid) {
                Some(at) => {
                    reduced.layers[at].name = layer.grid.to_string();
                    reduced.layers[at].count += layer.count;
                    reduced.sources[at].push(source);
                }
                None => {
                    reduced.layers.push(layer.clone());
                    reduced.sources.push(vec![source]);
                }
            }
        }
        reduced
    }

    /// The averaged layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Layer `index` of [`Self::layers`] at a step: the mean of its sources, [patches, tokens or entities]. `read` gives
    /// the map or the scores of a source by its index; one is held at a time.
    ///
    /// # Errors
    /// What `read` says.
    pub fn mean<'a>(
        &self,
        index: usize,
        mut read: impl FnMut(usize) -> Result<CowArray<'a, f32, Ix2>>,
    ) -> Result<Array2<f32>> {
        let mut mean = Array2::zeros((0, 0));
        for (place, &(source, count)) in self.sources[index].iter().enumerate() {
            let share = count as f32 / self.layers[index].count as f32;
            match place {
                0 => mean = &read(source)? * share,
                _ => mean.scaled_add(share, &read(source)?),
            }
        }
        Ok(mean)
    }

    /// A step of the averaged layers.
    pub fn step(&self, step: &StepMaps) -> StepMaps {
        StepMaps(self.means(&step.0))
    }

    /// A step's scores in the averaged layers.
    pub fn scores(&self, step: &StepScores) -> StepScores {
        StepScores(self.means(&step.0))
    }

    fn means(&self, layers: &[Array2<f32>]) -> Vec<Array2<f32>> {
        // A step without entities has no scores.
        let kept = if layers.is_empty() { 0 } else { self.layers.len() };
        let read = |source: usize| Ok(layers[source].view().into());
        (0..kept).flat_map(|index| self.mean(index, read)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Grid, Record},
        *,
    };

    const LARGE: Grid = Grid::new(4, 6);
    const SMALL: Grid = Grid::new(2, 3);

    fn record(grids: &[Grid]) -> Record {
        let map = |(index, grid): (usize, &Grid)| {
            Array2::from_shape_fn((grid.patches(), 5), |(n, l)| ((n * 7 + l * 3 + index * 11) % 13) as f32)
        };
        Record {
            layers: grids
                .iter()
                .enumerate()
                .map(|(i, &grid)| Layer::new(format!("layer {i}"), grid))
                .collect(),
            steps: vec![StepMaps(grids.iter().enumerate().map(map).collect())],
            ..Record::default()
        }
    }

    fn reduced(record: &Record) -> Record {
        let reduction = ByResolution::of(&record.layers);
        let steps = record.steps.iter().map(|step| reduction.step(step)).collect();
        Record { layers: reduction.layers().to_vec(), steps, ..Record::default() }
    }

    #[test]
    fn the_aggregate_over_all_layers_stays() {
        fn check(grids: &[Grid], expected: &[(&str, usize)]) {
            let full = record(grids);
            let once = reduced(&full);
            let named: Vec<_> = once.layers.iter().map(|layer| (layer.name.as_str(), layer.count)).collect();
            assert_eq!(named, expected);
            for record in [&once, &reduced(&once)] {
                let (got, wanted) = (record.aggregate(0, |_| true), full.aggregate(0, |_| true));
                let differences = (got.unwrap() - wanted.unwrap()).mapv(f32::abs);
                assert!(differences.iter().all(|&difference| difference < 1e-5), "{grids:?}");
            }
        }
        check(&[LARGE], &[("layer 0", 1)]);
        check(&[LARGE, SMALL, SMALL, SMALL, LARGE], &[("4 x 6", 2), ("2 x 3", 3)]);
        check(&[SMALL, LARGE, LARGE], &[("layer 0", 1), ("4 x 6", 2)]);
    }

    #[test]
    fn a_resolution_chosen_alone_is_the_mean_of_its_layers() {
        let full = record(&[LARGE, SMALL, SMALL]);
        let small = |record: &Record| record.aggregate(0, |layer| layer.grid == SMALL).unwrap();
        let difference = small(&reduced(&full)) - small(&full);
        assert!(difference.iter().all(|difference| difference.abs() < 1e-5));
    }

    #[test]
    fn means_of_means_count_every_layer_once() {
        let mut full = record(&[SMALL, SMALL]);
        full.layers[0].count = 3;
        let mean = &full.steps[0].0[0] * 0.75 + &full.steps[0].0[1] * 0.25;
        let reduced = reduced(&full);
        assert_eq!((reduced.layers[0].count, reduced.steps[0].0.len()), (4, 1));
        assert!((&reduced.steps[0].0[0] - mean).iter().all(|difference| difference.abs() < 1e-6));
    }
}
