//! A prompt's tokens as a control takes them.

use crate::{
    attention::{PlannedToken, TokenKind, TokenPlan},
    prompt::{Entities, Prompt},
};

/// What every token of `prompt` is, [L], if `entities` are its entities.
pub fn token_plan(prompt: &Prompt, entities: &Entities) -> TokenPlan {
    let kinds = prompt.token_entities(entities).into_iter().zip(prompt.is_text()).map(|(entity, is_text)| {
        match usize::try_from(entity) {
            Ok(entity) => TokenKind::Entity(entity),
            Err(_) if is_text => TokenKind::Global,
            Err(_) => TokenKind::Frame,
        }
    });
    TokenPlan(kinds.zip(prompt.token_weight()).map(|(kind, weight)| PlannedToken { kind, weight }).collect())
}
