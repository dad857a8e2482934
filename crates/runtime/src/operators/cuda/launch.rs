//! Which kernels compute a call of the operator, and with which sizes: pure, so that it is tested without a GPU.

use std::num::TryFromIntError;

use bytemuck::{Pod, Zeroable};

use super::super::problem::{LayerControl, Shape};

/// The threads of a block, the warps that they form, and the tokens and channels that a block holds at a time, as in
/// attention.cu.
pub(super) const THREADS: usize = 128;
const WARPS: usize = 4;
const TOKENS: usize = 32;
const CHANNELS: usize = 64;
/// Patches of a warp: many, so that K and V are read less often, or one, where many do not fit shared memory.
const MANY_ROWS: usize = 8;
/// Shared memory that every block may have, in bytes.
pub(super) const USUAL_SHARED_BYTES: usize = 48 << 10;

/// An address in the device's memory; 0 is none.
pub(super) type Address = u64;

/// The one argument of all kernels. The same struct is in attention.cu.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Call {
    /// [B, N, H*d], [B, L, H*d] and [B, L, H*d].
    pub(super) q: Address,
    pub(super) k: Address,
    pub(super) v: Address,
    /// [B, N, H*d]; 0 if only probabilities are wanted.
    pub(super) out: Address,
    /// [H, N, L] of the recorded row.
    pub(super) probabilities: Address,
    /// [N, L].
    pub(super) map: Address,
    /// [N, G].
    pub(super) score: Address,
    /// [N].
    pub(super) winner: Address,
    /// [L] each.
    pub(super) group: Address,
    pub(super) weight: Address,
    /// [N]; 0 if no patch is told what to see.
    pub(super) seats: Address,
    pub(super) patches: i32,
    pub(super) tokens: i32,
    pub(super) heads: i32,
    pub(super) head_size: i32,
    pub(super) groups: i32,
    /// The batch row that block z = 0 works on.
    pub(super) first_row: i32,
    /// The batch row whose probabilities are written.
    pub(super) recorded_row: i32,
    /// The batch row that is masked and weighed; -1 for none.
    pub(super) controlled_row: i32,
    /// [`Reduce`](tauscope_onnx::contract::Reduce) by its number.
    pub(super) reduce: i32,
    /// Factor of Q K^T for logits to base 2.
    pub(super) scale: f32,
    /// Of the mask; 0 is off.
    pub(super) strength: f32,
    /// C++ rounds the size up to that of a pointer.
    pub(super) padding: u32,
}

/// A kernel of attention.cu, called once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Launch {
    /// Its name.
    pub(super) kernel: &'static str,
    /// Blocks.
    pub(super) grid: [u32; 3],
    /// Dynamic shared memory of a block, in bytes.
    pub(super) shared_bytes: usize,
    pub(super) call: Call,
}

/// Where the tensors of a call lie. `neutral` is 0 if no control acts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensors {
    pub(super) q: Address,
    pub(super) k: Address,
    pub(super) v: Address,
    pub(super) out: Address,
    pub(super) map: Address,
    pub(super) neutral: Address,
    pub(super) score: Address,
}

/// Working memory, and the control in the device's memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scratch {
    /// f32 [H, N, L].
    pub(super) probabilities: Address,
    /// i32 [N].
    pub(super) winner: Address,
    /// i32 [L].
    pub(super) group: Address,
    /// f32 [L].
    pub(super) weight: Address,
    /// i32 [N]: whom each patch is given to, whatever its scores are.
    pub(super) seats: Address,
}

/// The kernels of a call of the operator on tensors of f16, or f32, in their order. Logits are `scale` Q K^T.
///
/// # Errors
/// If a size is too large for a kernel's integers.
pub(super) fn launches(
    shape: Shape,
    is_half: bool,
    scale: f32,
    conditional_row: usize,
    control: &LayerControl<'_>,
    tensors: Tensors,
    scratch: Scratch,
) -> Result<Vec<Launch>, TryFromIntError> {
    if shape.batch == 0 || shape.patches == 0 {
        return Ok(Vec::new());
    }
    let groups = control.groups();
    let call = Call {
        q: tensors.q,
        k: tensors.k,
        v: tensors.v,
        out: tensors.out,
        probabilities: scratch.probabilities,
        map: tensors.map,
        score: tensors.score,
        winner: scratch.winner,
        group: scratch.group,
        weight: scratch.weight,
        seats: if control.told.is_empty() { 0 } else { scratch.seats },
        patches: shape.patches.try_into()?,
        tokens: shape.tokens.try_into()?,
        heads: shape.heads.try_into()?,
        head_size: shape.head_size.try_into()?,
        groups: groups.try_into()?,
        first_row: 0,
        recorded_row: conditional_row.try_into()?,
        controlled_row: -1,
        reduce: control.reduce.code(),
        scale: scale * std::f32::consts::LOG2_E,
        strength: 0.0,
        padding: 0,
    };
    let attend = Attend::new(shape, is_half);
    let mean = |call| simple("head_mean", shape.patches * shape.tokens, call);
    let score = |call| simple("score", shape.patches, call);
    let mut launches = Vec::new();
    if control.acts() {
        let neutral = Call { out: 0, map: tensors.neutral, first_row: call.recorded_row, ..call };
        launches.extend([attend.launch(1, neutral)?, mean(neutral)?]);
        if groups > 0 {
            launches.push(score(neutral)?);
        }
        let strength = if groups > 1 { control.strength } else { 0.0 };
        let steered = Call { strength, controlled_row: call.recorded_row, ..call };
        launches.extend([attend.launch(shape.batch, steered)?, mean(steered)?]);
    } else {
        launches.extend([attend.launch(shape.batch, call)?, mean(call)?]);
        if groups > 0 {
            launches.push(score(call)?);
        }
    }
    Ok(launches)
}

/// How `attend` covers a call.
struct Attend {
    shape: Shape,
    kernel: &'static str,
    tile: usize,
    shared_bytes: usize,
}

impl Attend {
    fn new(shape: Shape, is_half: bool) -> Self {
        let shared = |rows: usize| {
            // The stride of a row of channels: an odd number of fours.
            let stride = 4 * (shape.head_size.div_ceil(4) | 1);
            let tile = WARPS * rows;
            let attention = tile * shape.tokens.next_multiple_of(4);
            size_of::<f32>() * (tile * stride + attention + TOKENS * stride.max(CHANNELS))
        };
        let many = shared(MANY_ROWS);
        let (rows, shared_bytes, kernel) = match (many <= USUAL_SHARED_BYTES, is_half) {
            (true, false) => (MANY_ROWS, many, "attend_f32"),
            (true, true) => (MANY_ROWS, many, "attend_f16"),
            (false, false) => (1, shared(1), "attend_long_f32"),
            (false, true) => (1, shared(1), "attend_long_f16"),
        };
        Self { shape, kernel, tile: WARPS * rows, shared_bytes }
    }

    fn launch(&self, rows: usize, call: Call) -> Result<Launch, TryFromIntError> {
        let grid = [
            self.shape.patches.div_ceil(self.tile).try_into()?,
            self.shape.heads.try_into()?,
            rows.try_into()?,
        ];
        Ok(Launch { kernel: self.kernel, grid, shared_bytes: self.shared_bytes, call })
    }
}

/// A kernel of one thread for each of `count` numbers.
fn simple(kernel: &'static str, count: usize, call: Call) -> Result<Launch, TryFromIntError> {
    Ok(Launch { kernel, grid: [count.div_ceil(THREADS).try_into()?, 1, 1], shared_bytes: 0, call })
}
