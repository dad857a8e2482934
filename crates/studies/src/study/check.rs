//! One yes/no question about a picture.

use serde::{Deserialize, Serialize};

use super::{SceneCheck, scene_check::Fields};

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
#[serde(try_from = "Line", into = "Line")]
pub struct Check {
    /// What it is counted under.
    pub kind: Kind,
    /// The question in English: "Is the hat red?".
    pub question: String,
    /// What the scene reader looks at; `None` where only the question is known.
    pub scene: Option<SceneCheck>,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Line {
    kind: Kind,
    #[serde(flatten)]
    scene: Fields,
    question: String,
}

impl TryFrom<Line> for Check {
    type Error = String;

    fn try_from(line: Line) -> Result<Self, String> {
        let scene = SceneCheck::from_fields(line.scene)
            .map_err(|problem| format!("the check {:?} cannot be used: {problem}.", line.question))?;
        Ok(Self { kind: line.kind, question: line.question, scene })
    }
}

impl From<Check> for Line {
    fn from(check: Check) -> Self {
        let scene = check.scene.map(|scene| scene.fields()).unwrap_or_default();
        Self { kind: check.kind, scene, question: check.question }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::study::{Asked, Class, Colour, Place, Relation, StudyPrompt, Texture, builtin::SCENES};

    #[test]
    fn the_checks_of_all_built_in_prompts_are_written_as_they_were_read() {
        let mut prompts = 0;
        for line in SCENES.lines() {
            let mut written =
                serde_json::to_value(serde_json::from_str::<StudyPrompt>(line).unwrap()).unwrap();
            written.as_object_mut().unwrap().remove("number");
            assert_eq!(written, serde_json::from_str::<Value>(line).unwrap());
            prompts += 1;
        }
        assert_eq!(prompts, 360);
    }

    #[test]
    fn the_fields_say_what_is_asked() {
        fn check(fields: &str, expected: Option<SceneCheck>) {
            let line = format!(r#"{{"kind": "texture", "question": "?"{fields}}}"#);
            assert_eq!(serde_json::from_str::<Check>(&line).unwrap().scene, expected, "{fields}");
        }
        let hat = |asked| Some(SceneCheck::Thing(Class::Hat, asked));
        check("", None);
        check(r#", "cls": "hat""#, hat(Asked::There));
        check(r#", "cls": "hat", "texture": null"#, hat(Asked::Texture(None)));
        check(r#", "cls": "hat", "texture": "spotted""#, hat(Asked::Texture(Some(Texture::Spotted))));
        let colours = vec![Some(Colour::Red), None];
        check(r#", "cls": "hat", "colours": ["red", null]"#, hat(Asked::Colours(colours)));
        let left = Asked::Relation(Relation::Left, Class::Cat);
        check(r#", "cls": "hat", "relation": "left", "other": "cat""#, hat(left));
        check(r#", "place": "in the snow""#, Some(SceneCheck::Place(Place::Snow)));
    }

    #[test]
    fn fields_that_make_no_sense_are_refused_by_name() {
        fn check(fields: &str, expected: &str) {
            let line = format!(r#"{{"kind": "content", "question": "Is it?", {fields}}}"#);
            let error = serde_json::from_str::<Check>(&line).unwrap_err().to_string();
            assert!(error.contains("\"Is it?\"") && error.contains(expected), "{error}");
        }
        check(r#""cls": "horse""#, "\"cls\": unknown variant `horse`");
        check(r#""cls": "hat", "size": "large""#, "\"size\" cannot be asked of things");
        check(r#""size": "large""#, "\"size\" is unknown");
        check(r#""colour": "red""#, "\"cls\", the class of things, is missing");
        check(r#""cls": "hat", "place": "in the snow""#, "\"place\" cannot be asked of things");
        check(r#""cls": "hat", "relation": "left""#, "need each other");
        check(r#""cls": "hat", "other": "cat""#, "need each other");
        check(r#""cls": "hat", "count": 2, "has": "cat""#, "\"count\" and \"has\" in one check");
        check(r#""cls": "hat", "count": -1"#, "\"count\": invalid value");
        check(r#""place": null"#, "\"place\":");
        check(r#""cls": "hat", "colour": "pink""#, "unknown variant `pink`");
    }
}
