//! A prompt's tokens as a control takes them.

use crate::{
    attention::{PlannedToken, TokenKind, TokenPlan},
    prompt::{Groups, Prompt},
};

/// What every token of `prompt` is, [L], if `groups` are its entities.
pub fn token_plan(prompt: &Prompt, groups: &Groups) -> TokenPlan {
    let kinds = prompt.token_groups(groups).into_iter().zip(prompt.is_text()).map(|(group, is_text)| {
        match usize::try_from(group) {
            Ok(group) => TokenKind::Entity(group),
            Err(_) if is_text => TokenKind::Global,
            Err(_) => TokenKind::Frame,
        }
    });
    TokenPlan(kinds.zip(prompt.token_weight()).map(|(kind, weight)| PlannedToken { kind, weight }).collect())
}
