//! What a form says about a layer, and where the layer is rewritten.

use super::{
    super::{AttentionKind, DType},
    TEXT,
    projection::Split,
    walk::{Factor, Reading, Walk, output},
};

/// What a form says about a layer.
pub(in super::super) struct Form {
    pub(in super::super) kind: AttentionKind,
    pub(in super::super) heads: usize,
    pub(in super::super) head_size: usize,
    pub(in super::super) scale: f32,
    pub(in super::super) dtype: DType,
    pub(in super::super) sites: Sites,
}

/// Where a layer is rewritten.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Sites {
    /// Names of Q [B, N, H*d], K and V [B, L, H*d], all of one type, f32 or f16.
    pub(in super::super) projections: [String; 3],
    /// Where the layer ends.
    pub(in super::super) end: End,
    /// What else its kind needs.
    pub(in super::super) role: Role,
}

/// Where the joined heads of a layer come out.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct End {
    /// The node that makes [B, N, H*d] as its only output; place in the node list.
    pub(in super::super) node: usize,
    /// Name of that output.
    pub(in super::super) output: String,
    /// What the output must be cast to, if it is of another type than Q.
    pub(in super::super) cast: Option<DType>,
}

/// What only one kind of attention has.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Role {
    /// Self-attention, for a rewrite that keeps its nodes.
    SelfAttention {
        /// Where the temperature acts.
        temperature: Temperature,
        /// The Softmax, or the one node that is the whole layer; place in the node list.
        anchor: usize,
    },
    /// Cross-attention.
    CrossAttention {
        /// The nodes that make V from the text, in order; places in the node list.
        values: Vec<usize>,
    },
}

/// Where a temperature acts.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Temperature {
    /// On a scalar that Q K^T is scaled by.
    Scale {
        /// The Mul or Div that applies it, as input 1; place in the node list.
        node: usize,
        /// Name of the scalar, which can be a vector of length 1.
        scalar: String,
        /// Its element type.
        dtype: DType,
    },
    /// On Q, where the scale is a constant inside of a node.
    Query {
        /// The node that reads Q as input 0; place in the node list.
        node: usize,
        /// Name of Q.
        query: String,
        /// Its element type.
        dtype: DType,
    },
}

/// A layer's beginning and end.
pub(super) struct LayerSite<'a> {
    /// Q, K and V.
    pub(super) splits: [Split<'a>; 3],
    /// The node that makes [B, N, H*d] as its only output: its place, and the output.
    pub(super) joined: (usize, &'a str),
    /// The Softmax or the one node for all: its place.
    pub(super) anchor: usize,
}

impl<'a> Walk<'_, 'a> {
    /// Puts together the form of a layer whose parts were found. `temperature` matters only in self-attention.
    pub(super) fn form(
        &self,
        layer: &LayerSite<'a>,
        scale: f64,
        temperature: Reading<Temperature>,
    ) -> Reading<Form> {
        let [q, k, v] = &layer.splits;
        let (heads, head_size) = (q.heads, q.head_size);
        let fits = |split: &&Split<'_>| {
            (split.heads, split.head_size) == (heads, head_size)
                && heads.checked_mul(head_size) == Some(split.projection.width)
        };
        if ![q, k, v].iter().all(fits) {
            return Err("Its projections do not split evenly into the same heads.".into());
        }
        let scale = scale as f32;
        if !scale.is_normal() {
            return Err(format!("Its scale is {scale}, which is no number to multiply with."));
        }
        let (queries, keys, values) = (&q.projection, &k.projection, &v.projection);
        let kind = match keys.data {
            data if data != values.data => {
                return Err("Its keys and its values come from different places.".into());
            }
            TEXT => AttentionKind::CrossAttention,
            data if data == queries.data => AttentionKind::SelfAttention,
            _ => return Err("Its keys come neither from the text nor from the patches themselves.".into()),
        };
        let dtype = self.dtype(&layer.splits)?;
        let projections = [queries, keys, values].map(|projection| projection.value.to_owned());
        let role = match kind {
            AttentionKind::SelfAttention => {
                Role::SelfAttention { temperature: temperature?, anchor: layer.anchor }
            }
            AttentionKind::CrossAttention => Role::CrossAttention { values: values.path.clone() },
        };
        let sites = Sites { projections, end: self.end(layer, dtype)?, role };
        Ok(Form { kind, heads, head_size, scale, dtype, sites })
    }

    /// The first of the scalars that Q K^T is scaled by, as the place for a temperature.
    pub(super) fn on_scale(&self, factors: &[Factor<'a>]) -> Reading<Temperature> {
        let factor = factors.first().ok_or("It has no scale that a temperature could act on.")?;
        if self.index.consumers(factor.scaled).count() != 1 {
            return Err("The product with its scale is read by several nodes.".into());
        }
        let dtype = self.index.dtype(factor.scalar).ok_or("The element type of its scale is not known.")?;
        Ok(Temperature::Scale { node: factor.node, scalar: factor.scalar.to_owned(), dtype })
    }

    /// The one element type of the projections.
    fn dtype(&self, splits: &[Split<'a>; 3]) -> Reading<DType> {
        let [q, k, v] = splits.each_ref().map(|split| self.index.dtype(split.projection.value));
        match q.filter(|_| q == k && q == v) {
            Some(dtype @ (DType::F32 | DType::F16)) => Ok(dtype),
            Some(dtype) => Err(format!("Its element type is {dtype}, and only f32 and f16 can be steered.")),
            None => Err(UNKNOWN_TYPES.into()),
        }
    }

    /// Where a layer of this element type ends. Of the joined heads and their casts, the rewrite makes the last value
    /// that is of Q's type.
    fn end(&self, layer: &LayerSite<'a>, dtype: DType) -> Reading<End> {
        let (mut node, joined) = layer.joined;
        let (mut written, mut value) = (joined, joined);
        let mut cast = self.index.dtype(joined).ok_or(UNKNOWN_TYPES).map(|of| (of != dtype).then_some(of))?;
        while let Some((at, next)) = self.cast_of(value) {
            value = output(next)?;
            if self.index.dtype(value) == Some(dtype) {
                (node, written, cast) = (at, value, None);
            }
        }
        Ok(End { node, output: written.to_owned(), cast })
    }
}

const UNKNOWN_TYPES: &str = "The element types of its projections are not known or not alike.";
