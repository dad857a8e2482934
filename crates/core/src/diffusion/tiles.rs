//! Decoding a picture in tiles: which ones, and how they become one picture again.
//!
//! Neighbours share a quarter of a tile or more, and there one fades linearly into the other, as in diffusers' tiled
//! decode. Unlike there all tiles have one size, so that a VAE that was exported for one size can decode any other: a
//! picture smaller than a tile is mirrored at its edges until it fills one. What this is not: when to use tiles, or
//! what decodes one; `runtime` knows both.

use ndarray::{Array3, Array4, ArrayView3, ArrayView4, s};

use super::VAE_FACTOR;
use crate::{
    attention::Grid,
    error::{Error, Result},
};

/// Neighbours share at least one part in this many of a tile: diffusers' `tile_overlap_factor` is 0.25.
const PARTS: usize = 4;

/// The tiles of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiles {
    latent: Grid,
    tile: Grid,
    rows: Vec<Strip>,
    columns: Vec<Strip>,
}

/// What a tile is along one axis.
#[derive(Clone, Debug, PartialEq)]
struct Strip {
    /// Its first latent.
    start: usize,
    /// The weight of each of its pixels; over all strips the weights of a pixel sum to 1. Shorter than the tile where
    /// that is larger than the picture.
    weights: Vec<f32>,
}

