//! The two element types of the attention tensors.

use half::{f16, slice::HalfFloatSliceExt};

/// A type of q, k, v and out; all arithmetic is f32.
pub trait Element: Copy + Send + Sync + 'static {
    /// Converts `source` into `target`, of the same length.
    fn widen_into(source: &[Self], target: &mut [f32]);

    /// `source` as f32, converted into `buffer` if it is of another type.
    fn widen<'a>(source: &'a [Self], buffer: &'a mut Vec<f32>) -> &'a [f32];

    /// Lets `fill` write `target` as f32, through `buffer` if it is of another type.
    fn narrow(target: &mut [Self], buffer: &mut Vec<f32>, fill: impl FnOnce(&mut [f32]));
}

impl Element for f32 {
    fn widen_into(source: &[Self], target: &mut [f32]) {
        target.copy_from_slice(source);
    }

    fn widen<'a>(source: &'a [Self], _: &'a mut Vec<f32>) -> &'a [f32] {
        source
    }

    fn narrow(target: &mut [Self], _: &mut Vec<f32>, fill: impl FnOnce(&mut [f32])) {
        fill(target);
    }
}

impl Element for f16 {
    fn widen_into(source: &[Self], target: &mut [f32]) {
        source.convert_to_f32_slice(target);
    }

    fn widen<'a>(source: &'a [Self], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        buffer.resize(source.len(), 0.0);
        source.convert_to_f32_slice(buffer);
        buffer
    }

    fn narrow(target: &mut [Self], buffer: &mut Vec<f32>, fill: impl FnOnce(&mut [f32])) {
        buffer.resize(target.len(), 0.0);
        fill(buffer);
        target.convert_from_f32_slice(buffer);
    }
}
