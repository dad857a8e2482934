//! Structured Diffusion (method.md 4), to compare with: a field of [`Control`](super::Control) itself.

use super::{CommandOption, ControlField, ControlPart, FieldValue, Takes, field::on_or_off};

pub(super) static PART: ControlPart = ControlPart {
    name: "Structured Diffusion",
    acts: |control| control.structured,
    fewest_entities: 1,
    switch: Some("structured"),
    fields: &[ControlField {
        label: "Structured Diffusion",
        parameter: Some("Structured Diffusion"),
        value: FieldValue::Word(|control| on_or_off(control.structured)),
        options: &[CommandOption {
            name: "structured",
            takes: Takes::Nothing,
            help: "Structured Diffusion, to compare with: read each noun phrase of the entities alone too",
            set: |control, _| {
                control.structured = true;
                Ok(())
            },
        }],
    }],
};
