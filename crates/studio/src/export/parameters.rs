//! Settings in Automatic1111's `parameters` grammar, which most galleries and interfaces read.
//!
//! Prompt lines, then optionally `Negative prompt: ...`, then one line of `Key: value, Key: value`. A value with a comma,
//! colon or newline is a JSON string. The grammar is lossy (a prompt line may look like a later part), so our own
//! settings travel as JSON beside it; this is for other programs, and for reading their pictures.

use std::fmt::{self, Display};

/// What a `parameters` text says. All of it is optional, since other programs leave things out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// The prompt, maybe of several lines.
    pub prompt: String,
    /// The negative prompt; empty if there is none.
    pub negative: String,
    /// Number of steps.
    pub steps: Option<u32>,
    /// "Euler", "DPM++ 2M", ...
    pub sampler: Option<String>,
    /// "Normal", "Karras", ...
    pub schedule: Option<String>,
    /// Classifier-free guidance.
    pub guidance_scale: Option<f32>,
    /// The seed.
    pub seed: Option<u64>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// What tells the model from others of its name: hexadecimal digits, of what differs from program to program.
    pub model_hash: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// Which program made it.
    pub version: Option<String>,
    /// Every other key with its value, in order. Keys hold word characters, space, `-` and `/` only.
    pub others: Vec<(String, String)>,
}

const NEGATIVE: &str = "Negative prompt:";

/// Fewer pairs than this make a last line part of the prompt, as in Automatic1111.
const FEWEST_PAIRS: usize = 3;

impl Parameters {
    /// Reads a text of any program. Whatever cannot be read as its kind stays in `others`.
    pub fn parse(text: &str) -> Self {
        let mut lines: Vec<&str> = text.trim().lines().collect();
        let pairs = lines.last().map(|line| pairs(line)).filter(|pairs| pairs.len() >= FEWEST_PAIRS);
        if pairs.is_some() {
            lines.pop();
        }
        let mut parameters = Self::default();
        for (key, value) in pairs.unwrap_or_default() {
            parameters.set(key, value);
        }
        let start = lines.iter().position(|line| line.trim_start().starts_with(NEGATIVE));
        let (prompt, negative) = lines.split_at(start.unwrap_or(lines.len()));
        parameters.prompt = joined(prompt);
        parameters.negative =
            joined(negative).strip_prefix(NEGATIVE).unwrap_or_default().trim_start().to_owned();
        parameters
    }

    /// Takes a value under its key; what cannot be read as its kind goes to `others`.
    pub(super) fn set(&mut self, key: String, value: String) {
        let is_kept = match key.as_str() {
            "Steps" => keep(&mut self.steps, value.parse().ok()),
            "Sampler" => keep(&mut self.sampler, Some(value.clone())),
            "Schedule type" | "Scheduler" => keep(&mut self.schedule, Some(value.clone())),
            "CFG scale" => keep(&mut self.guidance_scale, value.parse().ok()),
            "Seed" => keep(&mut self.seed, value.parse().ok()),
            "Size" => keep(&mut self.size, size(&value)),
            "Model hash" => keep(&mut self.model_hash, Some(value.clone())),
            "Model" => keep(&mut self.model, Some(value.clone())),
            "Version" => keep(&mut self.version, Some(value.clone())),
            _ => false,
        };
        if !is_kept {
            self.others.push((key, value));
        }
    }
}

impl Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.prompt)?;
        if !self.negative.is_empty() {
            writeln!(f, "{NEGATIVE} {}", self.negative)?;
        }
        let known = [
            ("Steps", self.steps.map(|steps| steps.to_string())),
            ("Sampler", self.sampler.clone()),
            ("Schedule type", self.schedule.clone()),
            ("CFG scale", self.guidance_scale.map(|scale| scale.to_string())),
            ("Seed", self.seed.map(|seed| seed.to_string())),
            ("Size", self.size.map(|(width, height)| format!("{width}x{height}"))),
            ("Model hash", self.model_hash.clone()),
            ("Model", self.model.clone()),
        ];
        let known = known.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?)));
        let others = self.others.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let version = self.version.as_deref().map(|version| ("Version", version));
        let pairs: Vec<String> = known
            .chain(others)
            .chain(version)
            .map(|(key, value)| format!("{key}: {}", quoted(value)))
            .collect();
        f.write_str(&pairs.join(", "))
    }
}

/// Fills an empty field; whether it did.
fn keep<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    let keeps = field.is_none() && value.is_some();
    if keeps {
        *field = value;
    }
    keeps
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}

