//! The contract between the rewritten graph and the program that runs it: names and order of what is added.
//!
//! The program implements the operator, feeds the inputs and reads the outputs.

pub use super::reduce::Reduce;

/// Domain of the custom operators.
pub const DOMAIN: &str = "tauscope";
/// Version of the domain that the rewritten graph imports.
pub const DOMAIN_VERSION: i64 = 1;
/// The cross-attention operator. Inputs q [B, N, H*d], k and v [B, L, H*d] (f32 or f16, all alike), then
/// [`TOKEN_GROUP`], [`TOKEN_WEIGHT`], [`MASK_STRENGTH`], [`MASK_REDUCE`], [`CONDITIONAL_ROW`], [`REGIONS`] in this order;
/// outputs out [B, N, H*d] (as q), map f32 [N, L], neutral f32 [N or 0, L], score f32 [N, G]; attributes [`HEADS`],
/// [`SCALE`], [`LAYER`].
pub const CROSS_ATTENTION: &str = "CrossAttention";

/// Attribute, int: number of heads H.
pub const HEADS: &str = "heads";
/// Attribute, float: factor of Q K^T, normally 1/sqrt(d).
pub const SCALE: &str = "scale";
/// Attribute, int: index of the layer among the cross-attention layers, its place in [`MASK_STRENGTH`].
pub const LAYER: &str = "layer";

/// Graph input, f32 [S] for S self-attention layers in model order: 1/tau of each; 1 is neutral.
pub const INVERSE_TEMPERATURE: &str = "tauscope.inverse_temperature";
/// Graph input, i32 [L]: entity group of each token, -1 for global.
pub const TOKEN_GROUP: &str = "tauscope.token_group";
/// Graph input, f32 [L]: weight of each token; 1 is neutral.
pub const TOKEN_WEIGHT: &str = "tauscope.token_weight";
/// Graph input, f32 [C] for C cross-attention layers in model order: strength of the mask, 0 is off.
pub const MASK_STRENGTH: &str = "tauscope.mask_strength";
/// Graph input, i32 [1]: how a group's score is taken over its tokens, the code of a [`Reduce`].
pub const MASK_REDUCE: &str = "tauscope.mask_reduce";
/// Graph input, i32 [1]: the batch row that is masked, weighted and recorded.
pub const CONDITIONAL_ROW: &str = "tauscope.conditional_row";
/// Graph input, i32 [h, w], the grid of the latents: the entity group whose tokens the mask lets each place see. -1
/// leaves it to the scores, as does a group without tokens; at -2 global tokens alone are seen. A layer's patch in row
/// r of hl takes the label of row floor((r + 0.5) h / hl), and the same of columns. hl = ceil(h / k), wl = ceil(w / k)
/// with k = sqrt(h w / N) to the nearest whole number.
pub const REGIONS: &str = "tauscope.regions";
/// Graph input, as `encoder_hidden_states` in type and shape: the text from which every cross-attention layer takes
/// its values (method.md 4); the prompt's own text is neutral.
pub const VALUE_STATES: &str = "tauscope.value_states";
/// Graph input, i64 [S, R] for S self-attention layers in model order, R 0 or 1: the patch of each layer whose
/// attention is reported; R = 0 costs nothing.
pub const PATCH_ROWS: &str = "tauscope.patch_rows";

/// Graph output, f32 [N, L]: head mean of the attention used by `layer` in the conditional row.
pub fn map_output(layer: &str) -> String {
    format!("tauscope.map/{layer}")
}

/// Graph output, f32 [N, L]: the same before mask and weights act; [0, L] while neither acts, because the map is neutral
/// then.
pub fn neutral_output(layer: &str) -> String {
    format!("tauscope.neutral/{layer}")
}

/// Graph output, f32 [N, G]: neutral score of each entity group in `layer`.
pub fn score_output(layer: &str) -> String {
    format!("tauscope.score/{layer}")
}

/// Graph output, f32 [R, N]: where the patch looks that [`PATCH_ROWS`] asks for in self-attention `layer`. This is the
/// head mean of the patch's row of the Softmax, with the temperature, in the conditional row of the batch.
pub fn row_output(layer: &str) -> String {
    format!("tauscope.row/{layer}")
}
