//! What samplers are called: in the window, on the command line, in files, and in Automatic1111.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Sampler;
use crate::error::{Error, Result};

/// The names of one sampler.
struct Names {
    word: &'static str,
    label: &'static str,
    a1111: &'static str,
}

impl Sampler {
    /// The table of names. Automatic1111 has no DPM++ 3M, no DPM++ 2S and no levels by Lu, which are called what diffusers' makers do.
    const fn names(self) -> Names {
        let (word, label, a1111) = match self {
            Self::Euler => ("euler", "Euler", "Euler"),
            Self::EulerKarras => ("euler-karras", "Euler Karras", "Euler"),
            Self::EulerAncestral => ("euler-a", "Euler ancestral", "Euler a"),
            Self::Heun => ("heun", "Heun", "Heun"),
            Self::HeunKarras => ("heun-karras", "Heun Karras", "Heun"),
            Self::Ddim => ("ddim", "DDIM", "DDIM"),
            Self::DpmPlusPlus2M => ("dpmpp-2m", "DPM++ 2M", "DPM++ 2M"),
            Self::DpmPlusPlus2MKarras => ("dpmpp-2m-karras", "DPM++ 2M Karras", "DPM++ 2M"),
            Self::DpmPlusPlus2MLu => ("dpmpp-2m-lu", "DPM++ 2M Lu", "DPM++ 2M"),
            Self::DpmPlusPlus2MSde => ("dpmpp-2m-sde", "DPM++ 2M SDE", "DPM++ 2M SDE"),
            Self::DpmPlusPlus2MSdeKarras => ("dpmpp-2m-sde-karras", "DPM++ 2M SDE Karras", "DPM++ 2M SDE"),
            Self::DpmPlusPlus3M => ("dpmpp-3m", "DPM++ 3M", "DPM++ 3M"),
            Self::DpmPlusPlus3MKarras => ("dpmpp-3m-karras", "DPM++ 3M Karras", "DPM++ 3M"),
            Self::DpmPlusPlus3MSde => ("dpmpp-3m-sde", "DPM++ 3M SDE", "DPM++ 3M SDE"),
            Self::DpmPlusPlus3MSdeKarras => ("dpmpp-3m-sde-karras", "DPM++ 3M SDE Karras", "DPM++ 3M SDE"),
            Self::DpmPlusPlus2S => ("dpmpp-2s", "DPM++ 2S", "DPM++ 2S"),
            Self::DpmPlusPlus2SKarras => ("dpmpp-2s-karras", "DPM++ 2S Karras", "DPM++ 2S"),
            Self::DpmPlusPlusSde => ("dpmpp-sde", "DPM++ SDE", "DPM++ SDE"),
            Self::DpmPlusPlusSdeKarras => ("dpmpp-sde-karras", "DPM++ SDE Karras", "DPM++ SDE"),
            Self::UniPc => ("unipc", "UniPC", "UniPC"),
            Self::UniPcKarras => ("unipc-karras", "UniPC Karras", "UniPC"),
            Self::Lcm => ("lcm", "LCM", "LCM"),
        };
        Names { word, label, a1111 }
    }

    /// The name in the window.
    pub fn label(self) -> &'static str {
        self.names().label
    }

    /// The name on the command line and in our JSON.
    pub fn word(self) -> &'static str {
        self.names().word
    }

    /// Automatic1111's "Sampler" and "Schedule type".
    pub fn a1111(self) -> (&'static str, &'static str) {
        let schedule = match self {
            Self::DpmPlusPlus2MLu => "Lu",
            _ if self.has_karras_sigmas() => "Karras",
            _ => "Normal",
        };
        (self.names().a1111, schedule)
    }

    /// Whether its noise levels are Karras sigmas, whatever a model's configuration says.
    pub(super) fn has_karras_sigmas(self) -> bool {
        self.word().ends_with("-karras")
    }
}

impl FromStr for Sampler {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|sampler| sampler.word() == word).ok_or_else(|| {
            Error::input(
                format!("There is no sampler named {word:?}."),
                format!("Choose one of {}.", Self::ALL.map(Self::word).join(", ")),
            )
        })
    }
}

impl Serialize for Sampler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Sampler {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_parse_and_are_what_json_holds() {
        for sampler in Sampler::ALL {
            assert_eq!(sampler.word().parse::<Sampler>().unwrap(), sampler);
            assert_eq!(serde_json::to_value(sampler).unwrap(), sampler.word());
            assert_eq!(serde_json::from_value::<Sampler>(sampler.word().into()).unwrap(), sampler);
        }
        let message = "restart".parse::<Sampler>().unwrap_err().to_string();
        assert!(message.contains("restart") && message.contains("dpmpp-2m-sde-karras"), "{message}");
    }

    #[test]
    fn no_two_samplers_share_their_names() {
        let all = Sampler::ALL;
        assert_eq!(all.map(Sampler::word).into_iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.map(Sampler::label).into_iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.map(Sampler::a1111).into_iter().collect::<BTreeSet<_>>().len(), all.len());
        for sampler in all {
            assert_eq!(sampler.has_karras_sigmas(), sampler.label().ends_with(" Karras"), "{sampler:?}");
        }
    }
}
