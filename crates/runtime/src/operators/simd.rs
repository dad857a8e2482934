//! The arithmetic of the kernels on vectors of any width: a register-tiled product and the exponential.
//!
//! Everything here is inlined into the function that `pulp` compiles once for each instruction set.

use pulp::{Arch, Simd};

/// Lanes of the widest vector; rows of tokens are padded to it, whatever the instruction set.
pub(super) const MAX_LANES: usize = 16;
/// Rows of the left factor that a register tile covers.
const TILE_ROWS: usize = 4;

/// The instruction sets that this machine can run, best first.
pub fn paths() -> Vec<Arch> {
    #[cfg(target_arch = "x86_64")]
    let vector = [pulp::x86::V4::try_new().map(Arch::V4), pulp::x86::V3::try_new().map(Arch::V3)];
    #[cfg(target_arch = "aarch64")]
    let vector = [pulp::aarch64::Neon::try_new().map(Arch::Neon)];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let vector = [None];
    vector.into_iter().flatten().chain([Arch::Scalar]).collect()
}

/// The name of an instruction set, for people.
pub fn name(arch: Arch) -> &'static str {
    match arch {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(_) => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        Arch::V3(_) => "AVX2",
        #[cfg(target_arch = "aarch64")]
        Arch::Neon(_) => "NEON",
        _ => "scalar",
    }
}

/// Vectors of the right factor that a register tile covers: the tile, its operands and nothing else fit the
/// registers.
const fn panel_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 5 } else { 2 }
}

/// The left factor of a product: rows of `depth` numbers, `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) data: &'a [f32],
    pub(super) stride: usize,
    pub(super) depth: usize,
    pub(super) rows: usize,
}

/// What happens to the vectors of a product.
pub(super) trait Sink<S: Simd> {
    /// What is added to all rows at the vector of columns `vector`.
    fn start(&self, simd: S, vector: usize) -> S::f32s;

    /// Takes the result of `row` at the vector of columns `vector`.
    fn put(&mut self, simd: S, row: usize, vector: usize, value: S::f32s);
}

/// Where the number at (`row`, `column`) of a right factor [depth, columns] lies once packed: in panels of a few
/// vectors, each row by row, so that a product reads them in a line. `vectors` is the padded number of columns.
#[inline(always)]
pub(super) fn packed_index<S: Simd>(depth: usize, vectors: usize, row: usize, column: usize) -> usize {
    let panel = panel_vectors::<S>();
    let first = column / S::F32_LANES / panel * panel;
    let width = panel.min(vectors - first);
    (first * depth + row * width) * S::F32_LANES + (column - first * S::F32_LANES)
}

/// `left` times the packed factor `right` of `vectors` vectors of columns.
#[inline(always)]
pub(super) fn multiply<S: Simd>(
    simd: S,
    left: Left<'_>,
    right: &[f32],
    vectors: usize,
    sink: &mut impl Sink<S>,
) {
    let right = S::as_simd_f32s(right).0;
    let mut first = 0;
    while first < vectors {
        let width = panel_vectors::<S>().min(vectors - first);
        let panel = &right[first * left.depth..][..width * left.depth];
        match width {
            1 => multiply_panel::<S, 1>(simd, left, panel, first, sink),
            2 => multiply_panel::<S, 2>(simd, left, panel, first, sink),
            3 => multiply_panel::<S, 3>(simd, left, panel, first, sink),
            4 => multiply_panel::<S, 4>(simd, left, panel, first, sink),
            _ => multiply_panel::<S, 5>(simd, left, panel, first, sink),
        }
        first += width;
    }
}

