//! Tables of words that decide what a noun phrase is: in lower case, in dictionary form, sorted. [`super::roles`] has the
//! rules that use them.

/// A sorted list of words.
pub(super) type Table = &'static [&'static str];

/// Animals, including mythical ones.
pub(super) const ANIMALS: Table = &[
    "albatross", "alligator", "alpaca", "ant", "anteater", "antelope", "ape", "armadillo", "badger",
    "basilisk", "bat", "bear", "beaver", "bee", "beetle", "bird", "bison", "bluebird", "boar", "bobcat",
    "buffalo", "bug", "bull", "bulldog", "bumblebee", "bunny", "butterfly", "calf", "camel", "canary",
    "capybara", "cat", "caterpillar", "cattle", "centaur", "chameleon", "cheetah", "chick", "chicken",
    "chihuahua", "chimpanzee", "chinchilla", "chipmunk", "clownfish", "cobra", "cockatiel", "cockatoo",
    "condor", "corgi", "cougar", "cow", "coyote", "crab", "crocodile", "crow", "crustacean", "cub",
    "dachshund", "dalmatian", "deer", "dingo", "dinosaur", "dodo", "doe", "dog", "dolphin", "donkey",
    "dove", "dragon", "dragonfly", "duck", "duckling", "eagle", "eel", "elephant", "elk", "emu",
    "falcon", "fawn", "ferret", "finch", "firefly", "fish", "flamingo", "flea", "fly", "foal", "fox",
    "frog", "gazelle", "gecko", "gibbon", "giraffe", "gnat", "goat", "goldfish", "goose", "gorilla",
    "grasshopper", "griffin", "grizzly", "hamster", "hare", "hawk", "hedgehog", "hen", "heron", "hippo",
    "hippopotamus", "horse", "hound", "hummingbird", "husky", "hyena", "hyrax", "ibex", "ibis",
    "iguana", "insect", "jaguar", "jellyfish", "kangaroo", "kestrel", "kingfisher", "kitten", "kitty",
    "koala", "kraken", "ladybug", "lamb", "lark", "leech", "lemur", "leopard", "lion", "lioness",
    "lizard", "llama", "lobster", "locust", "lynx", "macaw", "magpie", "mammoth", "manatee", "mantis",
    "marmot", "meerkat", "mermaid", "mole", "monkey", "moose", "mosquito", "moth", "mouse", "mule",
    "narwhal", "newt", "nightingale", "octopus", "opossum", "orangutan", "orca", "oriole", "ostrich",
    "otter", "owl", "ox", "panda", "pangolin", "panther", "parrot", "peacock", "pegasus", "pelican",
    "penguin", "pheasant", "phoenix", "pig", "pigeon", "piglet", "piranha", "platypus", "pony",
    "poodle", "porcupine", "possum", "pug", "puma", "pup", "puppy", "python", "quail", "rabbit",
    "raccoon", "ram", "rat", "raven", "reindeer", "retriever", "rhino", "rhinoceros", "robin",
    "rooster", "salamander", "salmon", "scarab", "scorpion", "seagull", "seahorse", "seal", "serpent",
    "shark", "sheep", "sheepdog", "shrimp", "skunk", "sloth", "slug", "snail", "snake", "songbird",
    "spaniel", "sparrow", "spider", "squid", "squirrel", "stag", "stallion", "starfish", "stegosaurus",
    "stingray", "stoat", "stork", "swallow", "swan", "swordfish", "tabby", "tarantula", "termite",
    "terrier", "thrush", "tiger", "toad", "tortoise", "toucan", "triceratops", "turkey", "turtle",
    "tyrannosaurus", "unicorn", "vixen", "vole", "vulture", "walrus", "wasp", "weasel", "whale",
    "wildcat", "wolf", "wolfhound", "wombat", "woodpecker", "worm", "wren", "wyvern", "yak", "zebra",
];

