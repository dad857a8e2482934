//! The scripted model's tokens: one for each word between spaces, from position 1 on.

use tauscope_core::{
    attention::{TokenKind, TokenPlan},
    prompt::Groups,
};

/// L, the tokens of the one chunk that any prompt has.
pub(super) const TOKENS: usize = 77;

/// The words that have a token.
pub(super) fn words(prompt: &str) -> impl Iterator<Item = &str> {
    prompt.split_whitespace().take(TOKENS - 2)
}

/// What every token is, [L].
pub(super) fn token_plan(prompt: &str, groups: &Groups) -> TokenPlan {
    let mut plan = TokenPlan::neutral(TOKENS);
    for (token, word) in plan.0[1..].iter_mut().zip(words(prompt)) {
        let start = word.as_ptr() as usize - prompt.as_ptr() as usize;
        let group = groups.of_word(&(start..start + word.len()));
        token.kind = group.map_or(TokenKind::Global, TokenKind::Entity);
    }
    plan
}

/// Token ids of any prompt: the fake does not read them.
pub(super) fn chunks() -> [[Vec<i64>; 2]; 1] {
    [[vec![0; TOKENS], vec![0; TOKENS]]]
}
