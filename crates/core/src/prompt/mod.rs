//! Text: tokenizers, prompt weights, and which tokens a word became.
//!
//! [`Prompt::parse`] is the way in: it strips the weight syntax ([`WeightedText`]), tokenizes the plain text with
//! both [`Tokenizer`]s in chunks of 75, and finds the words and their places in the context. A prompt is parsed once, and
//! what comes out is shared by all who need it; its words ([`PromptWords`]) outlive it in the history. A phrase of it can
//! be read alone ([`PhraseAlone`]). [`nudge_weight`] edits weights as a person types. [`Entities`] are the entities of a prompt,
//! found by [`Language`] or written by hand. What this is not: text encoding (`diffusion` and `runtime`), or reading
//! files (`model` brings the bytes).

mod chunks;
mod entities;
#[cfg(test)]
mod fixture;
mod nudge;
mod parse;
mod phrase_alone;
mod prompt_words;
mod reassign;
mod special;
mod syntax;
mod tokenizer;
#[cfg(test)]
mod trouble;
mod weights;
mod words;

pub use chunks::{CHUNK_TOKENS, CONTENT_TOKENS};
pub use entities::{Entities, Entity, Phrase};
pub use nudge::nudge_weight;
pub use parse::{Label, Prompt, Tokenizers};
pub use phrase_alone::PhraseAlone;
pub use prompt_words::{Part, PromptWords};
pub use reassign::Owner;
pub use special::Special;
pub use tokenizer::{Piece, Tokenizer};
pub use weights::WeightedText;
pub use words::{Word, segments};