/// People and humanlike beings.
pub(super) const PEOPLE: Table = &[
    "accountant", "acrobat", "actor", "actress", "admiral", "adult", "alien", "android", "angel",
    "apprentice", "archer", "artist", "assassin", "astronaut", "athlete", "aunt", "baby", "baker",
    "ballerina", "bandit", "barbarian", "bard", "barista", "bartender", "bishop", "blacksmith", "boss",
    "boxer", "boy", "boyfriend", "bride", "brother", "builder", "bullfighter", "businessman",
    "businesswoman", "butcher", "butler", "bystander", "cadet", "captain", "carpenter", "cashier",
    "chancellor", "character", "chef", "chief", "child", "clerk", "clown", "coach", "commander",
    "conductor", "cook", "cop", "couple", "courier", "cowboy", "cowgirl", "crew", "crowd", "cyborg",
    "cyclist", "dad", "dancer", "daughter", "dealer", "demon", "dentist", "detective", "developer",
    "devil", "diplomat", "diver", "doctor", "doll", "driver", "druid", "drummer", "duchess", "duke",
    "dwarf", "dweller", "elder", "elf", "emperor", "empress", "engineer", "explorer", "fairy", "family",
    "farmer", "father", "female", "fighter", "figure", "firefighter", "fisherman", "fool", "friend",
    "gardener", "geisha", "gentleman", "geologist", "ghost", "giant", "girl", "girlfriend", "gladiator",
    "gnome", "goblin", "god", "goddess", "granddaughter", "grandfather", "grandma", "grandmother",
    "grandpa", "grandson", "granny", "groom", "guard", "guitarist", "guy", "hacker", "harlequin",
    "heir", "herbalist", "hermit", "hero", "heroine", "hiker", "host", "human", "humanoid", "hunter",
    "husband", "idol", "infant", "innkeeper", "inventor", "janitor", "jester", "jockey", "judge",
    "juggler", "kid", "king", "knight", "lady", "lawyer", "leader", "librarian", "lifeguard", "lord",
    "lumberjack", "mage", "magician", "maid", "maiden", "male", "man", "matador", "mayor", "mechanic",
    "mercenary", "merchant", "milkmaid", "miner", "mistress", "model", "mom", "monk", "monster",
    "mother", "mum", "musician", "musketeer", "nanny", "necromancer", "neighbor", "nephew", "newborn",
    "niece", "ninja", "nobleman", "nomad", "nun", "nurse", "officer", "ogre", "onlooker", "orc",
    "orphan", "outlaw", "painter", "paladin", "passenger", "passerby", "peasant", "pedestrian",
    "people", "performer", "person", "pharaoh", "philosopher", "photographer", "pianist", "pilot",
    "pirate", "player", "poet", "policeman", "policewoman", "pope", "postman", "preacher", "president",
    "priest", "priestess", "prince", "princess", "prisoner", "professor", "programmer", "pupil",
    "puppet", "queen", "ranger", "rapper", "rider", "robot", "rogue", "roman", "runner", "sage",
    "sailor", "saint", "samurai", "scarecrow", "scientist", "sculptor", "secretary", "seller",
    "senator", "shaman", "shepherd", "sheriff", "shinobi", "shopkeeper", "singer", "sister", "skater",
    "skeleton", "skier", "smith", "snowman", "soldier", "son", "sorcerer", "sorceress", "spartan",
    "speaker", "spy", "statesman", "stranger", "student", "sultan", "superhero", "superheroine",
    "surfer", "surgeon", "survivor", "swimmer", "tailor", "teacher", "teammate", "teen", "teenager",
    "thief", "toddler", "tourist", "trainer", "tramp", "traveler", "traveller", "troll", "trooper",
    "twin", "uncle", "vampire", "vendor", "victim", "viking", "villager", "violinist", "waiter",
    "waitress", "wanderer", "warlock", "warrior", "watchman", "weaver", "werewolf", "widow", "wife",
    "witch", "wizard", "woman", "worker", "wrestler", "writer", "yogi", "youth", "zombie",
];

/// Parts of a body, including hair and horns.
pub(super) const BODY: Table = &[
    "afro", "ankle", "antenna", "antler", "arm", "bangs", "beak", "beard", "belly", "blush", "body",
    "braid", "bun", "bust", "buttock", "cheek", "chest", "chin", "claw", "crest", "dreadlock", "ear",
    "elbow", "eye", "eyebrow", "eyelash", "eyelid", "face", "fang", "feather", "fin", "finger",
    "fingernail", "fist", "foot", "forearm", "forehead", "freckle", "fringe", "fur", "goatee", "hair",
    "haircut", "hairstyle", "hand", "head", "hindleg", "hip", "hoof", "horn", "hump", "iris", "irises",
    "jaw", "knee", "lap", "leg", "limb", "lip", "mandible", "mane", "mohawk", "moustache", "mouth",
    "mustache", "muzzle", "nail", "neck", "nose", "paw", "pigtail", "ponytail", "scale", "shin",
    "shoulder", "sideburn", "skin", "skull", "snout", "stinger", "stubble", "tail", "tattoo",
    "tentacle", "thigh", "throat", "thumb", "toe", "tongue", "tooth", "torso", "tress", "trunk", "tusk",
    "twintail", "udder", "waist", "whisker", "wing", "wrinkle", "wrist",
];

