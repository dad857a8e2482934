//! The object-focused mask: each patch sees the words of one entity (method.md 2).

use serde::{Deserialize, Serialize};

use super::{Blocks, ByBlock, Span};
use crate::error::{Error, Result};
use tauscope_onnx::contract::Reduce;

/// The object-focused mask. It acts where a prompt has two entities or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mask {
    /// 0..1: 0 is off, at 1 a patch sees nothing of the other entities.
    pub strength: f32,
    /// How an entity's score is taken over its tokens.
    #[serde(with = "ReduceWord")]
    pub reduce: Reduce,
    /// When it acts.
    pub span: Span,
    /// Where it acts.
    #[serde(rename = "stages")]
    pub blocks: Blocks,
}

/// [`Reduce`] in JSON: its word. (The contract that declares it knows no serde.)
#[derive(Serialize, Deserialize)]
#[serde(remote = "Reduce", rename_all = "snake_case")]
enum ReduceWord {
    Sum,
    Mean,
    Max,
}

impl Default for Mask {
    fn default() -> Self {
        Self { strength: 0.0, reduce: Reduce::Sum, span: Span::WHOLE, blocks: Blocks::ALL }
    }
}

impl Mask {
    /// As the paper has it: hard, all the time and everywhere.
    pub const HARD: Self =
        Self { strength: 1.0, reduce: Reduce::Sum, span: Span::WHOLE, blocks: Blocks::ALL };

    /// Its strength in each kind of block at `progress`.
    pub(super) fn at(&self, progress: f32) -> ByBlock<f32> {
        let strength = if self.span.contains(progress) { self.strength } else { 0.0 };
        self.blocks.map(|acts| if acts { strength } else { 0.0 })
    }

    pub(super) fn validate(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.strength) {
            return Err(Error::input(
                format!("A mask strength of {} cannot be used.", self.strength),
                "Choose a number from 0 (off) to 1.",
            ));
        }
        self.span.validate("The mask")
    }
}
