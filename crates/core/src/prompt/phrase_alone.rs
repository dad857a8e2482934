//! A phrase of a prompt as a prompt of its own, for Structured Diffusion (method.md 4).

use std::ops::Range;

use super::{
    Prompt, Tokenizers,
    chunks::{Section, position},
};
use crate::error::Result;

/// A phrase tokenized alone, and the positions of its tokens in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseAlone {
    /// Ids of both tokenizers, as in [`Prompt::chunks`].
    pub chunks: Vec<[Vec<i64>; 2]>,
    /// For each token (tokenizer 1): its position in the phrase's own context, and in the prompt's.
    pub places: Vec<(usize, usize)>,
}

impl Prompt {
    /// Tokenizes the phrase at `span`, bytes of the prompt as typed, without its weights. `places` is empty if the phrase is
    /// cut off.
    ///
    /// # Errors
    /// [`crate::Error::Input`] if a tokenizer fails.
    pub fn phrase_alone(&self, span: &Range<usize>, tokenizers: &Tokenizers) -> Result<PhraseAlone> {
        let within = |piece: &Range<usize>| {
            let source = self.weighted.source_range(piece.clone());
            source.start < span.end && span.start < source.end
        };
        let inside: Vec<usize> =
            (0..self.pieces.len()).filter(|&index| within(&self.pieces[index].span)).collect();
        let text = match (inside.first(), inside.last()) {
            (Some(&first), Some(&last)) => {
                &self.weighted.text[self.pieces[first].span.start..self.pieces[last].span.end]
            }
            _ => "",
        };
        let section = Section::read(text, 0..text.len(), tokenizers)?;
        let places = inside.into_iter().take(section.first.len()).enumerate();
        Ok(PhraseAlone {
            places: places.map(|(alone, index)| (position(alone), self.pieces[index].position)).collect(),
            chunks: section.ids(tokenizers),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{CONTENT_TOKENS, fixture::tokenizers},
        *,
    };

    #[test]
    fn a_phrase_is_read_as_if_it_stood_alone() {
        fn check(prompt: &str, phrase: &str, alone: &str, expected: &[usize]) {
            let tokenizers = tokenizers();
            let start = prompt.find(phrase).unwrap();
            let read = Prompt::parse(prompt, &tokenizers, None).unwrap();
            let found = read.phrase_alone(&(start..start + phrase.len()), &tokenizers).unwrap();
            assert_eq!(found.chunks, Prompt::parse(alone, &tokenizers, None).unwrap().chunks, "{prompt}");
            let expected: Vec<_> = (1..).zip(expected.iter().copied()).collect();
            assert_eq!(found.places, expected, "{prompt}");
        }
        check("a red cat and a blue dog", "a blue dog", "a blue dog", &[5, 6, 7]);
        check("a red cat and a blue dog", "red", "red", &[2]);
        check("a (red:1.3) cat", "a (red:1.3) cat", "a red cat", &[1, 2, 3]);
        check("(a red cat:1.3) and", "(a red cat", "a red cat", &[1, 2, 3]);
        check("a \\(red\\) cat", "a \\(red\\) cat", "a \\(red\\) cat", &[1, 2, 3, 4, 5]);
        check("a red cat", " ", "", &[]);
        check("a cat BREAK a blue dog", "a blue dog", "a blue dog", &[78, 79, 80]);
        check("a [blue:red:0.5] dog", "[blue:red:0.5] dog", "blue dog", &[2, 3]);
    }

    #[test]
    fn a_phrase_may_lie_across_two_chunks() {
        let tokenizers = tokenizers();
        let before = "cat ".repeat(CONTENT_TOKENS - 1);
        let prompt = format!("{before}red dog");
        let span = before.len()..prompt.len();
        let read = |max_chunks| {
            let prompt = Prompt::parse(&prompt, &tokenizers, max_chunks).unwrap();
            prompt.phrase_alone(&span, &tokenizers).unwrap()
        };
        assert_eq!(read(None).places, [(1, 75), (2, 78)]);
        assert_eq!(read(Some(1)).places, [(1, 75)]);
    }
}
