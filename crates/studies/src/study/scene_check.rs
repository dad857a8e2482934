//! What a check asks of a scene that was read: the fields of a prompt file's checks, as a type that holds no nonsense.
//!
//! Whether a reading meets it is said where readings are (`judges::scene_reader`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{Class, Colour, Place, Texture, Time};

/// What is asked of a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum SceneCheck {
    /// It is at this place.
    Place(Place),
    /// It is this time of day.
    Time(Time),
    /// There is a thing of this class, and it is as asked.
    Thing(Class, Asked),
}

/// What is asked of the things of one class.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// At least one is there.
    There,
    /// Exactly so many are there.
    Count(usize),
    /// All have this colour; `None`: no colour of their own.
    Colour(Option<Colour>),
    /// Their colours are exactly these, in any order.
    Colours(Vec<Option<Colour>>),
    /// All have this texture; `None`: they are plain.
    Texture(Option<Texture>),
    /// Their textures are exactly these, in any order.
    Textures(Vec<Option<Texture>>),
    /// One of them has a thing of this class: near it, and higher.
    Has(Class),
    /// None of them has a thing of this class.
    Lacks(Class),
    /// The best seen of them stands so to the best seen of the other class.
    Relation(Relation, Class),
}

/// How a thing stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is its name")]
pub enum Relation {
    Left,
    Right,
    Above,
    Below,
    /// In front of it.
    Front,
    Behind,
}

/// The fields of a check beside its kind and its question.
pub(super) type Fields = Map<String, Value>;

impl SceneCheck {
    /// Reads a check's fields; `None` if there are none, so that only the question is known.
    ///
    /// # Errors
    /// What is wrong, naming the field.
    pub(super) fn from_fields(mut fields: Fields) -> Result<Option<Self>, String> {
        let class = fields.remove("cls").map(|value| read("cls", value)).transpose()?;
        let other = fields.remove("other").map(|value| read("other", value)).transpose()?;
        if other.is_some() != fields.contains_key("relation") {
            return Err("\"relation\" and \"other\" need each other".into());
        }
        let mut fields = fields.into_iter();
        let asked = fields.next();
        if let (Some((one, _)), Some((another, _))) = (&asked, fields.next()) {
            return Err(format!("{one:?} and {another:?} in one check: make it two"));
        }
        match (class, asked) {
            (None, None) => Ok(None),
            (None, Some((name, value))) => Self::of_picture(&name, value).map(Some),
            (Some(class), None) => Ok(Some(Self::Thing(class, Asked::There))),
            (Some(class), Some((name, value))) => {
                Ok(Some(Self::Thing(class, Asked::from_field(&name, value, other)?)))
            }
        }
    }

    /// A check of the picture as a whole.
    fn of_picture(name: &str, value: Value) -> Result<Self, String> {
        match name {
            "place" => read(name, value).map(Self::Place),
            "time" => read(name, value).map(Self::Time),
            _ => Err(format!("{name:?} is unknown, or \"cls\", the class of things, is missing")),
        }
    }

    /// The fields again.
    pub(super) fn fields(&self) -> Fields {
        let fields = match self {
            Self::Place(place) => json!({ "place": place }),
            Self::Time(time) => json!({ "time": time }),
            Self::Thing(cls, asked) => match asked {
                Asked::There => json!({ "cls": cls }),
                Asked::Count(count) => json!({ "cls": cls, "count": count }),
                Asked::Colour(colour) => json!({ "cls": cls, "colour": colour }),
                Asked::Colours(colours) => json!({ "cls": cls, "colours": colours }),
                Asked::Texture(texture) => json!({ "cls": cls, "texture": texture }),
                Asked::Textures(textures) => json!({ "cls": cls, "textures": textures }),
                Asked::Has(has) => json!({ "cls": cls, "has": has }),
                Asked::Lacks(lacks) => json!({ "cls": cls, "lacks": lacks }),
                Asked::Relation(relation, other) => {
                    json!({ "cls": cls, "relation": relation, "other": other })
                }
            },
        };
        match fields {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        }
    }
}

impl Asked {
    fn from_field(name: &str, value: Value, other: Option<Class>) -> Result<Self, String> {
        match (name, other) {
            ("count", _) => read(name, value).map(Self::Count),
            ("colour", _) => read(name, value).map(Self::Colour),
            ("colours", _) => read(name, value).map(Self::Colours),
            ("texture", _) => read(name, value).map(Self::Texture),
            ("textures", _) => read(name, value).map(Self::Textures),
            ("has", _) => read(name, value).map(Self::Has),
            ("lacks", _) => read(name, value).map(Self::Lacks),
            ("relation", Some(other)) => Ok(Self::Relation(read(name, value)?, other)),
            _ => Err(format!("{name:?} cannot be asked of things")),
        }
    }
}

fn read<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("{name:?}: {error}"))
}
