//! Structured Diffusion (Feng et al. 2022; method.md 4): what values are made from, so that every phrase means what it
//! means alone.

use ndarray::{Array3, s};

use crate::prompt::PhraseAlone;

/// The mean of a prompt's context [1, L, D] and of one copy of it for each phrase, in which the phrase's tokens are
/// those of the phrase encoded alone. Values are linear in the context, so the mean of the copies' outputs is the
/// output of their mean.
///
/// Each phrase comes with its own context [1, 77 x chunks, D]; its places lie in both.
pub fn value_context(context: &Array3<f32>, phrases: &[(&PhraseAlone, Array3<f32>)]) -> Array3<f32> {
    let share = 1.0 / (phrases.len() + 1) as f32;
    let mut mean = context.clone();
    for (phrase, alone) in phrases {
        for &(from, to) in &phrase.places {
            let change = &alone.slice(s![0, from, ..]) - &context.slice(s![0, to, ..]);
            mean.slice_mut(s![0, to, ..]).scaled_add(share, &change);
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the method says it: the copies, one by one.
    fn naive(context: &Array3<f32>, phrases: &[(&PhraseAlone, Array3<f32>)]) -> Array3<f32> {
        let mut sum = context.clone();
        for (phrase, alone) in phrases {
            let mut copy = context.clone();
            for &(from, to) in &phrase.places {
                copy.slice_mut(s![0, to, ..]).assign(&alone.slice(s![0, from, ..]));
            }
            sum += &copy;
        }
        sum / (phrases.len() + 1) as f32
    }

    #[test]
    fn it_is_the_mean_of_the_copies() {
        fn check(places: &[&[(usize, usize)]]) {
            let numbers = |seed: usize| {
                Array3::from_shape_fn((1, 6, 3), |(_, token, d)| ((seed + token * 7 + d * 5) % 11) as f32)
            };
            let context = numbers(0);
            let phrases: Vec<_> =
                places.iter().map(|places| PhraseAlone { chunks: vec![], places: places.to_vec() }).collect();
            let phrases: Vec<_> = phrases.iter().zip((1..).map(numbers)).collect();
            let difference = value_context(&context, &phrases) - naive(&context, &phrases);
            assert!(difference.iter().all(|difference| difference.abs() < 1e-5), "{places:?}");
        }
        check(&[]);
        check(&[&[]]);
        check(&[&[(1, 1), (2, 2)], &[(1, 4), (2, 5)]]);
        // Phrases that share a token.
        check(&[&[(1, 2), (2, 3)], &[(1, 3)], &[(3, 3)]]);
    }

    #[test]
    fn without_phrases_it_is_the_context() {
        let context = Array3::from_elem((1, 2, 2), 0.3);
        assert_eq!(value_context(&context, &[]), context);
    }
}
