//! Arrays to tensors of the type that a graph wants, and back to f32.

use half::f16;
use ndarray::{Array, Array1, ArrayD, ArrayView, ArrayView1, ArrayViewD, Axis, Dimension, IxDyn};
use ort::{
    session::SessionOutputs,
    value::{DynValue, PrimitiveTensorElementType, Tensor},
};

use super::{failure::failed, fixed_shapes::filled};
use tauscope_core::error::{Error, Result};
use tauscope_onnx::{DType, Port};

/// A tensor for `port` with the values of `array`, rounded where the port takes integers. An array of one value fits
/// a scalar port, and rows are repeated where the port is fixed to more.
///
/// # Errors
/// [`Error::Graph`] if the port takes no numbers of these kinds, [`Error::Runtime`].
pub(super) fn input<D: Dimension>(port: &Port, array: ArrayView<'_, f32, D>) -> Result<DynValue> {
    let array = filled(port, array.into_dyn());
    let array = if port.shape.is_empty() && array.len() == 1 {
        array.into_shape_with_order(IxDyn(&[])).map_err(|error| Error::Internal(format!("{error}.")))?
    } else {
        array
    };
    match port.dtype {
        DType::F32 => value(&port.name, array),
        DType::F16 => value(&port.name, array.mapv(f16::from_f32)),
        DType::F64 => value(&port.name, array.mapv(f64::from)),
        DType::I64 => value(&port.name, array.mapv(|x| x.round() as i64)),
        DType::I32 => value(&port.name, array.mapv(|x| x.round() as i32)),
        other => Err(Error::graph(
            &port.name,
            format!(
                "it takes values of type {other}, which Tauscope does not have. Export the model as fp32 or fp16."
            ),
        )),
    }
}

/// Token ids as the one row of a tensor for `port`, repeated where the port is fixed to more.
///
/// # Errors
/// As [`integers`].
pub(super) fn ids(port: &Port, ids: &[i64]) -> Result<DynValue> {
    integers(port, ArrayView1::from(ids).insert_axis(Axis(0)).into_dyn())
}

/// A tensor of integers for `port`; rows are repeated where the port is fixed to more.
///
/// # Errors
/// [`Error::Graph`] if the port takes no integers, [`Error::Runtime`].
pub(super) fn integers(port: &Port, array: ArrayViewD<'_, i64>) -> Result<DynValue> {
    let array = filled(port, array);
    match port.dtype {
        DType::I64 => value(&port.name, array),
        // A vocabulary is far smaller than either type.
        DType::I32 => value(&port.name, array.mapv(|id| id as i32)),
        other => {
            Err(Error::graph(&port.name, format!("it takes values of type {other}, but gets integers here.")))
        }
    }
}

/// A tensor of an array as it is.
///
/// # Errors
/// [`Error::Runtime`].
pub(super) fn value<T>(name: &str, array: ArrayD<T>) -> Result<DynValue>
where
    T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    Tensor::from_array(array)
        .map(Tensor::into_dyn)
        .map_err(|error| failed(&format!("preparing the input {name}"), &error))
}

/// A tensor of one dimension.
///
/// # Errors
/// [`Error::Runtime`].
pub(super) fn vector<T>(name: &str, values: Vec<T>) -> Result<DynValue>
where
    T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    value(name, Array1::from(values).into_dyn())
}

/// An output by name in its documented number of dimensions, as f32, whatever float it is.
///
/// # Errors
/// [`Error::Graph`] if it is missing or has another number of dimensions, [`Error::Runtime`] if it is no float.
pub(super) fn output<D: Dimension>(outputs: &SessionOutputs<'_>, name: &str) -> Result<Array<f32, D>> {
    let value: &DynValue =
        outputs.get(name).ok_or_else(|| Error::graph(name, "the output is missing from the graph."))?;
    floats(name, value)?.into_dimensionality().map_err(|error| {
        Error::graph(name, format!("the output has an unexpected number of dimensions ({error})."))
    })
}

fn floats(name: &str, value: &DynValue) -> Result<ArrayD<f32>> {
    if let Ok(array) = value.try_extract_array::<f32>() {
        return Ok(array.to_owned());
    }
    if let Ok(array) = value.try_extract_array::<f16>() {
        return Ok(array.mapv(f16::to_f32));
    }
    value
        .try_extract_array::<f64>()
        .map(|array| array.mapv(|x| x as f32))
        .map_err(|error| failed(&format!("reading the output {name}"), &error))
}
