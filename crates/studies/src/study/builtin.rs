//! The studies and the prompts that belong to the program: files of the repository's `studies` folder.

use super::{PromptList, prompts};
use tauscope_core::error::Result;

/// The studies, by name, with their files' text.
pub const ALL: [(&str, &str); 6] = [
    ("alignment", include_str!("../../../../studies/alignment.toml")),
    ("ablation", include_str!("../../../../studies/ablation.toml")),
    ("guidance", include_str!("../../../../studies/guidance.toml")),
    ("tau", include_str!("../../../../studies/tau.toml")),
    ("mask", include_str!("../../../../studies/mask.toml")),
    ("search", include_str!("../../../../studies/search.toml")),
];

/// 360 prompts of the embedded model's world with checks, 60 of each kind: JSON Lines.
pub const SCENES: &str = include_str!("../../../../studies/scenes.jsonl");

/// The prompts of the embedded model's world.
///
/// # Errors
/// None, while the file in the repository is sound.
pub fn scenes() -> Result<PromptList> {
    prompts::jsonl("scenes", SCENES.as_bytes())
}
