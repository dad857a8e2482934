//! From maps per layer to one picture per token or word (method.md 5).

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};

use super::{Grid, Layer};

/// Averages layers into one map per token: each map [patches, tokens] is resized to `target`, and [`Layer::count`]
/// weighs it in the mean. Result [tokens, height, width]; `None` without layers.
pub fn aggregate<'a>(
    layers: impl IntoIterator<Item = (&'a Layer, ArrayView2<'a, f32>)>,
    target: Grid,
) -> Option<Array3<f32>> {
    let mut sum: Option<Array3<f32>> = None;
    let mut total = 0.0;
    for (layer, map) in layers {
        let count = layer.count as f32;
        let mut resized = resize(map, layer.grid, target);
        match &mut sum {
            Some(sum) => sum.scaled_add(count, &resized),
            None => {
                resized *= count;
                sum = Some(resized);
            }
        }
        total += count;
    }
    sum.map(|sum| sum / total)
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

    #[test]
    fn a_word_is_the_mean_of_its_tokens() {
        let maps = array![[[0.0, 1.0]], [[1.0, 3.0]], [[5.0, 5.0]]];
        assert_eq!(word_map(maps.view(), &[0, 1]), array![[0.5, 2.0]]);
        assert_eq!(word_map(maps.view(), &[]), array![[0.0, 0.0]]);
    }
}
