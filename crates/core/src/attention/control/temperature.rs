//! The temperature of self-attention (method.md 1): its values are fields of [`Control`] itself.

use super::{
    CommandOption, Control, ControlField, ControlPart, FieldValue, NumberField, Takes, text::number,
};
use crate::error::Result;

/// The self-attention temperature.
pub static TAU: NumberField = NumberField {
    label: "τ",
    name: "self-attention temperature",
    range: 0.2..=2.0,
    neutral: 1.0,
    get: |control| control.tau,
    set: |control, tau| control.tau = tau,
};

pub(super) static PART: ControlPart = ControlPart {
    name: "The temperature",
    acts: |control| control.tau != TAU.neutral,
    fewest_entities: 0,
    switch: None,
    fields: &[
        ControlField {
            label: TAU.label,
            parameter: Some("Tau"),
            value: FieldValue::Number(&TAU),
            options: &[CommandOption {
                name: "tau",
                takes: Takes::Value("TAU"),
                help: "Self-attention temperature, 0.2 to 2: below 1 sharpens, 1 is neutral",
                set: |control, text| TAU.set_typed(control, text),
            }],
        },
        ControlField {
            label: "τ acts",
            parameter: Some("Tau range"),
            value: FieldValue::Span(|control| control.tau_span),
            options: &[CommandOption {
                name: "temperature-end",
                takes: Takes::Value("PROGRESS"),
                help: "Progress, 0 to 1, at which the temperature stops acting",
                set: set_end,
            }],
        },
        ControlField {
            label: "τ in",
            parameter: None,
            value: FieldValue::Blocks(|control| control.tau_blocks),
            options: &[],
        },
    ],
};

fn set_end(control: &mut Control, text: &str) -> Result<()> {
    control.tau_span.end = number(text)?;
    control.tau_span.validate(PART.name)
}