/// "1024x768", and "(1024, 768)" as Fooocus writes it.
fn size(value: &str) -> Option<(u32, u32)> {
    let inside = value.trim().trim_start_matches('(').trim_end_matches(')');
    let (width, height) = inside.split_once(['x', '×', ','])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

fn quoted(value: &str) -> String {
    if value.contains([',', ':', '\n', '"']) {
        serde_json::Value::from(value).to_string()
    } else {
        value.to_owned()
    }
}

/// The pairs of a settings line; what is no pair is skipped.
fn pairs(line: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let part = rest.split(',').next().unwrap_or_default();
        let Some((key, after)) = part.split_once(':').filter(|(key, _)| is_key(key.trim())) else {
            rest = rest.get(part.len() + 1..).unwrap_or_default();
            continue;
        };
        let value_onwards = rest[part.len() - after.len()..].trim_start();
        let (value, length) = json_string(value_onwards).unwrap_or_else(|| {
            let plain = value_onwards.split(',').next().unwrap_or_default();
            (plain.trim().to_owned(), plain.len())
        });
        pairs.push((key.trim().to_owned(), value));
        rest = value_onwards.get(length + 1..).unwrap_or_default();
    }
    pairs
}

/// At least two of word characters, space, `-` and `/`, beginning with a word character.
fn is_key(key: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    key.starts_with(is_word)
        && key.chars().nth(1).is_some()
        && key.chars().all(|c| is_word(c) || " -/".contains(c))
}

/// A JSON string that ends where `text` or its comma-separated part ends, and its length in bytes with its quotes.
fn json_string(text: &str) -> Option<(String, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = values.next()?.ok()?;
    let length = values.byte_offset();
    let after = text[length..].trim_start();
    (after.is_empty() || after.starts_with(',')).then_some((value, text.len() - after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Parameters {
        Parameters {
            prompt: "a boy in front of a girl".into(),
            negative: "blurry, low quality".into(),
            steps: Some(20),
            sampler: Some("Euler".into()),
            schedule: Some("Normal".into()),
            guidance_scale: Some(7.5),
            seed: Some(u64::MAX),
            size: Some((1024, 768)),
            model_hash: Some("31e35c80fc".into()),
            model: Some("tiny".into()),
            version: Some("Tauscope 0.1.0".into()),
            others: vec![("Attention temperature".into(), "0.7".into())],
        }
    }

    #[test]
    fn the_text_is_what_other_programs_read() {
        assert_eq!(
            ours().to_string(),
            "a boy in front of a girl\nNegative prompt: blurry, low quality\nSteps: 20, Sampler: Euler, \
             Schedule type: Normal, CFG scale: 7.5, Seed: 18446744073709551615, Size: 1024x768, \
             Model hash: 31e35c80fc, Model: tiny, Attention temperature: 0.7, Version: Tauscope 0.1.0"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        fn check(change: impl FnOnce(&mut Parameters)) {
            let mut parameters = ours();
            change(&mut parameters);
            assert_eq!(Parameters::parse(&parameters.to_string()), parameters);
        }
        check(|_| ());
        check(|p| p.negative.clear());
        check(|p| p.prompt = "two\nlines, (red hat:1.2)".into());
        check(|p| p.negative = "one\nmore: line".into());
        check(|p| p.prompt.clear());
        check(|p| p.prompt = "赤い帽子の少年 🎩".into());
        check(|p| p.model = Some("C:\\models, \"best\"\nof all".into()));
        check(|p| p.version = Some("\"quoted\"".into()));
        check(|p| p.others.clear());
    }

    #[test]
    fn texts_of_other_programs_are_read_as_far_as_they_go() {
        fn check(text: &str, prompt: &str, negative: &str, steps: Option<u32>, others: &[(&str, &str)]) {
            let got = Parameters::parse(text);
            let got_others: Vec<(&str, &str)> =
                got.others.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!((got.prompt.as_str(), got.negative.as_str()), (prompt, negative), "{text}");
            assert_eq!((got.steps, got_others.as_slice()), (steps, others), "{text}");
        }
        check("", "", "", None, &[]);
        check("only a prompt", "only a prompt", "", None, &[]);
        check("a cat\nSteps: 20, Seed: 1", "a cat\nSteps: 20, Seed: 1", "", None, &[]);
        check("a cat\r\nSteps: 20, Seed: 1, Size: 8x8\r\n", "a cat", "", Some(20), &[]);
        check(
            "a cat\nSteps: many, Seed: -1, Size: big, Lora hashes: \"a: 1, b: 2\", TI, Hires upscale: 2,",
            "a cat",
            "",
            None,
            &[
                ("Steps", "many"),
                ("Seed", "-1"),
                ("Size", "big"),
                ("Lora hashes", "a: 1, b: 2"),
                ("Hires upscale", "2"),
            ],
        );
        check(
            "x\nNegative prompt: y\nSteps: 3, Broken: \"never closed, Seed: 5, Steps: 4",
            "x",
            "y",
            Some(3),
            &[("Broken", "\"never closed"), ("Steps", "4")],
        );
        check("a, : b, ::,,, é: ü\n\u{0}", "a, : b, ::,,, é: ü\n\u{0}", "", None, &[]);
    }
}
