//! Control goes in, maps come out: the vocabulary of attention that every room above shares.
//!
//! [`Control`] is what a person sets; [`StepControl`] is what the graph is fed with at one step, for the tokens of a
//! [`TokenPlan`], and with the [`Regions`] that entities are told. [`StepMaps`] is what the graph reports of one step;
//! [`RunMaps`] is a run of them, and [`aggregate`] is how they are looked at; [`ByResolution`] makes it small enough to
//! keep.
//! [`Excess`] and [`leaks`] turn maps into numbers. [`PatchRows`] are self-attention, where a person points.
//! What this is not: the attention computation (`operators`) or its place in the graph (`onnx`).

mod aggregate;
mod by_resolution;
mod control;
mod grid;
mod layout;
mod measure;
mod patch;
mod record;
mod regions;

pub use aggregate::{LayerMean, aggregate, aggregate_words, display_grid, resize, word_map};
pub use by_resolution::ByResolution;
pub use control::{
    AMPLITUDE, Blocks, ByBlock, CONTROL_PARTS, CommandOption, Control, ControlField, ControlPart,
    ControlPreset, Curve, CurvePoint, FieldValue, LEAST_WEIGHT, MASK_STRENGTH, MOST_WEIGHT, Mask,
    MaskRegions, NumberField, PlannedToken, Reduce, Span, StepControl, TAU, Takes, TokenKind, TokenPlan,
    Trend, UnetBlock, Weights,
};
pub use grid::Grid;
pub use layout::{Area, Cell, Layout, Row};
pub use measure::{DECIDED_OVERLAP, Excess, Leak, Noun, decided_at, leaks};
pub use patch::{PatchRows, Place};
pub use record::{Layer, Record, RunMaps, StepMaps, StepScores};
pub use regions::Regions;