/// Clothes and other things that are worn.
pub(super) const WEARABLES: Table = &[
    "accessory", "anklet", "anorak", "apron", "armor", "armour", "backpack", "badge", "balaclava",
    "bandage", "bandana", "bathrobe", "bead", "beanie", "belt", "beret", "bikini", "blazer",
    "blindfold", "blouse", "bonnet", "boot", "bow-tie", "bowtie", "bra", "bracelet", "breastplate",
    "brooch", "cap", "cape", "cardigan", "chainmail", "chaps", "choker", "cloak", "clothes", "clothing",
    "coat", "collar", "corset", "costume", "cowl", "crown", "cuff", "cufflink", "dress", "dungaree",
    "earring", "earrings", "espadrille", "eyeglasses", "eyepatch", "eyewear", "fedora", "flip-flop",
    "footwear", "frock", "garland", "garment", "gauntlet", "glasses", "glove", "goggles", "gown",
    "habit", "hairband", "hairpin", "halo", "handbag", "harness", "hat", "headband", "headdress",
    "headphone", "headphones", "headscarf", "heel", "helmet", "hijab", "hood", "hoodie", "jacket",
    "jean", "jeans", "jersey", "jetpack", "jewelry", "jumper", "jumpsuit", "kilt", "kimono", "knapsack",
    "leggings", "lei", "leotard", "lingerie", "lipstick", "loafer", "makeup", "mask", "miniskirt",
    "mitten", "moccasin", "monocle", "neckerchief", "necklace", "necktie", "nightdress", "nightgown",
    "outfit", "overall", "overalls", "overcoat", "pajama", "pajamas", "pants", "pantyhose", "parka",
    "patch", "pendant", "petticoat", "pinafore", "poncho", "pullover", "purse", "pyjama", "raincoat",
    "ribbon", "ring", "robe", "rucksack", "sandal", "sari", "sash", "scarf", "shades", "shawl",
    "sheath", "shirt", "shoe", "short", "shorts", "skirt", "sleeve", "slipper", "sneaker", "sock",
    "sombrero", "spacesuit", "spectacles", "stocking", "strap", "suit", "sundress", "sunglasses",
    "sweater", "sweatpants", "sweatshirt", "swimsuit", "t-shirt", "tailcoat", "tank-top", "thighhighs",
    "tiara", "tie", "tights", "toga", "tracksuit", "trousers", "tunic", "turban", "turtleneck", "tutu",
    "tuxedo", "underwear", "uniform", "veil", "vest", "visor", "waistband", "waistcoat", "wig",
    "wreath", "wristband", "wristwatch", "yukata",
];

/// Colours; alone they are not things.
pub(super) const COLORS: Table = &[
    "amber", "azure", "beige", "black", "blue", "bronze", "brown", "cobalt", "cream", "crimson", "cyan",
    "gold", "golden", "gray", "green", "grey", "indigo", "ivory", "lavender", "lilac", "magenta",
    "maroon", "mauve", "orange", "pink", "purple", "red", "scarlet", "silver", "tan", "teal",
    "turquoise", "violet", "white", "yellow",
];

/// Media of pictures; things only with a determiner ("oil on canvas", "a pencil").
pub(super) const MEDIA: Table = &[
    "acrylic", "chalk", "charcoal", "collage", "crayon", "gouache", "graffiti", "ink", "light",
    "marker", "oil", "pastel", "pencil", "vector", "watercolor", "watercolour",
];

/// Kinds of pictures, before the subject ("a photo of") or as a style ("oil painting").
pub(super) const PICTURES: Table = &[
    "art", "artwork", "banner", "cartoon", "cgi", "clipart", "close-up", "closeup", "comic", "concept",
    "cover", "daguerreotype", "depiction", "diagram", "doodle", "drawing", "emblem", "engraving",
    "etching", "fresco", "headshot", "icon", "illustration", "image", "lithograph", "logo", "macro",
    "manga", "mosaic", "mural", "painting", "photo", "photograph", "photography", "pic", "picture",
    "pixel-art", "polaroid", "portrait", "poster", "print", "render", "rendering", "scene",
    "screenshot", "selfie", "shot", "silhouette", "sketch", "snapshot", "sticker", "still", "view",
    "visualization", "wallpaper", "woodcut", "x-ray",
];

