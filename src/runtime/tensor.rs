//! Arrays to tensors of the type a graph wants, and back to f32.

use half::f16;
use ndarray::{ArrayD, ArrayViewD, Dimension, ArrayView};
use ort::value::{DynValue, Tensor};

use crate::{
    error::{Error, Result},
    onnx::DType,
};

/// A tensor of type `dtype` with the values of `array`; rounded where the type holds integers.
pub(super) fn input<D: Dimension>(name: &str, array: ArrayView<'_, f32, D>, dtype: DType) -> Result<DynValue> {
    let array = array.into_dyn();
    match dtype {
        DType::F32 => value(name, array.to_owned()),
        DType::F16 => value(name, array.mapv(f16::from_f32)),
        DType::F64 => value(name, array.mapv(f64::from)),
        DType::I64 => value(name, array.mapv(|x| x.round() as i64)),
        DType::I32 => value(name, array.mapv(|x| x.round() as i32)),
        _ => Err(unusable(name, dtype)),
    }
}

/// Token ids as the integers that a graph wants.
pub(super) fn ids(name: &str, ids: &[i64], dtype: DType) -> Result<DynValue> {
    let row = ArrayViewD::from_shape(vec![1, ids.len()], ids).map_err(|error| Error::Internal(error.to_string()))?;
    match dtype {
        DType::I64 => value(name, row.to_owned()),
        DType::I32 => value(name, row.mapv(|id| id as i32)),
        _ => Err(unusable(name, dtype)),
    }
}

/// A tensor of an array as it is.
pub(super) fn value<T>(name: &str, array: ArrayD<T>) -> Result<DynValue>
where
    T: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    Tensor::from_array(array).map(Tensor::into_dyn).map_err(|error| Error::Runtime {
        doing: format!("preparing the input {name}"),
        detail: error.to_string(),
    })
}

/// An output as f32, whatever float it is.
pub(super) fn output(name: &str, value: &DynValue) -> Result<ArrayD<f32>> {
    if let Ok(array) = value.try_extract_array::<f32>() {
        return Ok(array.to_owned());
    }
    if let Ok(array) = value.try_extract_array::<f16>() {
        return Ok(array.mapv(f16::to_f32));
    }
    value.try_extract_array::<f64>().map(|array| array.mapv(|x| x as f32)).map_err(|error| Error::Runtime {
        doing: format!("reading the output {name}"),
        detail: error.to_string(),
    })
}

fn unusable(name: &str, dtype: DType) -> Error {
    Error::graph(name, format!("it takes values of type {dtype}, which cannot be given. Export the model as fp32 or fp16."))
}
