//! `tauscope models`: which models can be opened without a download.

use serde_json::json;

use super::{args::Models, output};
use tauscope_core::{
    error::{Error, Result},
    model::EMBEDDED_NAME,
};
use tauscope_hub::{Access, CachedModel, cached};

/// Prints the list.
///
/// # Errors
/// If there is no cache folder to look in, or standard output cannot be written.
pub(super) fn run(arguments: &Models) -> Result<()> {
    let cache = Access::from_environment(true)?.cache;
    let models = cached(&cache);
    output::line(&if arguments.json {
        let listed = json!({ "embedded": EMBEDDED_NAME, "cache": cache, "cached": models });
        serde_json::to_string_pretty(&listed)
            .map_err(|error| Error::Internal(format!("the list cannot be written as JSON ({error}).")))?
    } else {
        as_text(&models)
    })
}

/// A line for each: what opens it, and where it lies.
fn as_text(models: &[CachedModel]) -> String {
    let width = models.iter().map(|model| model.repository.len()).max().unwrap_or(0).max(EMBEDDED_NAME.len());
    let cached = models.iter().map(|model| format!("\n{:width$}  {}", model.repository, model.dir.display()));
    format!("{EMBEDDED_NAME:width$}  built in") + &cached.collect::<String>()
}
