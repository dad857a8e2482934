//! What a picture's settings leave open, so that they may paint another picture.

use std::fmt;

use tauscope_core::diffusion::scheduler::Sampler;

/// Something that a picture file says and is not taken, or does not say.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureNotice {
    /// A value that cannot be painted with.
    Unfit {
        /// Which.
        what: &'static str,
        /// Why, and what can be painted with.
        why: String,
    },
    /// A sampler that is not offered.
    Sampler {
        /// As the file calls it.
        name: String,
        /// The one that is taken.
        instead: Sampler,
    },
    /// A schedule type that is not offered with its sampler.
    Schedule {
        /// As the file calls it.
        name: String,
        /// The sampler that is taken.
        instead: Sampler,
    },
    /// Keys that are not known, with their values.
    Unknown(String),
    /// What the file does not say.
    Missing(Vec<&'static str>),
    /// It went on from a picture with other settings.
    Branched,
    /// It was painted from noise in a file.
    Noise,
    /// It was painted with another model.
    Model {
        /// That model.
        painted_with: String,
        /// The one that is loaded.
        instead: String,
    },
}

/// Keys that change nothing about the picture: names, versions and checksums.
const NAMES: [&str; 6] = ["model", "version", "hash", "resources", "metadata", "date"];
/// The longest list of unknown keys, in characters.
const LONGEST: usize = 160;

impl PictureNotice {
    /// A notice about pairs of keys and values that are not known; `None` if none of them matters.
    pub(super) fn unknown(pairs: &[(String, String)]) -> Option<Self> {
        let is_name = |key: &str| {
            let key = key.to_lowercase();
            key.split([' ', '_', '-']).any(|word| NAMES.iter().any(|name| word.starts_with(name)))
        };
        let told: Vec<_> = pairs
            .iter()
            .filter(|(key, _)| !is_name(key))
            .map(|(key, value)| format!("{key}: {}", value.split_whitespace().collect::<Vec<_>>().join(" ")))
            .collect();
        let mut list = told.join(", ");
        if let Some((end, _)) = list.char_indices().nth(LONGEST) {
            list.truncate(end);
            list.push('…');
        }
        (!list.is_empty()).then_some(Self::Unknown(list))
    }
}

impl fmt::Display for PictureNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit { what, why } => write!(f, "The picture's {what} was not taken. {why}"),
            Self::Sampler { name, instead } => write!(
                f,
                "The picture's sampler {name:?} is not offered; {} is taken. Another may come nearer.",
                instead.label()
            ),
            Self::Schedule { name, instead } => write!(
                f,
                "The picture's schedule {name:?} is not offered with its sampler; {} is taken.",
                instead.label()
            ),
            Self::Unknown(list) => {
                write!(f, "These settings of the picture are not known and were left out: {list}.")
            }
            Self::Missing(what) => {
                write!(f, "The picture does not say its {}: that stays as it was.", what.join(", "))
            }
            Self::Branched => f.write_str(
                "It branched off a picture with other settings, so another picture comes out.",
            ),
            Self::Noise => f.write_str(
                "It was painted from noise in a file, so another picture comes out unless that file is given (--latents).",
            ),
            Self::Model { painted_with, instead } => write!(
                f,
                "It was painted with {painted_with}, so another picture comes out of {instead}. Open that model to repeat it."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_matter_are_told() {
        fn check(pairs: &[(&str, &str)], expected: Option<&str>) {
            let pairs: Vec<_> =
                pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let expected = expected.map(|list| PictureNotice::Unknown(list.to_owned()));
            assert_eq!(PictureNotice::unknown(&pairs), expected);
        }
        check(&[], None);
        check(&[("Model hash", "31e35c80fc"), ("Lora hashes", "a: 1"), ("Civitai resources", "[]")], None);
        check(&[("VAE hash", "1"), ("Clip skip", "2"), ("Style", "a\nb")], Some("Clip skip: 2, Style: a b"));
        let long = "ü".repeat(1000);
        let cut = format!("a: {}…", "ü".repeat(LONGEST - 3));
        check(&[("a", &long)], Some(&cut));
    }
}
