//! Phase-wise dynamic weights: the scene first, the entities later (method.md 3).

use serde::{Deserialize, Serialize};

use super::{
    CommandOption, ControlField, ControlPart, Curve, FieldValue, Takes, TokenKind, TokenPlan, Trend,
};
use crate::error::{Error, Result};

/// The usual amplitude.
pub const AMPLITUDE: f32 = 0.3;
/// What a weight of 0 acts as. Sums over weighted attention stay above 0 even where a patch looks at silent words alone.
const SILENT: f32 = 1e-6;

/// Two curves over a run that weigh the prompt's tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Weights {
    /// Whether they act.
    pub on: bool,
    /// The weight of the words outside the entities: place, time, relations, style. It falls.
    pub global: Curve,
    /// The weight of the entities. It rises.
    pub entity: Curve,
}

impl Default for Weights {
    fn default() -> Self {
        let (global, entity) = Self::curves(AMPLITUDE);
        Self { on: false, global, entity }
    }
}

impl Weights {
    /// Straight curves, switched on: global from 1+a to 1-a and entity from 1-a to 1+a.
    ///
    /// # Errors
    /// [`Error::Input`] unless `amplitude` is within 0..=1.
    pub fn of_amplitude(amplitude: f32) -> Result<Self> {
        if !(0.0..=1.0).contains(&amplitude) {
            return Err(Error::input(
                format!("Weight curves cannot have an amplitude of {amplitude}."),
                "Choose a number from 0 to 1; 0.3 is usual.",
            ));
        }
        let (global, entity) = Self::curves(amplitude);
        Ok(Self { on: true, global, entity })
    }

    fn curves(amplitude: f32) -> (Curve, Curve) {
        let (low, high) = (1.0 - amplitude, 1.0 + amplitude);
        (Curve::line(high, low), Curve::line(low, high))
    }

    /// The weight of every token at `progress`, [L]; above 0.
    pub(super) fn at(&self, progress: f32, tokens: &TokenPlan) -> Vec<f32> {
        let (global, entity) =
            if self.on { (self.global.at(progress), self.entity.at(progress)) } else { (1.0, 1.0) };
        let weight = |kind| match kind {
            TokenKind::Frame => 1.0,
            TokenKind::Global => global,
            TokenKind::Entity(_) => entity,
        };
        tokens.0.iter().map(|token| (weight(token.kind) * token.weight).max(SILENT)).collect()
    }

    pub(super) fn validate(&self) -> Result<()> {
        for (name, curve, trend, way) in [
            ("global words", &self.global, Trend::Falling, "from high to low"),
            ("entities", &self.entity, Trend::Rising, "from low to high"),
        ] {
            if !curve.follows(trend) {
                return Err(Error::input(
                    format!("The weight curve of the {name} turns back."),
                    format!("Let its points run {way} only."),
                ));
            }
        }
        Ok(())
    }
}

pub(super) static PART: ControlPart = ControlPart {
    name: "Word weighting",
    acts: |control| control.weights.on,
    fewest_entities: 1,
    switch: None,
    fields: &[ControlField {
        label: "weight curves",
        parameter: Some("Weights"),
        value: FieldValue::Weights(|control| &control.weights),
        options: &[CommandOption {
            name: "weights",
            takes: Takes::Value("AMPLITUDE|CURVES"),
            help: "Weigh the scene first and the entities later: an amplitude such as 0.3, or two curves, global and \
                   entity, as in \"0:1.3,1:0.7/0:0.7,1:1.3\" (progress:weight)",
            set: |control, text| text.parse().map(|weights| control.weights = weights),
        }],
    }],
};
