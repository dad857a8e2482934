//! Attention as one node: ONNX's own Attention (form c, opset 23), ONNX Runtime's MultiHeadAttention (form d).
//!
//! Q, K and V come as projections [B, N, H*d] with the number of heads as an attribute, or, Attention only, split into
//! heads [B, H, N, d] ([`heads`]).

use super::{
    super::{
        index::{attribute, int},
        proto::NodeProto,
    },
    Form, Temperature, heads,
    sites::LayerSite,
    walk::{Reading, Walk, input, output},
};

/// Reads the form of a node at the place `at`.
pub(super) fn read<'a>(walk: &mut Walk<'_, 'a>, at: usize, node: &'a NodeProto) -> Reading<Form> {
    let given = node.input.iter().filter(|input| !input.is_empty()).count();
    if given < 3 || node.input.iter().take(3).any(String::is_empty) {
        return Err("Its inputs are not packed as expected.".into());
    }
    if given > 3 || ["is_causal", "unidirectional"].iter().any(|name| int(node, name).unwrap_or(0) != 0) {
        return Err("It has a mask, a bias or a past, which attention in a UNet does not have.".into());
    }
    if float(node, "softcap").is_some_and(|cap| cap != 0.0) {
        return Err("Its scores are capped, which attention in a UNet does not have.".into());
    }
    if node.output.iter().skip(1).any(|output| !output.is_empty()) {
        return Err("It has outputs beside the attended values.".into());
    }
    let [q, k, v] = [input(node, 0)?, input(node, 1)?, input(node, 2)?];
    let heads = |name| int(node, name).and_then(|heads| usize::try_from(heads).ok());
    let counts = heads("num_heads").map(|heads| (heads, heads));
    let counts = counts.or_else(|| heads("q_num_heads").zip(heads("kv_num_heads")));
    let (splits, joined) = if let Some((heads, kv_heads)) = counts {
        let splits =
            [walk.unsplit(q, heads, "Q")?, walk.unsplit(k, kv_heads, "K")?, walk.unsplit(v, kv_heads, "V")?];
        (splits, (at, output(node)?))
    } else {
        let splits = [heads::split(walk, q, "Q")?, heads::split(walk, k, "K")?, heads::split(walk, v, "V")?];
        let joined = heads::joined(walk, output(node)?, &splits[0])?;
        (splits, joined)
    };
    let scale = float(node, "scale").unwrap_or_else(|| (splits[0].head_size as f64).sqrt().recip());
    let dtype = walk.index.dtype(q).ok_or("The element type of Q is not known.");
    let temperature = dtype.map(|dtype| Temperature::Query { node: at, query: q.to_owned(), dtype });
    walk.form(&LayerSite { splits, joined, anchor: at }, scale, temperature.map_err(str::to_owned))
}

fn float(node: &NodeProto, name: &str) -> Option<f64> {
    attribute(node, name)?.f.map(f64::from)
}
