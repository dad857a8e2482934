//! Words that tell how phrases hang together.

use super::Table;

/// Nouns that only name a position: "in front of", "on the left side of".
pub(crate) const RELATIONS: Table = &[
    "back", "base", "bottom", "center", "centre", "corner", "distance", "edge", "end", "front", "half",
    "inside", "left", "margin", "middle", "midst", "outskirts", "part", "rear", "right", "side", "top",
];

/// Words that, with [`RELATIONS`], say where or how much of something is in the picture: "upper left", "full body".
pub(crate) const FRAMING: Table = &[
    "body", "extreme", "far", "frame", "full", "length", "lower", "panel", "upper",
];

/// Words in -ing that name things and can end a noun phrase.
pub(crate) const GERUNDS: Table = &[
    "bedding", "building", "bunting", "carving", "casing", "ceiling", "clothing", "covering", "drawing",
    "dressing", "dwelling", "engraving", "etching", "filling", "flooring", "frosting", "icing",
    "lighting", "lining", "marking", "offering", "opening", "painting", "piercing", "railing",
    "rendering", "scaffolding", "setting", "stocking", "stuffing", "topping", "trimming", "wedding",
    "wiring", "writing",
];

/// Verbs in -ing that have an object rather than belong to the noun after them: "eating ramen".
pub(crate) const ACTIONS: Table = &[
    "baking", "brewing", "building", "carrying", "catching", "chasing", "chopping", "cleaning",
    "climbing", "collecting", "cooking", "cutting", "drawing", "drinking", "driving", "eating",
    "feeding", "fighting", "hugging", "juggling", "kissing", "lifting", "making", "opening", "painting",
    "petting", "picking", "playing", "pouring", "pulling", "pushing", "reading", "riding", "shaking",
    "stirring", "throwing", "using", "watching", "watering", "writing",
];

/// Verbs whose object becomes a part of a person or an animal.
pub(crate) const WEARING: Table = &[
    "adorned", "bearing", "carried", "carries", "carry", "carrying", "clad", "clutches", "clutching",
    "donning", "dressed", "equipped", "grasping", "gripping", "grips", "had", "has", "have", "having",
    "held", "hold", "holding", "holds", "sported", "sporting", "wear", "wearing", "wears", "wielding",
    "wields", "wore",
];

/// Verbs whose object becomes a part of any thing.
pub(crate) const CONTAINING: Table = &[
    "bordered", "built", "carved", "composed", "consisting", "containing", "contains", "covered",
    "crafted", "decorated", "embroidered", "engraved", "features", "featuring", "filled", "full",
    "garnished", "lined", "made", "ornamented", "overgrown", "resembling", "sculpted", "shaped",
    "showing", "shows", "stuffed", "topped", "wrapped",
];

/// Verbs before the name of an artist.
pub(crate) const CREDITS: Table = &[
    "animated", "composed", "created", "designed", "directed", "drawn", "illustrated", "influenced",
    "inspired", "made", "painted", "photographed", "rendered", "shot",
];

/// Pronouns, which name no thing.
pub(crate) const PRONOUNS: Table = &[
    "anybody", "anyone", "anything", "everybody", "everyone", "everything", "nobody", "nothing", "one",
    "other", "others", "something",
];

/// Pronouns that stand for a noun after an attribute: "the red one".
pub(crate) const ELLIPTIC: Table = &[
    "one", "ones", "other", "others",
];

/// Relative pronouns.
pub(crate) const RELATIVES: Table = &[
    "that", "which", "who",
];

/// Conjunctions.
pub(crate) const CONJUNCTIONS: Table = &[
    "&", "and", "or",
];

/// Verbs before a predicate.
pub(crate) const COPULAS: Table = &[
    "are", "is", "was", "were",
];

/// Words between a copula and its predicate.
pub(crate) const DEGREES: Table = &[
    "all", "also", "always", "both", "completely", "each", "entirely", "quite", "really", "so", "too",
    "very",
];

/// Words that say something of each thing before them: "both black", "each with a hat".
pub(crate) const DISTRIBUTIVES: Table = &[
    "all", "both", "each",
];

/// Words before what is not in the picture.
pub(crate) const NEGATIONS: Table = &[
    "except", "excluding", "minus", "neither", "never", "nor", "not",
];

/// Prepositions that make a bare noun a place, a time or a manner.
pub(crate) const LOCATING: Table = &[
    "at", "during", "from", "in", "into", "on", "through", "throughout", "via",
];

/// Prepositions that a clause follows, not a thing: "while eating".
pub(crate) const CLAUSAL: Table = &[
    "after", "as", "before", "by", "for", "if", "like", "since", "than", "that", "though", "until",
    "when", "where", "while", "without",
];

/// Verbs before what something says or is called.
pub(crate) const SAYING: Table = &[
    "called", "captioned", "entitled", "labeled", "labelled", "named", "nicknamed", "said", "say",
    "saying", "says", "spelling", "spells", "titled",
];

/// Abbreviations before a name.
pub(crate) const TITLES: Table = &[
    "capt", "dr", "lt", "mr", "mrs", "ms", "prof", "sgt", "st",
];

/// Pairs of nouns that "and" makes one thing.
pub(crate) const BINOMIALS: &[(&str, &str)] = &[
    ("ball", "chain"), ("bow", "arrow"), ("bread", "butter"), ("bucket", "spade"), ("butter", "jelly"),
    ("cheese", "onion"), ("cup", "saucer"), ("fish", "chip"), ("gin", "tonic"), ("ham", "egg"),
    ("hammer", "sickle"), ("knife", "fork"), ("lock", "key"), ("mac", "cheese"), ("macaroni", "cheese"),
    ("mortar", "pestle"), ("needle", "thread"), ("nut", "bolt"), ("rod", "reel"), ("salt", "pepper"),
    ("salt", "vinegar"), ("skull", "crossbone"), ("skull", "crossbones"),
];