/// Places, including weather and air; never entities.
pub(super) const PLACES: Table = &[
    "air", "alley", "alleyway", "amphitheater", "apartment", "area", "arena", "attic", "autumn",
    "avenue", "backdrop", "background", "backyard", "ballroom", "bar", "basement", "bathroom",
    "battlefield", "bay", "beach", "bedroom", "boulevard", "cafe", "cafeteria", "café", "candlelight",
    "canyon", "cave", "cavern", "cellar", "city", "cityscape", "classroom", "clearing", "cliff",
    "cloud", "coast", "corridor", "cosmos", "countertop", "countryside", "courtyard", "creek",
    "crossroads", "desert", "dimension", "downtown", "dune", "earth", "environment", "farmland",
    "field", "firelight", "floor", "fog", "foreground", "forest", "galaxy", "garage", "garden",
    "glacier", "grass", "grassland", "ground", "gym", "gymnasium", "hall", "hallway", "harbor",
    "harbour", "haze", "heaven", "hell", "highway", "hill", "hillside", "hilltop", "home", "horizon",
    "ice", "indoors", "interior", "intersection", "island", "jungle", "kitchen", "lab", "laboratory",
    "lagoon", "lake", "lakeside", "lamplight", "landscape", "lane", "library", "lightning", "lobby",
    "lounge", "market", "marketplace", "marsh", "meadow", "metropolis", "mist", "moonlight", "moor",
    "mountain", "mountainside", "mountaintop", "mud", "nature", "nebula", "neighborhood",
    "neighbourhood", "oasis", "ocean", "office", "orchard", "outdoors", "outside", "park", "parking",
    "pasture", "path", "pathway", "patio", "peak", "pier", "plain", "plateau", "playground", "plaza",
    "pond", "pool", "port", "prairie", "promenade", "quarry", "rain", "rainfall", "rainforest",
    "ravine", "restaurant", "river", "riverbank", "riverside", "road", "roadside", "rooftop", "room",
    "ruin", "runway", "sand", "savanna", "savannah", "scenery", "school", "sea", "seabed", "seascape",
    "seashore", "seaside", "shore", "shoreline", "sidewalk", "skies", "sky", "skyline", "slope", "snow",
    "snowfall", "space", "square", "stadium", "stage", "star", "starlight", "storm", "stream", "street",
    "studio", "suburb", "sunlight", "surface", "surrounding", "surroundings", "swamp", "terrain",
    "theater", "theatre", "town", "trail", "tundra", "underground", "underwater", "universe", "valley",
    "village", "vineyard", "void", "warehouse", "water", "waterfront", "wave", "wetland", "wild",
    "wilderness", "wind", "woodland", "woods", "world", "yard",
];

/// Style, mood and quality; never entities.
pub(super) const STYLES: Table = &[
    "aberration", "abstraction", "accent", "action", "aesthetic", "ambiance", "ambience", "angle",
    "anime", "artstation", "aspect", "atmosphere", "balance", "beauty", "best", "blur", "bokeh",
    "brilliance", "brushstroke", "brushwork", "canon", "cg", "chaos", "chiaroscuro", "chibi", "cinema",
    "clarity", "classicism", "color", "colorization", "colour", "commission", "composition", "contrast",
    "craftsmanship", "cubism", "definition", "depth", "design", "detail", "detailing", "deviantart",
    "dof", "drama", "dream", "dslr", "effect", "elegance", "emotion", "engine", "exposure",
    "expression", "expressionism", "fantasy", "feel", "feeling", "festivity", "fiction", "film",
    "filter", "fineart", "flare", "flash", "focus", "format", "fun", "futurism", "gaze", "genre",
    "ghibli", "glare", "gloom", "glow", "grain", "graphic", "graphics", "greeting", "harmony", "hdr",
    "highlight", "horror", "hue", "hyperrealism", "idea", "impasto", "impressionism", "intensity",
    "joy", "kodak", "leica", "lens", "lighting", "lineart", "linework", "look", "love", "lowpoly",
    "magic", "masterpiece", "maximalism", "medium", "minimalism", "mode", "mood", "motif", "motion",
    "movement", "mystery", "mysticism", "name", "nikon", "noir", "nostalgia", "octane", "palette",
    "particle", "pattern", "perspective", "photorealism", "pixar", "pixiv", "poly", "polygon", "pop",
    "pose", "postprocessing", "power", "precision", "profile", "proportion", "quality", "rating",
    "ratio", "raw", "ray", "raytracing", "realism", "reflection", "rendition", "resolution", "retro",
    "romance", "rule", "saturation", "sepia", "serenity", "shade", "shading", "shadow", "sharpness",
    "shine", "simplicity", "smile", "solo", "spirit", "spotlight", "style", "stylization", "surrealism",
    "symmetric", "symmetry", "technique", "temperature", "texture", "theme", "tone", "trend",
    "trending", "uhd", "unreal", "vibe", "vibrance", "viewer", "viewpoint", "vignette", "visual",
    "volume", "weather", "wonder", "work",
];

