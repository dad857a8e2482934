//! Models in the Hugging Face cache: the desk looks for them once, and the model's menu offers them by their names.

use std::path::PathBuf;

use tauscope_hub::{Access, cached};

/// The names (`org/name`) that open what lies in the cache; none if there is no cache.
pub(super) fn find() -> Vec<PathBuf> {
    let access = Access::from_environment(true);
    let models = access.map(|access| cached(&access.cache)).unwrap_or_default();
    models.into_iter().map(|model| model.repository.into()).collect()
}
