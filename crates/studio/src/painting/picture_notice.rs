//! What a picture's settings leave open, so that they may paint another picture.

use std::fmt;

use tauscope_core::diffusion::scheduler::Sampler;

/// What a picture file may say about how it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The prompt.
    Prompt,
    /// Width and height.
    Size,
    /// The number of steps.
    Steps,
    /// The guidance scale.
    Guidance,
    /// The seed.
    Seed,
    /// The sampler with its schedule.
    Sampler,
    /// The initial noise.
    Noise,
}

impl Said {
    /// Its name in a sentence.
    fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Size => "size",
            Self::Steps => "number of steps",
            Self::Guidance => "guidance scale",
            Self::Seed => "seed",
            Self::Sampler => "sampler",
            Self::Noise => "noise",
        }
    }

    /// Its key in [`Parameters`](crate::export::Parameters), if it has one.
    pub(super) fn key(self) -> Option<&'static str> {
        match self {
            Self::Size => Some("Size"),
            Self::Steps => Some("Steps"),
            Self::Guidance => Some("CFG scale"),
            Self::Seed => Some("Seed"),
            Self::Sampler => Some("Sampler"),
            Self::Prompt | Self::Noise => None,
        }
    }
}

/// Something that a picture file says and is not taken, or does not say.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureNotice {
    /// A value that cannot be painted with.
    Unfit {
        /// Which.
        what: Said,
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
    Missing(Vec<Said>),
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

/// Keys that change nothing about the picture, in small letters: names, versions and checksums.
const NAMES: [&str; 12] = [
    "model",
    "model hash",
    "vae hash",
    "hashes",
    "lora hashes",
    "ti hashes",
    "version",
    "user",
    "created date",
    "date",
    "civitai resources",
    "civitai metadata",
];
/// The longest list of unknown keys, in characters.
const LONGEST: usize = 160;

impl PictureNotice {
    /// What is left of it where something else gives what the picture does not.
    pub fn unless(self, is_given: impl Fn(Said) -> bool) -> Option<Self> {
        match self {
            Self::Unfit { what, .. } if is_given(what) => None,
            Self::Sampler { .. } | Self::Schedule { .. } if is_given(Said::Sampler) => None,
            Self::Noise if is_given(Said::Noise) => None,
            Self::Missing(mut what) => {
                what.retain(|&what| !is_given(what));
                (!what.is_empty()).then_some(Self::Missing(what))
            }
            open => Some(open),
        }
    }

    /// A notice about pairs of keys and values that are not known; `None` if none of them matters.
    pub(super) fn unknown(pairs: &[(String, String)]) -> Option<Self> {
        let is_name = |key: &str| NAMES.contains(&key.to_lowercase().as_str());
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
            Self::Unfit { what, why } => write!(f, "The picture's {} was not taken. {why}", what.name()),
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
                let names: Vec<_> = what.iter().map(|what| what.name()).collect();
                write!(f, "The picture does not say its {}, so the usual is taken.", names.join(", "))
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
    fn what_an_option_gives_is_not_told() {
        let given = |what: Said| matches!(what, Said::Size | Said::Seed | Said::Sampler);
        let unfit = |what| PictureNotice::Unfit { what, why: String::new() };
        let check = |notice: PictureNotice, expected: Option<PictureNotice>| {
            assert_eq!(notice.unless(given), expected);
        };
        check(unfit(Said::Size), None);
        check(unfit(Said::Steps), Some(unfit(Said::Steps)));
        check(PictureNotice::Sampler { name: "Restart".into(), instead: Sampler::Euler }, None);
        check(PictureNotice::Noise, Some(PictureNotice::Noise));
        check(
            PictureNotice::Missing(vec![Said::Seed, Said::Steps]),
            Some(PictureNotice::Missing(vec![Said::Steps])),
        );
        check(PictureNotice::Missing(vec![Said::Seed]), None);
    }

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
        check(&[("refiner_model", "sdxl-refiner")], Some("refiner_model: sdxl-refiner"));
        check(&[("VAE hash", "1"), ("Clip skip", "2"), ("Style", "a\nb")], Some("Clip skip: 2, Style: a b"));
        let long = "ü".repeat(1000);
        let cut = format!("a: {}…", "ü".repeat(LONGEST - 3));
        check(&[("a", &long)], Some(&cut));
    }
}
