//! The object-focused mask: each patch sees the words of one entity (method.md 2).

use serde::{Deserialize, Serialize};

use super::{
    Blocks, ByBlock, CommandOption, Control, ControlField, ControlPart, FieldValue, MaskRegions, NumberField,
    Span, Takes,
};
use crate::error::{Error, Result};
use tauscope_onnx::contract::Reduce;

/// The object-focused mask. It acts where a prompt has two entities or more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What decides whose each place is.
    pub regions: MaskRegions,
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
        Self { strength: MASK_STRENGTH.neutral, ..Self::HARD }
    }
}

impl Mask {
    /// As the paper has it: hard, all the time and everywhere.
    pub const HARD: Self = Self {
        strength: 1.0,
        reduce: Reduce::Sum,
        span: Span::WHOLE,
        blocks: Blocks::ALL,
        regions: MaskRegions::Patches,
    };

    /// Its strength in each kind of block at `progress`.
    pub(super) fn at(&self, progress: f32) -> ByBlock<f32> {
        let strength = if self.span.contains(progress) { self.strength } else { 0.0 };
        self.blocks.map(|acts| if acts { strength } else { 0.0 })
    }
}

/// The mask's strength.
pub static MASK_STRENGTH: NumberField = NumberField {
    label: "mask",
    name: "mask strength",
    range: 0.0..=1.0,
    neutral: 0.0,
    get: |control| control.mask.strength,
    set: |control, strength| control.mask.strength = strength,
};

pub(super) static PART: ControlPart = ControlPart {
    name: "The mask",
    acts: |control| control.mask.strength > MASK_STRENGTH.neutral,
    fewest_entities: 2,
    switch: Some("mask"),
    fields: &[
        ControlField {
            label: MASK_STRENGTH.label,
            parameter: Some("Mask"),
            value: FieldValue::Number(&MASK_STRENGTH),
            options: &[
                CommandOption {
                    name: "mask",
                    takes: Takes::Nothing,
                    help: "Let each place of the picture see the words of one entity only",
                    set: |control, _| {
                        control.mask.strength = Mask::HARD.strength;
                        Ok(())
                    },
                },
                CommandOption {
                    name: "mask-strength",
                    takes: Takes::Value("STRENGTH"),
                    help: "Strength of the mask, 0 (off) to 1; 1 if only --mask is given",
                    set: |control, text| MASK_STRENGTH.set_typed(control, text),
                },
            ],
        },
        ControlField {
            label: "score by",
            parameter: Some("Mask reduce"),
            value: FieldValue::Word(|control| control.mask.reduce.word()),
            options: &[CommandOption {
                name: "mask-reduce",
                takes: Takes::OneOf("HOW", || Reduce::ALL.map(Reduce::word).to_vec()),
                help: "How an entity's score is taken over its tokens",
                set: set_reduce,
            }],
        },
        ControlField {
            label: "mask acts",
            parameter: Some("Mask range"),
            value: FieldValue::Span(|control| control.mask.span),
            options: &[CommandOption {
                name: "mask-range",
                takes: Takes::Value("START:END"),
                help: "When the mask acts, in progress from 0 to 1",
                set: |control, text| text.parse().map(|span| control.mask.span = span),
            }],
        },
        ControlField {
            label: "mask in",
            parameter: None,
            value: FieldValue::Blocks(|control| control.mask.blocks),
            options: &[],
        },
        ControlField {
            label: "places by",
            parameter: Some("Mask regions"),
            value: FieldValue::Regions(|control| &control.mask.regions),
            options: &[CommandOption {
                name: "mask-regions",
                takes: Takes::OneOf("HOW", || MaskRegions::NAMED.iter().map(MaskRegions::word).collect()),
                help: "What decides whose each place of the picture is",
                set: set_regions,
            }],
        },
    ],
};

fn set_regions(control: &mut Control, text: &str) -> Result<()> {
    let named = MaskRegions::NAMED.into_iter().find(|regions| regions.word() == text);
    control.mask.regions = named.ok_or_else(|| {
        Error::input(
            format!("\"{text}\" cannot decide whose a place is."),
            format!("Choose one of {}.", MaskRegions::NAMED.each_ref().map(MaskRegions::word).join(", ")),
        )
    })?;
    Ok(())
}

fn set_reduce(control: &mut Control, text: &str) -> Result<()> {
    let named = Reduce::ALL.into_iter().find(|reduce| reduce.word() == text);
    control.mask.reduce = named.ok_or_else(|| {
        Error::input(
            format!("An entity cannot be scored by \"{text}\"."),
            format!("Choose one of {}.", Reduce::ALL.map(Reduce::word).join(", ")),
        )
    })?;
    Ok(())
}
