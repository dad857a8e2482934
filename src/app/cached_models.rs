//! Models of the Hugging Face cache: looked for once, by the desk, and offered in the model's menu by their names.

use std::path::PathBuf;

use super::state::State;
use tauscope_hub::{Access, cached};

/// The names (`org/name`) that open what lies in the cache; none if there is no cache.
pub(super) fn find() -> Vec<PathBuf> {
    let access = Access::from_environment(true);
    let models = access.map(|access| cached(&access.cache)).unwrap_or_default();
    models.into_iter().map(|model| model.repository.into()).collect()
}

/// Those that are not listed as opened before.
pub(super) fn offered(state: &State) -> impl Iterator<Item = &PathBuf> {
    state.cached_models.iter().filter(|model| !state.recent.contains(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{backend::Message, command::Input, update::update};

    #[test]
    fn a_model_is_offered_once() {
        let mut state = State { recent: vec!["org/old".into(), "/models/sdxl".into()], ..State::default() };
        let found = vec!["org/new".into(), "org/old".into()];
        assert!(update(&mut state, Input::Message(Message::CachedModels(found))).is_empty());
        assert_eq!(offered(&state).collect::<Vec<_>>(), [&PathBuf::from("org/new")]);
    }
}
