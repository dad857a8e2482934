//! One yes/no question about a picture.

use serde::{Deserialize, Serialize};

/// The six kinds of alignment that the paper counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A thing has the colour that was asked for.
    Colour,
    /// A thing is there, and with whom it belongs.
    Content,
    /// There are as many as were asked for.
    Number,
    /// A thing is striped, spotted, or neither.
    Texture,
    /// The time of day.
    Time,
    /// Where it is, and how things lie to each other.
    Place,
}

impl Kind {
    /// All, in the order in which tables show them.
    pub const ALL: [Self; 6] =
        [Self::Colour, Self::Content, Self::Number, Self::Texture, Self::Time, Self::Place];

    /// Its name in tables and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Content => "content",
            Self::Number => "number",
            Self::Texture => "texture",
            Self::Time => "time",
            Self::Place => "place",
        }
    }
}

/// A yes/no question about one picture. The field names are those of prompt files (JSON Lines).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What it is counted under.
    pub kind: Kind,
    /// The question in English: "Is the hat red?".
    pub question: String,
    /// What the scene reader looks at; empty where only the question is known.
    #[serde(flatten)]
    pub scene: serde_json::Map<String, serde_json::Value>,
}