impl Tiles {
    /// The fewest tiles of `tile` latents that cover `latent`, evenly spread.
    pub fn of(latent: Grid, tile: Grid) -> Self {
        let (rows, columns) = (strips(latent.height, tile.height), strips(latent.width, tile.width));
        Self { latent, tile, rows, columns }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// The picture [3, 8h, 8w] of latents [1, 4, h, w]. `decode` makes one tile [3, 8th, 8tw] of its latents
    /// [1, 4, th, tw]; it also gets the number of tiles that are done.
    ///
    /// # Errors
    /// What `decode` returns; [`Error::Graph`] if a tile comes in another size.
    pub fn decode(
        &self,
        latents: ArrayView4<'_, f32>,
        mut decode: impl FnMut(ArrayView4<'_, f32>, usize) -> Result<Array3<f32>>,
    ) -> Result<Array3<f32>> {
        let mut picture = Array3::zeros((3, self.latent.height * VAE_FACTOR, self.latent.width * VAE_FACTOR));
        let mut done = 0;
        for row in &self.rows {
            for column in &self.columns {
                let tile = decode(self.cut(latents, row, column).view(), done)?;
                let expected = [3, self.tile.height * VAE_FACTOR, self.tile.width * VAE_FACTOR];
                if tile.shape() != expected {
                    let problem = format!("it made {:?} values where {expected:?} were due.", tile.shape());
                    return Err(Error::graph("vae_decoder", problem));
                }
                add(&mut picture, tile.view(), row, column);
                done += 1;
            }
        }
        Ok(picture)
    }

    /// A tile's latents, mirrored beyond the picture's edges.
    fn cut(&self, latents: ArrayView4<'_, f32>, row: &Strip, column: &Strip) -> Array4<f32> {
        let Grid { height, width } = self.latent;
        let shape = (1, latents.dim().1, self.tile.height, self.tile.width);
        Array4::from_shape_fn(shape, |(_, channel, y, x)| {
            latents[[0, channel, mirrored(row.start + y, height), mirrored(column.start + x, width)]]
        })
    }
}

/// Adds a tile to the picture, each pixel by its weight.
fn add(picture: &mut Array3<f32>, tile: ArrayView3<'_, f32>, row: &Strip, column: &Strip) {
    let (top, left) = (row.start * VAE_FACTOR, column.start * VAE_FACTOR);
    let (height, width) = (row.weights.len(), column.weights.len());
    let mut place = picture.slice_mut(s![.., top..top + height, left..left + width]);
    let tile = tile.slice(s![.., ..height, ..width]);
    for ((colour, y, x), value) in tile.indexed_iter() {
        place[[colour, y, x]] += row.weights[y] * column.weights[x] * value;
    }
}

/// Tiles of `tile` latents along an axis of `length` latents.
fn strips(length: usize, tile: usize) -> Vec<Strip> {
    if length <= tile {
        return vec![Strip { start: 0, weights: vec![1.0; length * VAE_FACTOR] }];
    }
    let stride = (tile - tile / PARTS).max(1);
    let gaps = (length - tile).div_ceil(stride);
    let starts: Vec<_> = (0..=gaps).map(|at| at * (length - tile) / gaps).collect();
    let shared = |first: usize, second: usize| (starts[first] + tile - starts[second]) * VAE_FACTOR;
    let mut strips: Vec<_> = (0..=gaps)
        .map(|at| Strip {
            start: starts[at],
            weights: ramps(
                tile * VAE_FACTOR,
                if at == 0 { 0 } else { shared(at - 1, at) },
                if at == gaps { 0 } else { shared(at, at + 1) },
            ),
        })
        .collect();
    normalise(&mut strips, length * VAE_FACTOR);
    strips
}

/// Rises over the first `rise` of `length` pixels and falls over the last `fall`.
fn ramps(length: usize, rise: usize, fall: usize) -> Vec<f32> {
    let ramp =
        |pixel: usize, over: usize| if pixel < over { (pixel as f32 + 0.5) / over as f32 } else { 1.0 };
    (0..length).map(|pixel| ramp(pixel, rise).min(ramp(length - 1 - pixel, fall))).collect()
}

/// Makes the weights of every pixel sum to 1; where only two strips meet they do already.
fn normalise(strips: &mut [Strip], length: usize) {
    let mut sums = vec![0.0; length];
    for Strip { start, weights } in &*strips {
        sums[start * VAE_FACTOR..].iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    }
    for Strip { start, weights } in strips {
        weights.iter_mut().zip(&sums[*start * VAE_FACTOR..]).for_each(|(weight, sum)| *weight /= sum);
    }
}

/// The index within `length` that a mirror at either edge shows at `index`.
fn mirrored(index: usize, length: usize) -> usize {
    let index = index % (2 * length);
    index.min(2 * length - 1 - index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::initial_noise;

    /// Tells apart where a tile lies: what one tile decodes to differs from what its neighbour does.
    fn paint(tile: ArrayView4<'_, f32>, done: usize) -> Array3<f32> {
        let (_, _, height, width) = tile.dim();
        Array3::from_shape_fn((3, height * VAE_FACTOR, width * VAE_FACTOR), |(colour, y, x)| {
            tile[[0, colour, y / VAE_FACTOR, x / VAE_FACTOR]]
                + (done * done) as f32 * 0.1
                + (y * x) as f32 * 1e-4
        })
    }

    /// Every pixel by itself: the mean of all tiles over it, each as far as the pixel is from the tile's fading edges.
    fn naive(tiles: &Tiles, pictures: &[Array3<f32>]) -> Array3<f32> {
        let (height, width) = (tiles.latent.height * VAE_FACTOR, tiles.latent.width * VAE_FACTOR);
        let rows: Vec<_> = tiles.rows.iter().map(|strip| strip.start * VAE_FACTOR).collect();
        let columns: Vec<_> = tiles.columns.iter().map(|strip| strip.start * VAE_FACTOR).collect();
        let weight = |starts: &[usize], at: usize, side: usize, pixel: usize| {
            let inside = (pixel as f32 + 0.5) - starts[at] as f32;
            if inside < 0.0 || inside > side as f32 {
                return 0.0;
            }
            let share = |first: usize, second: usize| (starts[first] + side - starts[second]) as f32;
            let rise = if at == 0 { 1.0 } else { inside / share(at - 1, at) };
            let last = at + 1 == starts.len();
            let fall = if last { 1.0 } else { (side as f32 - inside) / share(at, at + 1) };
            rise.min(fall).min(1.0)
        };
        Array3::from_shape_fn((3, height, width), |(colour, y, x)| {
            let (mut sum, mut total) = (0.0, 0.0);
            for (at, picture) in pictures.iter().enumerate() {
                let (row, column) = (at / columns.len(), at % columns.len());
                let weight = weight(&rows, row, tiles.tile.height * VAE_FACTOR, y)
                    * weight(&columns, column, tiles.tile.width * VAE_FACTOR, x);
                if weight > 0.0 {
                    sum += weight * picture[[colour, y - rows[row], x - columns[column]]];
                    total += weight;
                }
            }
            sum / total
        })
    }

    #[test]
    fn the_blend_is_the_naive_one() {
        fn check(latent: (usize, usize), tile: (usize, usize), expected: usize) {
            let (latent, tile) = (Grid::new(latent.0, latent.1), Grid::new(tile.0, tile.1));
            let tiles = Tiles::of(latent, tile);
            assert_eq!(tiles.count(), expected, "{latent} in {tile}");
            let mut pictures = Vec::new();
            let blended = tiles.decode(initial_noise(1, latent).view(), |tile, done| {
                assert_eq!(done, pictures.len());
                pictures.push(paint(tile, done));
                Ok(pictures[done].clone())
            });
            let difference = blended.unwrap() - naive(&tiles, &pictures);
            let worst = difference.iter().fold(0.0, |worst: f32, value| worst.max(value.abs()));
            assert!(worst < 1e-5, "{latent} in {tile}: {worst}");
        }
        check((8, 8), (8, 8), 1);
        check((9, 8), (8, 8), 2);
        check((14, 20), (8, 8), 6);
        check((15, 9), (8, 8), 6);
        check((13, 30), (4, 8), 20);
        check((5, 7), (3, 2), 8);
        // Smaller than a tile.
        check((5, 8), (8, 8), 1);
        check((3, 17), (8, 8), 3);
    }

    #[test]
    fn what_every_tile_decodes_alike_stays_as_it_is() {
        fn check(latent: (usize, usize), tile: (usize, usize)) {
            let latent = Grid::new(latent.0, latent.1);
            let latents = initial_noise(2, latent);
            let upscaled = |latents: ArrayView4<'_, f32>| {
                let (_, _, height, width) = latents.dim();
                Array3::from_shape_fn((3, height * VAE_FACTOR, width * VAE_FACTOR), |(colour, y, x)| {
                    latents[[0, colour, y / VAE_FACTOR, x / VAE_FACTOR]]
                })
            };
            let tiles = Tiles::of(latent, Grid::new(tile.0, tile.1));
            let blended = tiles.decode(latents.view(), |tile, _| Ok(upscaled(tile))).unwrap();
            let worst = (blended - upscaled(latents.view())).iter().fold(0.0, |w: f32, v| w.max(v.abs()));
            assert!(worst < 1e-5, "{latent}: {worst}");
        }
        check((33, 20), (16, 16));
        check((40, 8), (16, 12));
        check((6, 11), (16, 16));
    }

    #[test]
    fn an_index_beyond_the_edge_is_mirrored() {
        let mirror: Vec<_> = (0..8).map(|index| mirrored(index, 3)).collect();
        assert_eq!(mirror, [0, 1, 2, 2, 1, 0, 0, 1]);
    }

    #[test]
    fn a_tile_of_another_size_is_refused_and_an_error_ends_it() {
        let tiles = Tiles::of(Grid::new(12, 8), Grid::new(8, 8));
        let latents = initial_noise(0, Grid::new(12, 8));
        let wrong = tiles.decode(latents.view(), |_, _| Ok(Array3::zeros((3, 8, 8))));
        assert!(wrong.unwrap_err().to_string().contains("[3, 64, 64] were due"));
        let mut calls = 0;
        let cancelled = tiles.decode(latents.view(), |_, _| {
            calls += 1;
            Err(Error::Cancelled)
        });
        assert!(matches!(cancelled, Err(Error::Cancelled)) && calls == 1);
    }
}