/// Times; never entities.
pub(super) const TIMES: Table = &[
    "afternoon", "age", "century", "christmas", "dawn", "day", "daybreak", "daylight", "daytime",
    "decade", "dusk", "easter", "era", "evening", "fall", "future", "halloween", "hour", "midday",
    "midnight", "moment", "morning", "night", "nightfall", "nighttime", "noon", "past", "period",
    "season", "spring", "summer", "sundown", "sunrise", "sunset", "time", "today", "twilight", "winter",
    "year",
];

/// Nouns that only name a position: "in front of", "on the left side of".
pub(super) const RELATIONS: Table = &[
    "back", "base", "bottom", "center", "centre", "corner", "distance", "edge", "end", "front", "half",
    "inside", "left", "middle", "midst", "outskirts", "part", "rear", "right", "side", "top",
];

/// Words in -ing that name things and can end a noun phrase.
pub(super) const GERUNDS: Table = &[
    "building", "carving", "ceiling", "clothing", "drawing", "dressing", "dwelling", "engraving",
    "etching", "filling", "flooring", "landing", "lighting", "opening", "painting", "railing",
    "rendering", "setting", "stuffing", "wedding",
];

/// Verbs whose object becomes a part of a person or an animal.
pub(super) const WEARING: Table = &[
    "adorned", "bearing", "carried", "carries", "carry", "carrying", "clad", "clutches", "clutching",
    "donning", "dressed", "equipped", "grasping", "gripping", "grips", "had", "has", "have", "having",
    "held", "hold", "holding", "holds", "sported", "sporting", "wear", "wearing", "wears", "wielding",
    "wields", "wore",
];

/// Verbs whose object becomes a part of any thing.
pub(super) const CONTAINING: Table = &[
    "bordered", "built", "carved", "composed", "consisting", "containing", "contains", "covered",
    "crafted", "decorated", "embroidered", "engraved", "features", "featuring", "filled", "full",
    "garnished", "lined", "made", "ornamented", "overgrown", "resembling", "sculpted", "shaped",
    "showing", "shows", "stuffed", "tied", "topped", "wrapped",
];

/// Verbs before the name of an artist.
pub(super) const CREDITS: Table = &[
    "animated", "composed", "created", "designed", "directed", "drawn", "illustrated", "influenced",
    "inspired", "made", "painted", "photographed", "rendered", "shot",
];

/// Pronouns, which name no thing.
pub(super) const PRONOUNS: Table = &["anybody", "anyone", "anything", "everybody", "everyone", "everything", "nobody",
    "nothing", "one", "other", "others", "somebody", "someone", "something"];

/// Conjunctions.
pub(super) const CONJUNCTIONS: Table = &["&", "and", "or"];

/// Verbs before a predicate.
pub(super) const COPULAS: Table = &[
    "are", "is", "was", "were",
];

/// Prepositions that make a bare noun a place, a time or a manner.
pub(super) const LOCATING: Table = &[
    "at", "during", "from", "in", "into", "on", "through", "throughout", "via",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_searched() {
        let tables = [
            ANIMALS, BODY, COLORS, CONJUNCTIONS, CONTAINING, COPULAS, CREDITS, GERUNDS, LOCATING, MEDIA,
            PEOPLE, PICTURES, PLACES, PRONOUNS, RELATIONS, STYLES, TIMES, WEARABLES, WEARING,
        ];
        for table in tables {
            assert!(table.is_sorted_by(|a, b| a < b), "{table:?}");
        }
    }
}
