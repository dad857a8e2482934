//! Prompts: tokenizers, prompt weights, and the tokens of each word.
//!
//! [`Prompt::parse`] is the entry point: it strips weights and what else is no text ([`WeightedText`], which needs no
//! tokenizer), tokenizes the plain text with both [`Tokenizer`]s in chunks of 75, and finds the words and their positions in
//! the context. What is read in another way than typed is told ([`PromptNotice`]). A prompt is parsed once and shared; its
//! words ([`PromptWords`]) are kept in the history. [`PhraseAlone`] is one phrase as a prompt of its own.
//! [`nudge_weight`] edits weights with the keyboard. [`Entities`] are found by `tauscope-language` or written by hand.
//! Text is encoded in `diffusion` and `runtime`, and files are read in `model`.

mod chunks;
mod entities;
mod entities_text;
#[cfg(test)]
mod fixture;
mod instructions;
mod label;
mod layout;
mod notice;
mod nudge;
mod parse;
mod phrase;
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
pub use entities::{Entities, Entity};
pub use label::Label;
pub use layout::layout_of_words;
pub use notice::{Choice, PromptNotice};
pub use nudge::nudge_weight;
pub use parse::{Prompt, Tokenizers};
pub use phrase::Phrase;
pub use phrase_alone::PhraseAlone;
pub use prompt_words::{Part, PromptWords};
pub use reassign::Owner;
pub use special::Special;
pub use tokenizer::{Piece, Tokenizer};
pub use weights::WeightedText;
pub use words::Word;
