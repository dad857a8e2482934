//! Difficult texts for tests of everything that parses prompts, here and in `tauscope-language`.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// `count` texts of up to 20 parts of `alphabet`, the same each time.
pub(crate) fn texts<'a>(alphabet: &'a [&str], count: usize) -> impl Iterator<Item = String> + 'a {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut below = move |limit: usize| random.next_u32() as usize % limit;
    (0..count).map(move |_| (0..below(21)).map(|_| alphabet[below(alphabet.len())]).collect())
}

/// Difficult parts: syntax, scripts of both directions, invisible characters.
pub(crate) const TROUBLE: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "\\",
    ":",
    ":1.3)",
    ": 0.5 )",
    ":0)",
    ":-1)",
    ":1.2.3)",
    "{",
    "}",
    "|",
    "<",
    ">",
    ":0.5]",
    "$$",
    "<lora:a b:1>",
    "embedding:x",
    "BREAK",
    "AND",
    "1.1",
    " ",
    "\n",
    "cat ",
    "RED",
    "'s",
    "!",
    "!!!",
    ",",
    "e\u{301}",
    "\u{301}",
    "é",
    "İ",
    "日本",
    "\u{1112}\u{1161}\u{11ab}",
    "مرحبا",
    "שלום",
    "नमस्ते",
    "👩\u{200d}👧",
    "👍🏽",
    "\u{200b}",
    "\u{202e}",
    "\0",
    "\u{7}",
    "\u{feff}",
    "<|endoftext|>",
    "<|startoftext|>",
    "</w>",
    "\u{20000}",
];
