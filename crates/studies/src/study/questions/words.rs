//! Tables of words that questions are made with: in lower case, in the singular, sorted.

/// Words before a noun that only point at it.
pub(super) const DETERMINERS: &[&str] = &[
    "a", "all", "an", "another", "any", "both", "each", "few", "her", "his", "its", "many", "my",
    "other", "our", "several", "some", "that", "the", "their", "these", "this", "those", "your",
];

/// What a surface can be. Materials are in [`MATERIALS`].
pub(super) const TEXTURES: &[&str] = &[
    "checkered", "chequered", "dotted", "floral", "fluffy", "furry", "fuzzy", "hairy", "knitted",
    "metallic", "patterned", "plaid", "rough", "rusty", "scaly", "shiny", "smooth", "spotted",
    "spotty", "striped", "stripy", "tiled", "wooden", "woolen", "woollen", "woven", "wrinkled",
];

/// What a thing can be made of: a glass vase.
pub(super) const MATERIALS: &[&str] = &[
    "brick", "cardboard", "concrete", "glass", "leather", "marble", "metal", "paper",
    "plastic", "silk", "stone", "velvet", "wicker", "wood",
];

/// Nouns that only say that there are several of what follows: "a group of sheep".
pub(super) const COLLECTIVES: &[&str] = &[
    "bunch", "couple", "crowd", "flock", "group", "herd", "lot", "number", "pair",
];

/// Nouns that have no article: there is grass, not a grass.
pub(super) const MASS: &[&str] = &[
    "armor", "armour", "beer", "bread", "broccoli", "cheese", "clothing", "coffee", "equipment",
    "fire", "food", "fur", "furniture", "graffiti", "grass", "hair", "ice", "jewelry", "luggage",
    "makeup", "meat", "milk", "pasta", "rice", "sand", "smoke", "snow", "soccer", "tea", "tennis",
    "traffic", "water", "wine", "wood",
];
