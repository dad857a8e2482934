//! How one value of a [`Control`] is described: what it is called, what it may be, how it is shown and what sets it.
//!
//! Validation, the command line, the metadata for other programs and the window's words are all made from these
//! descriptions. What this is not: what a value does, or its widget.

use std::ops::RangeInclusive;

use super::{Blocks, Control, MaskRegions, Span, Weights, text::number};
use crate::error::{Error, Result};

/// A value of a [`Control`] that is set on its own.
#[derive(Debug)]
pub struct ControlField {
    /// Its name where controls are compared: "τ", "mask acts".
    pub label: &'static str,
    /// Its key in the metadata for other programs, if it is written there.
    pub parameter: Option<&'static str>,
    /// What it holds.
    pub value: FieldValue,
    /// What sets it on the command line.
    pub options: &'static [CommandOption],
}

/// What a field holds, and how it is read.
#[derive(Debug)]
pub enum FieldValue {
    /// A number.
    Number(&'static NumberField),
    /// One of a few words, such as "on" and "off".
    Word(fn(&Control) -> &'static str),
    /// When something acts.
    Span(fn(&Control) -> Span),
    /// Where something acts.
    Blocks(fn(&Control) -> Blocks),
    /// What decides whose each place is.
    Regions(fn(&Control) -> &MaskRegions),
    /// Curves, and whether they act.
    Weights(fn(&Control) -> &Weights),
}

/// A number in a range, as a slider sets it.
#[derive(Debug)]
pub struct NumberField {
    /// Its name where controls are compared: "τ".
    pub label: &'static str,
    /// Its name in a message: "mask strength".
    pub name: &'static str,
    /// The values that make sense.
    pub range: RangeInclusive<f32>,
    /// The value that changes nothing.
    pub neutral: f32,
    /// Reads it.
    pub get: fn(&Control) -> f32,
    /// Sets it.
    pub set: fn(&mut Control, f32),
}

/// An option of the command line that sets a field, or a part of one.
#[derive(Debug)]
pub struct CommandOption {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// What follows the name.
    pub takes: Takes,
    /// What it does, for `--help`.
    pub help: &'static str,
    /// Sets the field to what was typed, or says why it cannot.
    pub set: fn(&mut Control, &str) -> Result<()>,
}

/// What follows an option's name.
#[derive(Debug)]
pub enum Takes {
    /// Nothing: the option is a switch.
    Nothing,
    /// A value, which `--help` calls so.
    Value(&'static str),
    /// One of these words, which `--help` calls so.
    OneOf(&'static str, fn() -> Vec<&'static str>),
}

impl ControlField {
    /// Its value as the metadata for other programs has it: "0.7", "0-0.4".
    pub fn metadata(&self, control: &Control) -> String {
        match self.value {
            FieldValue::Number(number) => (number.get)(control).to_string(),
            FieldValue::Word(get) => get(control).to_owned(),
            FieldValue::Regions(get) => get(control).word().to_owned(),
            FieldValue::Span(get) => {
                let Span { start, end } = get(control);
                format!("{start}-{end}")
            }
            FieldValue::Blocks(get) => words_of_blocks(get(control)),
            FieldValue::Weights(get) => get(control).to_string(),
        }
    }

    /// Its value for people: "0.70", "0 %–40 %".
    pub fn words(&self, control: &Control) -> String {
        match self.value {
            FieldValue::Number(number) => format!("{:.2}", (number.get)(control)),
            FieldValue::Word(get) => get(control).to_owned(),
            FieldValue::Regions(get) => get(control).word().to_owned(),
            FieldValue::Span(get) => {
                let Span { start, end } = get(control);
                format!("{:.0} %–{:.0} %", start * 100.0, end * 100.0)
            }
            FieldValue::Blocks(get) => words_of_blocks(get(control)),
            FieldValue::Weights(get) => on_or_off(get(control).on).to_owned(),
        }
    }

    /// How it changes from one control to another, for people: "τ 1.00 to 0.70".
    pub fn difference(&self, from: &Control, to: &Control) -> Option<String> {
        let (before, after) = (self.words(from), self.words(to));
        match self.value {
            _ if before != after => Some(format!("{} {before} to {after}", self.label)),
            FieldValue::Regions(get) if get(from) != get(to) => {
                Some(format!("{} another {after}", self.label))
            }
            FieldValue::Weights(get) if get(from) != get(to) => {
                Some(format!("{} with other points", self.label))
            }
            _ => None,
        }
    }

    /// Checks its value. `part` begins the sentence about one that cannot be used: "The mask".
    pub(super) fn validate(&self, part: &str, control: &Control) -> Result<()> {
        match self.value {
            FieldValue::Number(number) => number.validate((number.get)(control)),
            FieldValue::Span(get) => get(control).validate(part),
            FieldValue::Weights(get) => get(control).validate(),
            FieldValue::Regions(get) => get(control).validate(),
            FieldValue::Word(_) | FieldValue::Blocks(_) => Ok(()),
        }
    }
}

impl NumberField {
    /// `control` with this number at `value`.
    pub fn with(&self, control: &Control, value: f32) -> Control {
        let mut control = control.clone();
        (self.set)(&mut control, value);
        control
    }

    /// Sets it to the number that `text` is.
    pub(super) fn set_typed(&self, control: &mut Control, text: &str) -> Result<()> {
        let value = number(text)?;
        self.validate(value)?;
        (self.set)(control, value);
        Ok(())
    }

    fn validate(&self, value: f32) -> Result<()> {
        if self.range.contains(&value) {
            return Ok(());
        }
        Err(Error::input(
            format!("A {} of {value} cannot be used.", self.name),
            format!(
                "Choose a number from {} to {}; {} changes nothing.",
                self.range.start(),
                self.range.end(),
                self.neutral
            ),
        ))
    }
}

/// The words for a switch.
pub(super) fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn words_of_blocks(blocks: Blocks) -> String {
    let named = [("down", blocks.down), ("mid", blocks.mid), ("up", blocks.up)];
    let on: Vec<_> = named.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    if on.len() == named.len() { "all layers".to_owned() } else { on.join("+") }
}
