//! Text: tokenizers, prompt weights, and which tokens a word became.
