//! The one list of what a [`Control`] holds: its parts, each with its fields.
//!
//! Each part is described in the file that says what it does. [`Control::validate`], [`Control::needs_entities`], the
//! command line's options, the metadata for other programs and the words for what two controls differ in are all made
//! from the list.

use super::{Control, ControlField, mask, structured, temperature, weights};

/// A part of a [`Control`] that acts or does not act as a whole.
#[derive(Debug)]
pub struct ControlPart {
    /// What begins a sentence about it: "The mask".
    pub name: &'static str,
    /// Whether it changes anything.
    pub acts: fn(&Control) -> bool,
    /// How many entities a prompt must have before it can do anything.
    pub fewest_entities: usize,
    /// The command line's switch for it. Without it, options of a part that does not act are refused.
    pub switch: Option<&'static str>,
    /// Its fields. The first is the one that makes it act.
    pub fields: &'static [ControlField],
}

/// All parts, in the order in which people read of them.
pub static CONTROL_PARTS: [&ControlPart; 4] =
    [&temperature::PART, &mask::PART, &weights::PART, &structured::PART];

impl Control {
    /// The parts that change something.
    pub fn acting(&self) -> impl Iterator<Item = &'static ControlPart> {
        CONTROL_PARTS.into_iter().filter(|part| (part.acts)(self))
    }

    /// How it differs from `from`, for people: "τ 1.00 to 0.70". Parts that act in neither are left out.
    pub fn differences(&self, from: &Self) -> Vec<String> {
        let acting = CONTROL_PARTS.into_iter().filter(|part| (part.acts)(self) || (part.acts)(from));
        acting.flat_map(|part| part.fields).filter_map(|field| field.difference(from, self)).collect()
    }
}
