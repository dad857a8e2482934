//! The cross-attention kernel: packs keys and values, then works through tiles of patches in parallel.
//!
//! The operator, the tests and the benches call it. It does not know ONNX Runtime: its caller says how tasks run in
//! parallel.

use std::sync::{Mutex, PoisonError};

use pulp::{Arch, Simd, WithSimd};

use super::{
    buffer::Buffer,
    layout::Layout,
    problem::{Outputs, Problem, Shape},
    row_control::RowControl,
    simd::{MAX_LANES, packed_index},
    tile::{Tile, TileScratch},
};
pub use super::{
    element::Element,
    simd::{name, paths},
};

/// Patches of a tile where there are enough: its probabilities stay in the nearest cache.
const TILE_PATCHES: usize = 32;
/// Patches of the smallest tile: with fewer, a task costs more than it saves.
const LEAST_TILE_PATCHES: usize = 16;

/// The kernel with its working memory, which it keeps from call to call.
#[derive(Debug)]
pub struct CrossAttention {
    arch: Arch,
    threads: usize,
    keys: Buffer,
    values: Buffer,
    scratch: Mutex<Vec<Scratch>>,
}

/// Working memory of one thread.
#[derive(Debug, Default)]
struct Scratch {
    tile: TileScratch,
    head: Vec<f32>,
    q: Vec<f32>,
    out: Vec<f32>,
}

impl CrossAttention {
    /// A kernel for `arch`, one of [`paths`].
    pub fn new(arch: Arch) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { arch, threads, keys: Buffer::default(), values: Buffer::default(), scratch: Mutex::default() }
    }

    /// Computes `problem` into `outputs`. `parallel(n, task)` has to call `task` n times, on any threads, and
    /// return when all calls have.
    ///
    /// # Errors
    /// Those of `parallel`.
    ///
    /// # Panics
    /// If `outputs` has other sizes than `problem` asks for.
    pub fn run<T: Element, E>(
        &mut self,
        problem: &Problem<'_, T>,
        outputs: Outputs<'_, T>,
        parallel: impl Fn(usize, &(dyn Fn() + Send + Sync)) -> Result<(), E>,
    ) -> Result<(), E> {
        let shape = problem.shape;
        let Lengths { keys, values } = self.arch.dispatch(Measure(shape));
        let heads = shape.batch * shape.heads;
        let all_keys = self.keys.take(heads * keys);
        let all_values = self.values.take(heads * values);
        let (arch, scratch) = (self.arch, &self.scratch);

        let work =
            Mutex::new(all_keys.chunks_exact_mut(keys).zip(all_values.chunks_exact_mut(values)).enumerate());
        parallel(heads, &|| {
            let Some((index, (keys, values))) = next(&work) else { return };
            with_scratch(scratch, |scratch| {
                arch.dispatch(Pack { problem, index, keys, values, head: &mut scratch.head });
            });
        })?;

        let control = RowControl::new(&problem.control, shape.tokens.next_multiple_of(MAX_LANES));
        let tile_patches = tile_patches(shape, self.threads);
        let work = Mutex::new(Tiles { problem, patches: tile_patches, row: 0, patch: 0, rest: outputs });
        parallel(shape.batch * shape.patches.div_ceil(tile_patches), &|| {
            let Some(task) = next(&work) else { return };
            with_scratch(scratch, |Scratch { tile, q, out, .. }| {
                let q = T::widen(task.q, q);
                T::narrow(task.outputs.out, out, |out| {
                    arch.dispatch(Tile {
                        shape,
                        patch: task.patch,
                        q,
                        keys: &all_keys[task.row * shape.heads * keys..][..shape.heads * keys],
                        values: &all_values[task.row * shape.heads * values..][..shape.heads * values],
                        control: (task.row == problem.conditional_row).then_some(&control),
                        out,
                        map: task.outputs.map,
                        neutral: task.outputs.neutral,
                        score: task.outputs.score,
                        scratch: tile,
                    });
                });
            });
        })
    }
}

/// Patches of a tile: fewer than [`TILE_PATCHES`] if some threads would get no tile otherwise.
fn tile_patches(shape: Shape, threads: usize) -> usize {
    let fair = (shape.batch * shape.patches).div_ceil(threads).next_multiple_of(LEAST_TILE_PATCHES);
    fair.clamp(LEAST_TILE_PATCHES, TILE_PATCHES)
}

