//! The embeddings of the prompts that were used last, so that a prompt that comes again needs no encoder.

use std::collections::VecDeque;

use tauscope_core::diffusion::TextEmbedding;

/// Embeddings that are kept: a prompt's, its negative's and a dozen phrases'. One of 77 tokens takes 0.6 MB with SDXL.
const MOST: usize = 16;

/// A prompt as token ids, `[ids of tokenizer, ids of tokenizer_2]` for each chunk.
type Chunks = Vec<[Vec<i64>; 2]>;

/// The newest first.
#[derive(Debug, Default)]
pub(super) struct Embeddings(VecDeque<(Chunks, TextEmbedding)>);

impl Embeddings {
    /// What these chunks were encoded to, if that is known.
    pub(super) fn find(&mut self, chunks: &[[Vec<i64>; 2]]) -> Option<TextEmbedding> {
        let at = self.0.iter().position(|(known, _)| known == chunks)?;
        let found = self.0.remove(at)?;
        let embedding = found.1.clone();
        self.0.push_front(found);
        Some(embedding)
    }

    /// Keeps what these chunks were encoded to, in place of the embedding that was not used for the longest time.
    pub(super) fn keep(&mut self, chunks: &[[Vec<i64>; 2]], embedding: TextEmbedding) {
        self.0.push_front((chunks.to_vec(), embedding));
        self.0.truncate(MOST);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3};

    use super::*;

    fn embedding(value: i64) -> TextEmbedding {
        TextEmbedding {
            context: Array3::from_elem((1, 2, 2), value as f32),
            pooled: Array2::from_elem((1, 2), value as f32),
        }
    }

    #[test]
    fn the_ones_asked_for_last_are_kept() {
        let chunks = |id: i64| vec![[vec![id], vec![id, id]]];
        let mut embeddings = Embeddings::default();
        for id in 0..MOST as i64 {
            assert_eq!(embeddings.find(&chunks(id)), None);
            embeddings.keep(&chunks(id), embedding(id));
        }
        assert_eq!(embeddings.find(&chunks(0)), Some(embedding(0)));
        embeddings.keep(&chunks(99), embedding(99));
        assert_eq!(embeddings.find(&chunks(1)), None, "the oldest is gone");
        assert_eq!(embeddings.find(&chunks(0)), Some(embedding(0)));
        assert_eq!(embeddings.find(&chunks(99)), Some(embedding(99)));
    }
}
