//! Controls that have a name, to start from.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Control;
use crate::error::{Error, Result};

/// A control with a name: on the command line, in study files and in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlPreset {
    /// Everything off.
    #[default]
    Neutral,
    /// All three controls, as we read the paper.
    OurReading,
    /// The hard mask alone.
    MaskOnly,
    /// What helped most where it was measured.
    BestKnown,
    /// Structured Diffusion alone, to compare with.
    Structured,
}

impl ControlPreset {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::Neutral, Self::OurReading, Self::MaskOnly, Self::BestKnown, Self::Structured];

    /// Its name on the command line and in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::OurReading => "our-reading",
            Self::MaskOnly => "mask-only",
            Self::BestKnown => "best-known",
            Self::Structured => "structured",
        }
    }

    /// What it is, for the command line's help.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Neutral => "Everything off",
            Self::OurReading => "All three controls, as we read the paper",
            Self::MaskOnly => "The hard mask alone",
            Self::BestKnown => {
                "What helped most on the built-in model: each entity in the part of the picture that the words give it, \
                 and its words twice as heavy"
            }
            Self::Structured => "Structured Diffusion alone, to compare with",
        }
    }

    /// What it sets.
    pub fn control(self) -> Control {
        match self {
            Self::Neutral => Control::neutral(),
            Self::OurReading => Control::our_reading(),
            Self::MaskOnly => Control::mask_only(),
            Self::BestKnown => Control::best_known(),
            Self::Structured => Control { structured: true, ..Control::neutral() },
        }
    }
}

impl FromStr for ControlPreset {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word).ok_or_else(|| {
            Error::input(
                format!("There is no preset \"{word}\"."),
                format!("Choose one of {}.", Self::ALL.map(Self::word).join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_everywhere() {
        for preset in ControlPreset::ALL {
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.word());
            assert_eq!(preset.word().parse::<ControlPreset>().unwrap(), preset);
            assert!(preset.control().validate().is_ok());
        }
        let message = "best".parse::<ControlPreset>().unwrap_err().to_string();
        assert!(
            message.contains("\"best\"") && message.contains("our-reading, mask-only, best-known"),
            "{message}"
        );
    }

    #[test]
    fn presets_differ_from_each_other() {
        for (index, preset) in ControlPreset::ALL.into_iter().enumerate() {
            for other in &ControlPreset::ALL[..index] {
                assert_ne!(preset.control(), other.control(), "{preset:?} {other:?}");
            }
        }
    }
}
