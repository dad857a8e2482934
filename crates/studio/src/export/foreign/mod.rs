//! Settings in the pictures of other programs: each program's text, read as [`Parameters`].
//!
//! Automatic1111, Forge and those that follow them write [`Parameters`] as text; the others write JSON of their own. What
//! this is not: whether the settings can be painted (`painting` decides it, and says what it leaves out).

mod comfyui;
mod json;
mod sampler_names;

use super::{Metadata, Parameters};
pub use sampler_names::{NamedSampler, sampler_named};

const INVOKE_AI: &str = "invokeai_metadata";
const EARLY_INVOKE_AI: &str = "sd-metadata";
const COMFY_UI: &str = "prompt";

/// The keywords of the programs that have a form of their own.
pub(super) const KEYWORDS: [&str; 3] = [INVOKE_AI, EARLY_INVOKE_AI, COMFY_UI];

/// What a picture's texts say about how it was made; `None` if they say nothing that is known.
pub(super) fn parameters(metadata: &Metadata) -> Option<Parameters> {
    let foreign = |keyword: &str| metadata.foreign.get(keyword).map(String::as_str);
    let text = metadata.parameters.as_deref();
    let invoke_ai = foreign(INVOKE_AI).and_then(json::of_invoke_ai);
    let early_invoke_ai = || foreign(EARLY_INVOKE_AI).and_then(json::of_early_invoke_ai);
    // Some write JSON where the others write lines.
    let fooocus = || text.and_then(json::of_fooocus);
    let swarm_ui = || text.and_then(json::of_swarm_ui);
    let is_lines = |text: &&str| !text.trim().is_empty() && !json::is_object(text);
    let lines = || text.filter(is_lines).map(Parameters::parse);
    let comfy_ui = || foreign(COMFY_UI).and_then(comfyui::parameters);
    invoke_ai.or_else(early_invoke_ai).or_else(fooocus).or_else(swarm_ui).or_else(lines).or_else(comfy_ui)
}
