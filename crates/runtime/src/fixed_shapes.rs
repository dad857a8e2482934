//! Calls of graphs that were exported for another number of rows: rows are repeated, or run one after the other. Other
//! sizes that do not fit are refused when the model is checked.

use std::iter;

use ndarray::{ArrayD, ArrayViewD, Axis, s};

use tauscope_core::{attention::StepControl, diffusion::UnetInput};
use tauscope_onnx::{Dim, Port};

/// An input with as many rows as its port is fixed to; those that are missing repeat the ones that are there. The
/// same rows of the output are the ones that count.
pub(super) fn filled<T: Clone>(port: &Port, array: ArrayViewD<'_, T>) -> ArrayD<T> {
    let rows = array.shape().first().copied().unwrap_or(0);
    match port.shape.first() {
        Some(&Dim::Fixed(wanted)) if 0 < rows && rows < wanted => {
            let repeated: Vec<usize> = iter::repeat_n(0..rows, wanted).flatten().take(wanted).collect();
            array.select(Axis(0), &repeated)
        }
        _ => array.to_owned(),
    }
}

/// One row of a call as a call of its own. A row that is not conditional gets `unconditional`, and no patch.
pub(super) fn row_alone<'a>(
    input: &'a UnetInput<'_>,
    row: usize,
    unconditional: &'a StepControl,
) -> UnetInput<'a> {
    let is_conditional = row == input.conditional_row;
    UnetInput {
        sample: input.sample.slice_move(s![row..=row, .., .., ..]),
        timestep: input.timestep,
        context: input.context.slice_move(s![row..=row, .., ..]),
        values: input.values.map(|values| values.slice_move(s![row..=row, .., ..])),
        pooled: input.pooled.slice_move(s![row..=row, ..]),
        guidance_scale: input.guidance_scale,
        time_ids: input.time_ids.slice_move(s![row..=row, ..]),
        control: if is_conditional { input.control } else { unconditional },
        conditional_row: 0,
        patch: input.patch.filter(|_| is_conditional),
    }
}

/// What acts on rows that are not conditional: the temperature alone.
pub(super) fn unconditional(control: &StepControl) -> StepControl {
    StepControl {
        inverse_temperature: control.inverse_temperature,
        ..StepControl::neutral(control.token_weight.len())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use tauscope_onnx::DType;

    #[test]
    fn rows_are_repeated_where_a_port_wants_more() {
        fn check(first: Dim, expected: &[f32]) {
            let port = Port { name: "x".into(), dtype: DType::F32, shape: vec![first, Dim::Fixed(1)] };
            let rows = array![[1.0], [2.0]].into_dyn();
            assert_eq!(filled(&port, rows.view()).into_iter().collect::<Vec<_>>(), expected);
        }
        check(Dim::Fixed(1), &[1.0, 2.0]);
        check(Dim::Fixed(2), &[1.0, 2.0]);
        check(Dim::Fixed(5), &[1.0, 2.0, 1.0, 2.0, 1.0]);
        check(Dim::Named("batch".into()), &[1.0, 2.0]);
    }
}
