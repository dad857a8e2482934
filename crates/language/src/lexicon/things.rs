//! What beings have and wear, colours and other qualities.

use super::Table;

/// Parts of a body, including hair and horns.
pub(crate) const BODY: Table = &[
    "abs", "afro", "ankle", "antenna", "antler", "arm", "armpit", "bangs", "beak", "beard", "belly",
    "bicep", "blush", "body", "braid", "breast", "brow", "bun", "bust", "buttock", "cheek", "chest",
    "chin", "claw", "cleavage", "collarbone", "complexion", "crest", "dimple", "dreadlock", "ear",
    "elbow", "eye", "eyebrow", "eyelash", "eyelid", "face", "fang", "feather", "fin", "finger",
    "fingernail", "fist", "flipper", "foot", "forearm", "forehead", "freckle", "fringe", "fur", "gill",
    "goatee", "hair", "haircut", "hairdo", "hairstyle", "hand", "head", "hindleg", "hip", "hoof",
    "horn", "hump", "iris", "irises", "jaw", "knee", "knuckle", "lap", "lash", "leg", "limb", "lip",
    "mandible", "mane", "midriff", "mohawk", "moustache", "mouth", "muscle", "mustache", "muzzle",
    "nail", "navel", "neck", "nose", "nostril", "paw", "pelt", "pigtail", "pincer", "plumage",
    "ponytail", "quill", "rib", "scale", "scar", "shin", "shoulder", "sideburn", "skin", "skull",
    "snout", "spine", "stinger", "stomach", "stubble", "tail", "talon", "tattoo", "tentacle", "thigh",
    "throat", "thumb", "toe", "tongue", "tooth", "torso", "tress", "trunk", "tusk", "twintail", "udder",
    "vein", "waist", "whisker", "wing", "wrinkle", "wrist",
];

/// Clothes and other things that are worn.
pub(crate) const WEARABLES: Table = &[
    "accessory", "amulet", "anklet", "anorak", "apron", "armband", "armor", "armour", "ascot",
    "backpack", "badge", "balaclava", "bandage", "bandana", "bathrobe", "bead", "beanie", "belt",
    "beret", "bikini", "blazer", "blindfold", "blouse", "bodice", "bodysuit", "bolero", "bonnet",
    "boot", "bow", "bow-tie", "bowtie", "bra", "bracelet", "breastplate", "breeches", "brooch",
    "buckle", "bustier", "camisole", "cap", "cape", "cardigan", "cassock", "catsuit", "chainmail",
    "chaps", "choker", "cloak", "clog", "clothes", "clothing", "coat", "collar", "corsage", "corset",
    "costume", "cowl", "crown", "cuff", "cufflink", "cummerbund", "diadem", "dress", "dungaree",
    "earmuff", "earphones", "earring", "earrings", "epaulette", "espadrille", "exosuit", "eyeglasses",
    "eyepatch", "eyewear", "fedora", "fez", "flip-flop", "footwear", "frock", "gaiter", "garland",
    "garment", "gauntlet", "girdle", "glasses", "glove", "goggles", "gown", "greave", "habit",
    "hairband", "hairclip", "hairpin", "hakama", "halo", "handbag", "haori", "harness", "hat",
    "headband", "headdress", "headgear", "headphone", "headphones", "headpiece", "headscarf", "headset",
    "heel", "helmet", "hijab", "hood", "hoodie", "jacket", "jean", "jeans", "jersey", "jetpack",
    "jewelry", "jumper", "jumpsuit", "kilt", "kimono", "knapsack", "leggings", "legwarmer", "lei",
    "leotard", "lingerie", "lipstick", "livery", "loafer", "locket", "loincloth", "makeup", "mask",
    "miniskirt", "mitten", "moccasin", "monocle", "muffler", "neckerchief", "necklace", "necktie",
    "nightdress", "nightgown", "nightshirt", "obi", "outerwear", "outfit", "overall", "overalls",
    "overcoat", "pajama", "pajamas", "pants", "pantyhose", "parka", "patch", "pauldron", "peacoat",
    "pendant", "petticoat", "piercing", "pinafore", "poncho", "pullover", "purse", "pyjama", "raincoat",
    "regalia", "ribbon", "ring", "robe", "romper", "rucksack", "sandal", "sari", "sarong", "sash",
    "scarf", "scrubs", "shades", "shawl", "sheath", "shirt", "shoe", "short", "shorts", "singlet",
    "skirt", "sleeve", "slipper", "sneaker", "sock", "sombrero", "spacesuit", "spectacles", "stiletto",
    "stocking", "strap", "suit", "sundress", "sunglasses", "sunhat", "suspenders", "sweater",
    "sweatpants", "sweatshirt", "swimsuit", "swimwear", "t-shirt", "tabard", "tailcoat", "tank-top",
    "tee", "thighhighs", "thong", "tiara", "tie", "tights", "toga", "tracksuit", "trousers", "tunic",
    "turban", "turtleneck", "tutu", "tux", "tuxedo", "undershirt", "underwear", "uniform", "veil",
    "vest", "visor", "waistband", "waistcoat", "wetsuit", "wig", "windbreaker", "wreath", "wristband",
    "wristwatch", "yukata",
];

