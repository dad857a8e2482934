//! The forms in which exporters write attention: a closed list, one file each.
//!
//! | file | form | written by |
//! |---|---|---|
//! | [`split_heads`] | a, e, c | PyTorch's two exporters from scaled_dot_product_attention; in half precision, with Casts |
//! | [`folded_heads`] | b | the same exporters from diffusers' AttnProcessor |
//! | [`one_node`] | c, d | PyTorch's exporter since opset 23; ONNX Runtime's optimizer and Olive |
//!
//! A form is read around its anchor, a Softmax or the one node that computes the whole layer. It either matches exactly
//! or says, in a sentence, what is different. What the forms have in common is in [`walk`] (steps along the graph),
//! [`projection`] (the linear layers at the beginning), [`heads`] (heads split and joined), [`softmax`] (the products
//! around a Softmax) and [`sites`] (what the rewrite needs to know). ONNX Runtime's packed inputs are taken apart before
//! ([`super::unpack`]).

mod folded_heads;
mod heads;
mod one_node;
mod projection;
mod sites;
mod softmax;
mod split_heads;
mod walk;

pub(super) use sites::{End, Form, Role, Sites, Temperature};

#[cfg(test)]
mod tests;

use super::{index::Index, proto::NodeProto};
use walk::{Reading, Walk};

/// The graph input that holds the text.
pub(super) const TEXT: &str = "encoder_hidden_states";
/// The domain of ONNX Runtime's own operators.
pub(super) const MICROSOFT: &str = "com.microsoft";

/// Whether attention may be read around a node.
pub(super) fn is_anchor(node: &NodeProto) -> bool {
    matches!(node.op_type(), "Softmax" | "Attention" | "MultiHeadAttention")
}

/// Reads the attention around an anchor at the place `at` of the node list.
///
/// # Errors
/// A sentence that says what keeps it from being a known form.
pub(super) fn read<'a>(index: &Index<'a>, at: usize, anchor: &'a NodeProto) -> Reading<Form> {
    let mut walk = Walk::new(index);
    match (anchor.op_type(), anchor.domain()) {
        ("Softmax", _) => softmax::read(&mut walk, at, anchor),
        ("Attention", MICROSOFT) => Err(
            "Its input weights are not packed as expected, or it has a mask or a past, which a UNet does not have."
                .into(),
        ),
        _ => one_node::read(&mut walk, at, anchor),
    }
}