/// The next of the tasks that threads share.
fn next<I: Iterator>(work: &Mutex<I>) -> Option<I::Item> {
    work.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Lends `work` some working memory that no other thread uses.
fn with_scratch(pool: &Mutex<Vec<Scratch>>, work: impl FnOnce(&mut Scratch)) {
    let mut scratch = pool.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    work(&mut scratch);
    pool.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
}

/// The tiles of a call with their parts of the outputs.
struct Tiles<'a, T> {
    problem: &'a Problem<'a, T>,
    /// Patches of a tile.
    patches: usize,
    row: usize,
    patch: usize,
    rest: Outputs<'a, T>,
}

/// A tile: its queries and outputs.
struct TileTask<'a, T> {
    row: usize,
    patch: usize,
    q: &'a [T],
    outputs: Outputs<'a, T>,
}

impl<'a, T> Iterator for Tiles<'a, T> {
    type Item = TileTask<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        let Problem { shape, q, control, conditional_row, .. } = *self.problem;
        if self.row == shape.batch {
            return None;
        }
        let (row, patch) = (self.row, self.patch);
        let count = self.patches.min(shape.patches - patch);
        self.patch += count;
        if self.patch == shape.patches {
            (self.row, self.patch) = (row + 1, 0);
        }
        let recorded = if row == conditional_row { count } else { 0 };
        let neutral = if control.acts() { recorded } else { 0 };
        let channels = shape.channels();
        Some(TileTask {
            row,
            patch,
            q: &q[(row * shape.patches + patch) * channels..][..count * channels],
            outputs: Outputs {
                out: self.rest.out.split_off_mut(..count * channels)?,
                map: self.rest.map.split_off_mut(..recorded * shape.tokens)?,
                neutral: self.rest.neutral.split_off_mut(..neutral * shape.tokens)?,
                score: self.rest.score.split_off_mut(..recorded * control.groups())?,
            },
        })
    }
}

/// Numbers of one head's packed keys and values.
struct Lengths {
    keys: usize,
    values: usize,
}

/// Asks for [`Lengths`].
struct Measure(Shape);

impl WithSimd for Measure {
    type Output = Lengths;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Lengths {
        let layout = Layout::<S>::new(simd, self.0, 0);
        Lengths { keys: layout.key_len(), values: layout.value_len() }
    }
}

/// Packs one head of one row: keys transposed, so that tokens lie along the lanes, and scaled for base 2.
struct Pack<'a, T> {
    problem: &'a Problem<'a, T>,
    /// row * H + head.
    index: usize,
    keys: &'a mut [f32],
    values: &'a mut [f32],
    head: &'a mut Vec<f32>,
}

impl<T: Element> WithSimd for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { problem: &Problem { shape, scale, k, v, .. }, index, keys, values, head } = self;
        let Shape { tokens, heads, head_size, .. } = shape;
        let layout = Layout::<S>::new(simd, shape, 0);
        let start = |token| (index / heads * tokens + token) * shape.channels() + index % heads * head_size;
        let lanes = S::F32_LANES;

        // Tokens beyond the last are 0, so that their logits are the -inf they start from.
        head.clear();
        head.resize(layout.token_vectors * lanes * head_size, 0.0);
        for (token, key) in head.chunks_exact_mut(head_size).take(tokens).enumerate() {
            T::widen_into(&k[start(token)..][..head_size], key);
        }
        let scale = scale * std::f32::consts::LOG2_E;
        for (block, rows) in head.chunks_exact(lanes * head_size).enumerate() {
            for channel in 0..head_size {
                let at = packed_index::<S>(head_size, layout.token_vectors, channel, block * lanes);
                for (lane, packed) in keys[at..][..lanes].iter_mut().enumerate() {
                    *packed = rows[lane * head_size + channel] * scale;
                }
            }
        }
        for token in 0..tokens {
            for from in (0..head_size).step_by(lanes) {
                let count = lanes.min(head_size - from);
                let at = packed_index::<S>(tokens, layout.channel_vectors, token, from);
                T::widen_into(&v[start(token) + from..][..count], &mut values[at..][..count]);
                values[at + count..at + lanes].fill(0.0);
            }
        }
    }
}