/// Colours; alone they are not things.
pub(crate) const COLORS: Table = &[
    "amber", "aqua", "auburn", "azure", "beige", "black", "blue", "bronze", "brown", "burgundy",
    "cerulean", "chartreuse", "cobalt", "cream", "crimson", "cyan", "fuchsia", "gold", "golden", "gray",
    "green", "grey", "indigo", "ivory", "lavender", "lilac", "magenta", "maroon", "mauve", "navy",
    "ochre", "orange", "pink", "purple", "red", "scarlet", "sienna", "silver", "tan", "taupe", "teal",
    "turquoise", "ultramarine", "umber", "vermilion", "violet", "white", "yellow",
];

/// Colours that are things as well: "ice cream".
pub(crate) const NAMESAKES: Table = &[
    "amber", "bronze", "cream", "gold", "ivory", "lavender", "lilac", "orange", "silver", "tan",
    "turquoise", "violet",
];

/// Attributes that are nouns as well: "an old, wise wizard".
pub(crate) const QUALITIES: Table = &[
    "ancient", "antique", "automatic", "big", "bitter", "blind", "blond", "bold", "brave", "brief",
    "bright", "broad", "calm", "classic", "cold", "cool", "crisp", "damp", "dark", "dead", "deep",
    "delicate", "dim", "domestic", "dry", "elastic", "electric", "empty", "exotic", "fat", "fierce",
    "flat", "fluid", "fresh", "futuristic", "gentle", "good", "gothic", "great", "heavy", "high",
    "hollow", "humble", "hybrid", "ideal", "immortal", "large", "lean", "leather", "light", "little",
    "lone", "long", "low", "mechanical", "metal", "metallic", "miniature", "modern", "mortal", "native",
    "natural", "neutral", "new", "old", "open", "oriental", "ornamental", "oval", "plain", "plastic",
    "poor", "quick", "quiet", "retro", "rich", "rough", "round", "royal", "rustic", "sharp", "short",
    "sick", "simple", "slick", "slim", "small", "smooth", "soft", "solid", "sour", "square", "stout",
    "straight", "sweet", "tall", "tender", "thick", "thin", "tough", "transparent", "vintage", "warm",
    "wet", "wild", "wise", "young",
];

/// Words before a colour that make a colour of it.
pub(crate) const SHADES: Table = &[
    "bright", "cool", "dark", "deep", "faded", "hot", "light", "matte", "metallic", "muted", "neon",
    "pale", "pastel", "pure", "rich", "royal", "soft", "vivid", "warm",
];