#[inline(always)]
fn multiply_panel<S: Simd, const V: usize>(
    simd: S,
    left: Left<'_>,
    panel: &[S::f32s],
    first: usize,
    sink: &mut impl Sink<S>,
) {
    let panel = pulp::as_arrays::<V, _>(panel).0;
    let mut row = 0;
    while row + TILE_ROWS <= left.rows {
        multiply_tile::<S, TILE_ROWS, V>(simd, left, row, panel, first, sink);
        row += TILE_ROWS;
    }
    while row < left.rows {
        multiply_tile::<S, 1, V>(simd, left, row, panel, first, sink);
        row += 1;
    }
}

/// R rows by V vectors, held in registers.
#[inline(always)]
fn multiply_tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    left: Left<'_>,
    row: usize,
    panel: &[[S::f32s; V]],
    first: usize,
    sink: &mut impl Sink<S>,
) {
    // Loops, for the calls that `array::from_fn` makes are not inlined.
    let mut rows = [left.data; R];
    for (r, slice) in rows.iter_mut().enumerate() {
        *slice = &left.data[(row + r) * left.stride..][..panel.len()];
    }
    let mut start = [simd.splat_f32s(0.0); V];
    for (v, start) in start.iter_mut().enumerate() {
        *start = sink.start(simd, first + v);
    }
    let mut sums = [start; R];
    for (i, right) in panel.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(rows) {
            let factor = simd.splat_f32s(row[i]);
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = simd.mul_add_e_f32s(factor, right, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, &sum) in sums.iter().enumerate() {
            sink.put(simd, row + r, first + v, sum);
        }
    }
}

/// 2^x for x <= 0, relative error below 3e-7; 0 below the smallest normal number, NaN for NaN.
#[inline(always)]
pub(super) fn exp2<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // The exponent of the result is found by an addition that rounds x to an integer and leaves it, biased, in
    // the low bits. A comparison and no maximum, which would turn NaN into a number.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    const LOWEST: f32 = -127.0;
    let lowest = simd.splat_f32s(LOWEST);
    let x = simd.select_f32s(simd.less_than_f32s(x, lowest), lowest, x);
    let shifted = simd.add_f32s(x, simd.splat_f32s(ROUND));
    let fraction = simd.sub_f32s(x, simd.sub_f32s(shifted, simd.splat_f32s(ROUND)));
    let power = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    // 2^fraction on -0.5..0.5, the polynomial of Cephes' exp2f.
    let mut value = simd.splat_f32s(1.535_336_2e-4);
    for coefficient in [1.339_887_4e-3, 9.618_437e-3, 5.550_332_5e-2, 2.402_264_8e-1, 6.931_472e-1, 1.0] {
        value = simd.mul_add_e_f32s(value, fraction, simd.splat_f32s(coefficient));
    }
    simd.mul_f32s(value, simd.transmute_f32s_u32s(power))
}

/// Turns a row of logits to base 2 into 2^(logit - largest) and returns their sum.
#[inline(always)]
pub(super) fn exponentiate<S: Simd>(simd: S, row: &mut [S::f32s]) -> f32 {
    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
    for &logit in row.iter() {
        largest = simd.max_f32s(largest, logit);
    }
    let largest = simd.splat_f32s(simd.reduce_max_f32s(largest));
    let mut sum = simd.splat_f32s(0.0);
    for logit in row {
        *logit = exp2(simd, simd.sub_f32s(*logit, largest));
        sum = simd.add_f32s(sum, *logit);
    }
    simd.reduce_sum_f32s(sum)
}

/// Adds `factor` times `row` to `total`.
#[inline(always)]
pub(super) fn accumulate<S: Simd>(simd: S, total: &mut [S::f32s], row: &[S::f32s], factor: f32) {
    let factor = simd.splat_f32s(factor);
    for (total, &x) in total.iter_mut().zip(row) {
        *total = simd.mul_add_e_f32s(factor, x, *total);
    }
}

/// sum of a * b.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, a: &[S::f32s], b: &[S::f32s]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for (&a, &b) in a.iter().zip(b) {
        sum = simd.mul_add_e_f32s(a, b, sum);
    }
    simd.reduce_sum_f32s(sum)
}
