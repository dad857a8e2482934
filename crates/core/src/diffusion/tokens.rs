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
    let heads = prompt.head_tokens(entities);
    let planned = kinds.zip(prompt.token_weight()).enumerate().map(|(at, (kind, weight))| PlannedToken {
        kind,
        weight,
        is_head: heads.contains(&at),
    });
    TokenPlan(planned.collect())
}
