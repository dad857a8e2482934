//! Element types of tensors.

use std::fmt;

/// The element type of a tensor, as ONNX numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// IEEE half.
    F16,
    /// Brain float.
    Bf16,
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// One byte a value.
    Bool,
    /// Text.
    String,
    /// Any other of ONNX's numbers (8-bit floats, 4-bit integers, complex); 0 for a value that is no tensor.
    Other(i32),
}

impl DType {
    /// From `TensorProto.DataType`.
    pub(super) fn from_onnx(code: i32) -> Self {
        Self::KNOWN.iter().find(|&&(_, known)| known == code).map_or(Self::Other(code), |&(dtype, _)| dtype)
    }

    /// As `TensorProto.DataType`.
    pub(super) fn to_onnx(self) -> i32 {
        match self {
            Self::Other(code) => code,
            _ => Self::KNOWN.iter().find(|(dtype, _)| *dtype == self).map_or(0, |&(_, code)| code),
        }
    }

    /// Size of one element in bytes; `None` where it is not fixed or not whole.
    pub fn size_bytes(self) -> Option<usize> {
        match self {
            Self::I8 | Self::U8 | Self::Bool => Some(1),
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => Some(2),
            Self::F32 | Self::I32 | Self::U32 => Some(4),
            Self::F64 | Self::I64 | Self::U64 => Some(8),
            Self::String | Self::Other(_) => None,
        }
    }

    const KNOWN: [(Self, i32); 14] = [
        (Self::F16, 10),
        (Self::Bf16, 16),
        (Self::F32, 1),
        (Self::F64, 11),
        (Self::I8, 3),
        (Self::I16, 5),
        (Self::I32, 6),
        (Self::I64, 7),
        (Self::U8, 2),
        (Self::U16, 4),
        (Self::U32, 12),
        (Self::U64, 13),
        (Self::Bool, 9),
        (Self::String, 8),
    ];
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(code) => write!(f, "ONNX type {code}"),
            _ => write!(f, "{}", format!("{self:?}").to_lowercase()),
        }
    }
}
