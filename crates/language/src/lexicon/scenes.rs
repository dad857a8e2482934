//! What is of the whole picture: kinds of pictures, places, times, styles and tags.

use super::Table;

/// Kinds of pictures, before the subject ("a photo of") or as a style ("oil painting").
pub(crate) const PICTURES: Table = &[
    "aquarelle", "art", "artwork", "banner", "blueprint", "caricature", "cartoon", "cgi", "clipart",
    "close-up", "closeup", "comic", "concept", "cover", "cyanotype", "daguerreotype", "depiction",
    "diagram", "diorama", "doodle", "drawing", "emblem", "engraving", "etching", "fanart", "footage",
    "fresco", "frieze", "headshot", "icon", "illustration", "image", "knolling", "linocut",
    "lithograph", "logo", "macro", "manga", "mockup", "montage", "mosaic", "mural", "painting",
    "panorama", "photo", "photograph", "photography", "pic", "picture", "pinup", "pixel-art",
    "polaroid", "portrait", "portraiture", "postcard", "poster", "print", "render", "rendering",
    "scene", "screenshot", "selfie", "shot", "silhouette", "sketch", "snapshot", "sprite", "stencil",
    "sticker", "still", "storyboard", "thumbnail", "triptych", "view", "visualization", "wallpaper",
    "wireframe", "woodblock", "woodcut", "x-ray",
];

/// Media of pictures; things only with a determiner ("oil on canvas", "a pencil").
pub(crate) const MEDIA: Table = &[
    "acrylic", "chalk", "charcoal", "collage", "crayon", "gouache", "graffiti", "ink", "light",
    "marker", "oil", "pastel", "pencil", "vector", "watercolor", "watercolour",
];

/// Places, including weather and air, and events; never entities.
pub(crate) const PLACES: Table = &[
    "air", "alley", "alleyway", "amphitheater", "apartment", "apocalypse", "area", "arena", "attic",
    "autumn", "avenue", "backdrop", "background", "backyard", "ballroom", "bar", "barnyard", "basement",
    "bathroom", "battle", "battlefield", "bay", "bayou", "beach", "bedroom", "blizzard", "boulevard",
    "breeze", "cafe", "cafeteria", "café", "campsite", "campus", "candlelight", "canyon", "carnival",
    "casino", "cave", "cavern", "celebration", "cellar", "cemetery", "ceremony", "city", "cityscape",
    "classroom", "clearing", "cliff", "cloud", "cloudscape", "coast", "concert", "cornfield",
    "corridor", "cosmos", "countertop", "countryside", "courtyard", "creek", "crossroads", "desert",
    "dimension", "downpour", "downtown", "dreamscape", "drizzle", "dune", "dungeon", "earth",
    "environment", "event", "farmland", "farmyard", "festival", "field", "firelight", "fjord", "floor",
    "fog", "foreground", "forest", "frost", "galaxy", "gale", "gallery", "garage", "garden", "glacier",
    "glade", "gorge", "grass", "grassland", "graveyard", "ground", "grove", "gust", "gym", "gymnasium",
    "hail", "hailstorm", "hall", "hallway", "harbor", "harbour", "haze", "heath", "heatwave", "heaven",
    "hell", "highway", "hill", "hillside", "hilltop", "home", "horizon", "hurricane", "ice", "indoors",
    "inlet", "interior", "intersection", "island", "isle", "islet", "jungle", "junkyard", "kitchen",
    "lab", "laboratory", "lagoon", "lair", "lake", "lakeside", "lamplight", "landscape", "lane", "lawn",
    "library", "lightning", "lobby", "lounge", "mall", "market", "marketplace", "marsh", "meadow",
    "mesa", "metropolis", "mire", "mist", "monsoon", "moonlight", "moonscape", "moor", "moorland",
    "mountain", "mountainside", "mountaintop", "mud", "museum", "nature", "nebula", "neighborhood",
    "neighbourhood", "nightclub", "nook", "nursery", "oasis", "ocean", "office", "orchard", "outback",
    "outdoors", "outside", "overcast", "parade", "paradise", "park", "parking", "parkland", "party",
    "pasture", "path", "pathway", "patio", "pavement", "peak", "peninsula", "picnic", "pier", "plain",
    "plateau", "playground", "plaza", "pond", "pool", "port", "prairie", "promenade", "pub", "quarry",
    "rain", "rainfall", "rainforest", "rainstorm", "rapids", "ravine", "reservoir", "restaurant",
    "river", "riverbank", "riverbed", "riverside", "road", "roadside", "rooftop", "room", "ruin",
    "runway", "saloon", "sand", "sandstorm", "savanna", "savannah", "scenery", "school", "scrapyard",
    "sea", "seabed", "seascape", "seashore", "seaside", "shipyard", "shore", "shoreline", "sidewalk",
    "skies", "sky", "skyline", "skyscape", "sleet", "slope", "smog", "snow", "snowfall", "snowfield",
    "snowstorm", "space", "square", "stadium", "stage", "star", "starlight", "steppe", "storm",
    "stream", "street", "studio", "suburb", "sunbeam", "sunlight", "sunray", "sunshine", "supermarket",
    "surface", "surrounding", "surroundings", "swamp", "tavern", "terrain", "theater", "theatre",
    "thicket", "thunder", "thunderstorm", "town", "trail", "tundra", "tunnel", "underground",
    "underwater", "underworld", "universe", "valley", "village", "vineyard", "void", "war", "warehouse",
    "wasteland", "water", "waterfront", "wave", "wetland", "wheatfield", "wild", "wilderness", "wind",
    "wonderland", "woodland", "woods", "workshop", "world", "yard", "zoo",
];

