//! From maps per layer to one picture per token or word (method.md 5).

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, CowArray, Ix2};

use super::{Grid, Layer};
use crate::error::Result;

/// The grid that maps of these layers are shown on: the largest.
pub fn display_grid(layers: &[Layer]) -> Option<Grid> {
    layers.iter().map(|layer| layer.grid).max_by_key(|grid| grid.patches())
}

/// A mean of layers that grows with each of them, so that none has to be kept.
#[derive(Debug)]
pub struct LayerMean {
    target: Grid,
    sum: Option<Array3<f32>>,
    total: f32,
}

impl LayerMean {
    /// Of no layer yet, on the grid `target`.
    pub fn new(target: Grid) -> Self {
        Self { target, sum: None, total: 0.0 }
    }

    /// Adds a layer's map [patches, columns], weighed by [`Layer::count`].
    pub fn add(&mut self, layer: &Layer, map: ArrayView2<'_, f32>) {
        let count = layer.count as f32;
        let mut resized = resize(map, layer.grid, self.target);
        match &mut self.sum {
            Some(sum) => sum.scaled_add(count, &resized),
            None => {
                resized *= count;
                self.sum = Some(resized);
            }
        }
        self.total += count;
    }

    /// The mean, [columns, height, width]; `None` without layers.
    pub fn finish(self) -> Option<Array3<f32>> {
        self.sum.map(|sum| sum / self.total)
    }
}

/// Averages layers into one map per token: each map [patches, tokens] is resized to `target`, and [`Layer::count`]
/// weighs it in the mean. Result [tokens, height, width]; `None` without layers.
pub fn aggregate<'a>(
    layers: impl IntoIterator<Item = (&'a Layer, ArrayView2<'a, f32>)>,
    target: Grid,
) -> Option<Array3<f32>> {
    let mut mean = LayerMean::new(target);
    layers.into_iter().for_each(|(layer, map)| mean.add(layer, map));
    mean.finish()
}

/// The maps of `words`, each given by its tokens, at one step: [words, height, width] on the largest grid, averaged over
/// the layers for which `chosen` holds. `read` gives a layer's map [patches, tokens] by its index; one is held at a time.
/// Words come before resizing, which is cheaper than resizing every token and gives the same. `None` if no layer was
/// chosen.
///
/// # Errors
/// What `read` says.
pub fn aggregate_words<'a>(
    layers: &[Layer],
    words: &[&[usize]],
    chosen: impl Fn(&Layer) -> bool,
    mut read: impl FnMut(usize) -> Result<CowArray<'a, f32, Ix2>>,
) -> Result<Option<Array3<f32>>> {
    let Some(grid) = display_grid(layers) else { return Ok(None) };
    let mut mean = LayerMean::new(grid);
    for (index, layer) in layers.iter().enumerate().filter(|(_, layer)| chosen(layer)) {
        mean.add(layer, word_columns(read(index)?.view(), words).view());
    }
    Ok(mean.finish())
}

/// From [patches, tokens] to [patches, words]: the mean over each word's tokens, as far as the map has them.
fn word_columns(map: ArrayView2<'_, f32>, words: &[&[usize]]) -> Array2<f32> {
    let mut columns = Array2::zeros((map.nrows(), words.len()));
    for (&tokens, mut column) in words.iter().zip(columns.columns_mut()) {
        let tokens: Vec<_> = tokens.iter().copied().filter(|&token| token < map.ncols()).collect();
        let share = 1.0 / tokens.len().max(1) as f32;
        tokens.into_iter().for_each(|token| column.scaled_add(share, &map.column(token)));
    }
    columns
}

