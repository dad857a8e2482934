//! One call of the cross-attention operator: what goes in and what comes out, checked.

use tauscope_core::attention::Regions;
pub use tauscope_onnx::contract::Reduce;

/// Sizes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// B, rows of the batch.
    pub batch: usize,
    /// N, patches of the image.
    pub patches: usize,
    /// L, tokens of the context; at least 1.
    pub tokens: usize,
    /// H, attention heads; at least 1.
    pub heads: usize,
    /// d, channels of a head; at least 1.
    pub head_size: usize,
}

impl Shape {
    /// H * d, the channels of a patch or a token.
    pub fn channels(&self) -> usize {
        self.heads * self.head_size
    }
}

/// What a layer does to the conditional row.
#[derive(Clone, Copy, Debug)]
pub struct LayerControl<'a> {
    /// Entity group of each token [L], -1 for global. A group number that no token has scores 0 and never wins.
    pub group: &'a [i32],
    /// Weight of each token [L], above 0; 1 is neutral.
    pub weight: &'a [f32],
    /// Strength of the mask, 0..1; 0 is off.
    pub strength: f32,
    /// How groups are scored.
    pub reduce: Reduce,
    /// What each patch is told to see [N]: the number of a group, or a constant of [`Regions`]. Empty if none is told.
    pub told: &'a [i32],
}

impl LayerControl<'_> {
    /// G, the number of entity groups: one more than the largest, 0 if every token is global.
    pub fn groups(&self) -> usize {
        self.group.iter().max().map_or(0, |&largest| (largest + 1).max(0) as usize)
    }

    /// [`Self::told`] with [`Regions::ATTENTION_DECIDES`] where there are no tokens of the kind to see.
    pub(super) fn seats(&self) -> Vec<i32> {
        let mut has_tokens = vec![false; self.groups() + 1];
        self.group.iter().for_each(|&group| has_tokens[(group + 1) as usize] = true);
        let seat = |&label: &i32| {
            let index = match label {
                Regions::ATTENTION_DECIDES => return label,
                Regions::NOBODY => 0,
                group => group as usize + 1,
            };
            if has_tokens.get(index) == Some(&true) { label } else { Regions::ATTENTION_DECIDES }
        };
        self.told.iter().map(seat).collect()
    }

    /// Whether the attention used differs from the neutral one.
    pub fn acts(&self) -> bool {
        (self.strength > 0.0 && self.groups() > 1) || self.weight.iter().any(|&weight| weight != 1.0)
    }
}

/// A checked call of the operator on tensors of `T` (f32 or f16).
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a, T> {
    pub(super) shape: Shape,
    pub(super) scale: f32,
    pub(super) q: &'a [T],
    pub(super) k: &'a [T],
    pub(super) v: &'a [T],
    pub(super) conditional_row: usize,
    pub(super) control: LayerControl<'a>,
}

impl<'a, T> Problem<'a, T> {
    /// Queries `q` [B, N, H*d], keys and values `k`, `v` [B, L, H*d]; logits are `scale` Q K^T.
    ///
    /// # Errors
    /// A sentence that says which of the inputs does not fit.
    pub fn new(
        shape: Shape,
        scale: f32,
        [q, k, v]: [&'a [T]; 3],
        conditional_row: usize,
        control: LayerControl<'a>,
    ) -> Result<Self, String> {
        check(shape, scale, conditional_row, &control)?;
        for (name, data, rows) in [("q", q, shape.patches), ("k", k, shape.tokens), ("v", v, shape.tokens)] {
            let expected = shape.batch * rows * shape.channels();
            let found = data.len();
            ensure(found == expected, || {
                format!("{name} has {found} elements, not the {expected} of {shape:?}.")
            })?;
        }
        Ok(Self { shape, scale, q, k, v, conditional_row, control })
    }
}

/// Checks everything of a call but its tensors.
pub(super) fn check(
    shape: Shape,
    scale: f32,
    conditional_row: usize,
    control: &LayerControl<'_>,
) -> Result<(), String> {
    let Shape { batch, patches, tokens, heads, head_size } = shape;
    ensure(tokens > 0 && heads > 0 && head_size > 0, || {
        format!("It needs at least one token, head and channel, but was given {shape:?}.")
    })?;
    ensure(scale.is_finite(), || format!("The scale {scale} is no number to multiply with."))?;
    ensure(conditional_row < batch, || {
        format!("The conditional row is {conditional_row}, but the batch has {batch} rows.")
    })?;
    let &LayerControl { group, weight, strength, told, .. } = control;
    for (name, found) in [("groups", group.len()), ("weights", weight.len())] {
        ensure(found == tokens, || format!("There are {found} token {name} for {tokens} tokens."))?;
    }
    if let Some(stray) = group.iter().find(|&&group| group < -1 || group >= tokens as i32) {
        return Err(format!("The token group {stray} is neither -1 nor one of 0..{tokens}."));
    }
    ensure(told.is_empty() || told.len() == patches, || {
        format!("{} patches are told what to see, not {patches}.", told.len())
    })?;
    if let Some(stray) = told.iter().find(|&&label| label < Regions::NOBODY) {
        return Err(format!("The label {stray} of a patch is below {}.", Regions::NOBODY));
    }
    if let Some(stray) = weight.iter().find(|weight| !(weight.is_normal() && **weight > 0.0)) {
        return Err(format!("The token weight {stray} is not a positive number."));
    }
    ensure((0.0..=1.0).contains(&strength), || format!("The mask strength {strength} is not within 0..1."))
}

/// Where the results go.
#[derive(Debug)]
pub struct Outputs<'a, T> {
    /// Attention output [B, N, H*d].
    pub out: &'a mut [T],
    /// Head mean of the attention used in the conditional row [N, L].
    pub map: &'a mut [f32],
    /// The same before mask and weights [N, L]; empty if neither acts.
    pub neutral: &'a mut [f32],
    /// Neutral score of each group in the conditional row [N, G].
    pub score: &'a mut [f32],
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