/// Times; never entities.
pub(crate) const TIMES: Table = &[
    "afternoon", "age", "birthday", "century", "christmas", "date", "dawn", "day", "daybreak",
    "daylight", "daytime", "decade", "dusk", "easter", "era", "eve", "evening", "fall", "future",
    "halloween", "holiday", "hour", "midday", "midnight", "moment", "month", "morning", "night",
    "nightfall", "nighttime", "noon", "past", "period", "season", "spring", "summer", "sundown",
    "sunrise", "sunset", "time", "today", "twilight", "week", "weekend", "winter", "year",
];

/// Style, mood and quality; never entities.
pub(crate) const STYLES: Table = &[
    "aberration", "abstraction", "absurdres", "accent", "action", "aesthetic", "ambiance", "ambience",
    "anatomy", "anger", "angle", "animation", "anime", "aperture", "artistry", "artstation", "aspect",
    "atmosphere", "attitude", "awa", "backlight", "backlighting", "balance", "baroque", "bauhaus",
    "beauty", "behance", "best", "blender", "blur", "bokeh", "brilliance", "brushstroke", "brushwork",
    "calm", "canon", "caption", "cg", "cgsociety", "chaos", "chiaroscuro", "chibi", "cinema",
    "cinematography", "clarity", "classicism", "color", "colorization", "colour", "commentary",
    "commission", "composition", "contrast", "copyright", "craftsmanship", "cubism", "cyberpunk",
    "danbooru", "darkness", "deco", "definition", "depth", "design", "detail", "detailing",
    "deviantart", "dieselpunk", "dof", "drama", "dream", "dslr", "effect", "elegance", "emotion",
    "emptiness", "energy", "engine", "epic", "exposure", "expression", "expressionism", "fantasy",
    "fear", "feel", "feeling", "festivity", "fiction", "fidelity", "film", "filter", "fineart", "flare",
    "flash", "focus", "format", "framing", "frown", "fuji", "fujifilm", "fun", "futurism", "gaze",
    "genre", "gesture", "ghibli", "glamour", "glare", "gloom", "glow", "gothic", "gradient", "grading",
    "grain", "graphic", "graphics", "greeting", "grin", "grunge", "happiness", "harmony", "hasselblad",
    "hatching", "hdr", "highlight", "highres", "hires", "hope", "horror", "hue", "hyper",
    "hyperrealism", "idea", "illumination", "imagination", "impasto", "impressionism", "intensity",
    "iso", "joy", "kawaii", "kodak", "leica", "lens", "life", "lighting", "lineart", "linework",
    "loneliness", "look", "love", "lowpoly", "lowres", "magic", "masterpiece", "maximalism", "medium",
    "megapixel", "midjourney", "minimalism", "mode", "mood", "motif", "motion", "movement", "mystery",
    "mysticism", "name", "nikon", "noir", "noise", "nostalgia", "nouveau", "nsfw", "occlusion",
    "octane", "optics", "outline", "overlay", "palette", "particle", "pattern", "perspective",
    "photobash", "photorealism", "pinterest", "pixar", "pixiv", "poly", "polygon", "pop", "pose",
    "postprocessing", "posture", "pout", "power", "precision", "premium", "profile", "prompt",
    "proportion", "quality", "rating", "ratio", "raw", "ray", "raytracing", "realism", "reflection",
    "refraction", "renaissance", "rendition", "request", "resolution", "retro", "rococo", "romance",
    "romanticism", "rule", "sadness", "saturation", "scattering", "score", "scowl", "sepia", "serenity",
    "setting", "sfw", "shade", "shading", "shadow", "sharpness", "shine", "shutter", "signature",
    "simplicity", "sleep", "smile", "smirk", "softness", "solarpunk", "solitude", "solo", "sony",
    "spirit", "spotlight", "stance", "stare", "steampunk", "style", "stylization", "subject",
    "subsurface", "surrealism", "symmetric", "symmetry", "synthwave", "technique", "temperature",
    "tension", "terror", "text", "texture", "theme", "tint", "tonality", "tone", "tracing",
    "tranquility", "translation", "trend", "trending", "typography", "uhd", "ultra", "unreal",
    "unsplash", "vaporwave", "vibe", "vibrance", "viewer", "viewpoint", "vignette", "visual",
    "vividness", "volume", "vray", "warmth", "watermark", "weather", "whimsy", "wink", "wonder", "work",
    "workmanship", "yaoi", "yuri", "zoom",
];

/// Names of makers and programs, which in front of a bare phrase make it a style: "Canon EOS R5".
pub(crate) const BRANDS: Table = &[
    "adobe", "agfa", "arri", "artstation", "blender", "canon", "cinestill", "deviantart", "disney",
    "dreamworks", "fuji", "fujifilm", "ghibli", "hasselblad", "houdini", "ilford", "kodak", "leica",
    "lomography", "midjourney", "nikon", "octane", "olympus", "panasonic", "panavision", "pentax",
    "photoshop", "pixar", "redshift", "sony", "unity", "unreal", "vray", "zbrush", "zeiss",
];

/// Ratings, which alone are tags of the whole picture.
pub(crate) const RATINGS: Table = &[
    "explicit", "general", "questionable", "safe", "sensitive",
];

/// What tags of models and tools begin with: "score_9", "embedding:name".
pub(crate) const TAG_KINDS: Table = &[
    "artist", "date", "embedding", "hypernet", "lora", "lyco", "lycoris", "quality", "rating", "score",
    "source", "wildcard", "year",
];