/// Resizes every token's column of a `[patches, tokens]` map from `from` to `to`: bilinear, half-pixel centres, no
/// antialiasing, edges repeated (torch's `interpolate(mode="bilinear", align_corners=False)`).
/// Result [tokens, height, width].
pub fn resize(map: ArrayView2<'_, f32>, from: Grid, to: Grid) -> Array3<f32> {
    debug_assert_eq!(map.nrows(), from.patches());
    let (rows, columns) = (taps(from.height, to.height), taps(from.width, to.width));
    let mut out = Array3::zeros((map.ncols(), to.height, to.width));
    for (y, &(y0, y1, fy)) in rows.iter().enumerate() {
        for (x, &(x0, x1, fx)) in columns.iter().enumerate() {
            let row = |y: usize, x: usize| map.row(y * from.width + x);
            let (a, b, c, d) = (row(y0, x0), row(y0, x1), row(y1, x0), row(y1, x1));
            for token in 0..map.ncols() {
                let top = a[token] + (b[token] - a[token]) * fx;
                let bottom = c[token] + (d[token] - c[token]) * fx;
                out[[token, y, x]] = top + (bottom - top) * fy;
            }
        }
    }
    out
}

/// The mean of the given tokens' maps, [height, width]; zeros if there are none.
pub fn word_map(maps: ArrayView3<'_, f32>, tokens: &[usize]) -> Array2<f32> {
    let mut sum = Array2::zeros((maps.shape()[1], maps.shape()[2]));
    for &token in tokens {
        sum += &maps.index_axis(Axis(0), token);
    }
    sum / tokens.len().max(1) as f32
}

/// For each of `to` positions: the two source positions and the share of the second.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    (0..to)
        .map(|i| {
            let at = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
            let low = (at as usize).min(from - 1);
            (low, (low + 1).min(from - 1), at - low as f32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn resize_matches_torch_interpolate() {
        // torch.nn.functional.interpolate(torch.tensor([[[[0., 1.], [2., 3.]]]]), size=(4, 4), mode="bilinear")
        let map = array![[0.0], [1.0], [2.0], [3.0]];
        let got = resize(map.view(), Grid::new(2, 2), Grid::new(4, 4));
        let expected = array![[
            [0.0, 0.25, 0.75, 1.0],
            [0.5, 0.75, 1.25, 1.5],
            [1.5, 1.75, 2.25, 2.5],
            [2.0, 2.25, 2.75, 3.0]
        ]];
        assert_eq!(got, expected);
    }

    /// What method.md 5 says, word for word: resize every token, average layers, average tokens.
    #[test]
    fn words_first_equals_words_last() {
        let layer = |side, count| Layer { count, ..Layer::new("mid_block", Grid::new(side, side)) };
        let layers = [layer(2, 1), layer(4, 3)];
        let map = |patches, seed| {
            Array2::from_shape_fn((patches, 5), |(n, l)| ((n * 7 + l * 3 + seed) % 11) as f32)
        };
        let maps = [map(4, 1), map(16, 2)];
        let words: [&[usize]; 4] = [&[1], &[2, 3], &[], &[4, 99]];
        let got = aggregate_words(&layers, &words, |_| true, |index| Ok(maps[index].view().into())).unwrap();
        let naive = aggregate(layers.iter().zip(maps.iter().map(|map| map.view())), Grid::new(4, 4)).unwrap();
        for (got, tokens) in got.unwrap().outer_iter().zip([&[1][..], &[2, 3], &[], &[4]]) {
            assert!((&got - &word_map(naive.view(), tokens)).iter().all(|d| d.abs() < 1e-5), "{tokens:?}");
        }
        let none = aggregate_words(&layers, &words, |_| false, |index| Ok(maps[index].view().into()));
        assert!(none.unwrap().is_none());
    }

    #[test]
    fn a_word_is_the_mean_of_its_tokens() {
        let maps = array![[[0.0, 1.0]], [[1.0, 3.0]], [[5.0, 5.0]]];
        assert_eq!(word_map(maps.view(), &[0, 1]), array![[0.5, 2.0]]);
        assert_eq!(word_map(maps.view(), &[]), array![[0.0, 0.0]]);
    }
}
