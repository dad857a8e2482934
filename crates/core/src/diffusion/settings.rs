//! What a person asks for: one picture, completely described.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Change, Defaults, scheduler::Sampler};
use crate::{
    attention::{Control, Grid},
    error::{Error, Result},
    prompt::Entities,
};

/// Pixels per latent, in both directions: what SDXL's VAE does.
pub const VAE_FACTOR: usize = 8;
/// Sizes are whole multiples of this, so that every layer of the UNet has a whole number of patches.
pub const SIZE_STEP: usize = 32;
/// The largest side that is accepted, in pixels.
pub const MAX_SIDE: usize = 4096;
/// The most steps that are accepted; more show nothing new.
pub const MAX_STEPS: usize = 500;
/// The longest prompt that is accepted, in bytes.
pub const MAX_PROMPT_BYTES: usize = 100_000;

/// Everything that decides a picture except the model. It is written into the picture's metadata as it is.
///
/// Files may come from anybody, so reading settings is checking them: what [`Self::validate`] refuses is an error of the
/// file, and nothing is computed from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Settings {
    /// The prompt as typed, with weights syntax.
    pub prompt: String,
    /// `None`: no negative prompt (zeros or the encoded empty prompt, as the model says). `Some`: encoded as it is,
    /// also when empty.
    pub negative_prompt: Option<String>,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Number of steps.
    pub steps: usize,
    /// Classifier-free guidance scale; at 1 or below the negative prompt is not run.
    pub guidance_scale: f32,
    /// Seed of the noise.
    pub seed: u64,
    /// Which scheduler.
    pub sampler: Sampler,
    /// How attention is steered.
    pub control: Control,
    /// Which words of the prompt are one entity.
    #[serde(rename = "groups", alias = "entities")]
    pub entities: Entities,
    /// What changes about these two during the run, in the order of steps.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "as_many_as_steps")]
    pub changes: Vec<Change>,
}

impl Default for Settings {
    fn default() -> Self {
        let Defaults { sampler, steps, guidance_scale } = Defaults::default();
        Self {
            prompt: String::new(),
            negative_prompt: None,
            width: 1024,
            height: 1024,
            steps,
            guidance_scale,
            seed: 0,
            sampler,
            control: Control::default(),
            entities: Entities::default(),
            changes: Vec::new(),
        }
    }
}

/// Reads a list of changes that is no longer than a run: a short file could stand for more than there is memory.
fn as_many_as_steps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Change>, D::Error> {
    struct Changes;

    impl<'de> de::Visitor<'de> for Changes {
        type Value = Vec<Change>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_STEPS} changes")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut from: A) -> Result<Vec<Change>, A::Error> {
            let mut changes = Vec::new();
            while let Some(change) = from.next_element()? {
                if changes.len() == MAX_STEPS {
                    return Err(de::Error::invalid_length(MAX_STEPS + 1, &self));
                }
                changes.push(change);
            }
            Ok(changes)
        }
    }
    from.deserialize_seq(Changes)
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let settings = Self::deserialize(from)?;
        settings.validate().map_err(de::Error::custom)?;
        Ok(settings)
    }
}

