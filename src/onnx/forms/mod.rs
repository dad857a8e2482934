//! The forms in which exporters write attention: a closed list, one file each (onnxruntime.md, "Attention as
//! exported").
//!
//! A form is read around a Softmax and either matches exactly or says, in a sentence, what is different. So far
//! there is one file: [`split_heads`] for forms a and e.

mod split_heads;

use super::{AttentionKind, DType, index::Index, proto::NodeProto};

/// The graph input that holds the text.
pub(super) const TEXT: &str = "encoder_hidden_states";

/// What a form tells about a layer.
pub(super) struct Form {
    pub(super) kind: AttentionKind,
    pub(super) heads: usize,
    pub(super) head_size: usize,
    pub(super) scale: f32,
    pub(super) sites: Sites,
}

/// Where a layer is rewritten.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sites {
    /// A scalar that Q K^T is scaled by. For self-attention.
    Scale {
        /// The Mul or Div that applies it, as input 1; place in the node list.
        node: usize,
        /// Name of the scalar, which can be a vector of length 1.
        scalar: String,
        /// Its element type.
        dtype: DType,
        /// The nodes from Q K^T to the Softmax, places in the node list: each reads the one before as input 0, the
        /// first reads Q [B, H, N, d] there and K^T [B, H, d, N] as input 1.
        product: Vec<usize>,
    },
    /// Projections in, joined heads out. For cross-attention.
    Whole {
        /// Names of Q [B, N, H*d], K and V [B, L, H*d], all of one type, f32 or f16.
        projections: [String; 3],
        /// The MatMul that projects the values, from the text as input 0; place in the node list.
        values: usize,
        /// The node that makes [B, N, H*d] as its only output; place in the node list.
        node: usize,
        /// Name of that output.
        output: String,
        /// What the output must be cast to, if it is of another type than Q.
        cast: Option<DType>,
    },
}

/// Reads the attention around a Softmax.
///
/// # Errors
/// A sentence that says what keeps it from being a known form.
pub(super) fn read(index: &Index<'_>, softmax: &NodeProto) -> Result<Form, String> {
    split_heads::read(index, softmax)
}
