//! A prompt of a study, with what is asked of its pictures.

use serde::{Deserialize, Serialize};

use super::{Check, Kind};

/// Whether a prompt reads like a model's captions, or asks for more than it usually manages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Like a caption.
    Plain,
    /// Asks for more.
    Hard,
}

/// What a prompt is for: constants are searched on the one half and told on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// To search on.
    Development,
    /// To tell.
    Report,
}

/// A prompt with its checks: a line of a prompt file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyPrompt {
    /// Its number in the file that it was read from, 0-based: its seeds are 1000 times this, plus 0, 1, ...
    #[serde(default)]
    pub number: usize,
    /// The text.
    pub prompt: String,
    /// The kind that the prompt was written for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How much it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half: Option<Half>,
    /// What is asked of its pictures.
    #[serde(default)]
    pub checks: Vec<Check>,
}