impl Settings {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Input`] that names the first value that cannot be used, and one that can.
    pub fn validate(&self) -> Result<()> {
        for (side, pixels) in [("width", self.width), ("height", self.height)] {
            if pixels == 0 || pixels % SIZE_STEP != 0 || pixels > MAX_SIDE {
                return Err(Error::input(
                    format!("A {side} of {pixels} pixels cannot be painted."),
                    format!("Choose a multiple of {SIZE_STEP} up to {MAX_SIDE}."),
                ));
            }
        }
        if self.steps == 0 || self.steps > MAX_STEPS {
            return Err(Error::input(
                format!("{} steps cannot be run.", self.steps),
                format!("Choose 1 to {MAX_STEPS} steps."),
            ));
        }
        if !self.guidance_scale.is_finite() || !(0.0..=100.0).contains(&self.guidance_scale) {
            return Err(Error::input(
                format!("A guidance scale of {} cannot be used.", self.guidance_scale),
                "Choose a number from 0 to 100; 5 to 7 is usual.",
            ));
        }
        for (name, text) in
            [("prompt", Some(&self.prompt)), ("negative prompt", self.negative_prompt.as_ref())]
        {
            let bytes = text.map_or(0, String::len);
            if bytes > MAX_PROMPT_BYTES {
                return Err(Error::input(
                    format!("A {name} of {bytes} bytes cannot be painted."),
                    format!("Write {MAX_PROMPT_BYTES} bytes or fewer."),
                ));
            }
        }
        self.validate_controls()
    }

    /// The latents' rows and columns.
    pub fn latent_grid(&self) -> Grid {
        Grid::new(self.height / VAE_FACTOR, self.width / VAE_FACTOR)
    }

    /// Whether the negative prompt is run too.
    pub fn is_guided(&self) -> bool {
        self.guidance_scale > 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_value_is_named() {
        fn check(change: impl FnOnce(&mut Settings), expected: &str) {
            let mut settings = Settings::default();
            change(&mut settings);
            let message = settings.validate().map_or_else(|error| error.to_string(), |()| String::new());
            assert!(message.contains(expected) && message.is_empty() == expected.is_empty(), "{message:?}");
        }
        check(|_| (), "");
        check(|s| s.width = 0, "width of 0");
        check(|s| s.height = 250, "height of 250");
        check(|s| s.width = 8192, "width of 8192");
        check(|s| s.steps = 0, "0 steps");
        check(|s| s.guidance_scale = f32::NAN, "guidance scale of NaN");
        check(|s| s.control.tau = 0.0, "temperature of 0");
        check(|s| s.prompt = "x".repeat(MAX_PROMPT_BYTES + 1), "prompt of 100001 bytes");
        check(
            |s| s.negative_prompt = Some("x".repeat(MAX_PROMPT_BYTES + 1)),
            "negative prompt of 100001 bytes",
        );
    }

    /// Steps of 10^12 in a picture's metadata once ended the program.
    #[test]
    fn only_settings_that_can_be_painted_are_read() {
        fn check(json: &str, expected: &str) {
            let message = serde_json::from_str::<Settings>(json).unwrap_err().to_string();
            assert!(message.contains(expected), "{json}: {message}");
        }
        check(r#"{"steps": 1000000000000}"#, "1000000000000 steps");
        check(r#"{"width": 18446744073709551615}"#, "width of 18446744073709551615");
        check(r#"{"guidance_scale": 1e300}"#, "guidance scale of inf");
        check(r#"{"seed": -1}"#, "-1");
        check(r#"{"control": {"tau_span": {"start": 0.0, "end": 1e30}}}"#, "cannot act from 0 to 1");
        check(r#"{"control": {"mask": {"strength": -1e39}}}"#, "mask strength of -inf");
        check(r#"{"changes": [{"step": 18446744073709551615}]}"#, "at step index 18446744073709551615");
        check(r#"{"changes": [{"step": 1, "control": {"tau": 0.0}}]}"#, "temperature of 0");
        let changes = vec![r#"{"step": 1}"#; 501].join(",");
        check(&format!(r#"{{"changes": [{changes}]}}"#), "at most 500 changes");
        let points: Vec<_> = (0..=1000)
            .map(|at| format!(r#"{{"progress": {}, "weight": 1.0}}"#, f64::from(at) / 1000.0))
            .collect();
        check(
            &format!(r#"{{"control": {{"weights": {{"global": [{}]}}}}}}"#, points.join(",")),
            "1001 points",
        );
        let entity = |span: &str, head: &str| {
            format!(r#"{{"list": [{{"phrases": [{{"span": {span}, "head": {head}}}]}}]}}"#)
        };
        let whole = r#"{"start": 0, "end": 6}"#;
        for (span, head) in [
            (r#"{"start": 0, "end": 5}"#, r#"{"start": 0, "end": 2}"#),
            (r#"{"start": 0, "end": 18446744073709551615}"#, whole),
            (r#"{"start": 1, "end": 6}"#, r#"{"start": 3, "end": 6}"#),
            (r#"{"start": 3, "end": 2}"#, whole),
            (whole, r#"{"start": 3, "end": 9}"#),
            (r#"{"start": 3, "end": 6}"#, r#"{"start": 0, "end": 2}"#),
        ] {
            let entities = entity(span, head);
            check(&format!(r#"{{"prompt": "é 猫", "groups": {entities}}}"#), "is not a part of the prompt");
            check(
                &format!(r#"{{"prompt": "é 猫", "changes": [{{"step": 1, "groups": {entities}}}]}}"#),
                "is not a part of the prompt",
            );
        }
        let many = format!(r#"{{"list": [{}]}}"#, [r#"{"phrases": []}"#; 5].join(","));
        check(&format!(r#"{{"prompt": "cat", "groups": {many}}}"#), "5 entities");
    }
}
