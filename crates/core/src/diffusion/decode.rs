//! From latents to a picture that can be shown. A VAE that overflows in half precision (SDXL's own does) gives values
//! that are not finite, or one colour; then the model decodes in single precision from there on.

use ndarray::{Array3, ArrayView4};

use super::{Components, Notice, PictureFault, Progress, soundness::decoder_overflow};
use crate::{CancelToken, error::Result};

/// Decodes latents [1, 4, h, w] to a picture [3, 8h, 8w] in 0..1, whose values are finite.
///
/// # Errors
/// What the model returns, [`crate::Error::Cancelled`], and a picture that overflows in single precision too.
pub fn decode(
    model: &mut dyn Components,
    latents: ArrayView4<'_, f32>,
    report: &mut dyn FnMut(Progress),
    cancel: &CancelToken,
) -> Result<Array3<f32>> {
    let mut picture = model.decode(latents, report, cancel)?;
    let mut fault = PictureFault::of(picture.view());
    if fault.is_some() && model.widen_decoder(cancel)? {
        picture = model.decode(latents, report, cancel)?;
        fault = PictureFault::of(picture.view());
    }
    match fault {
        Some(PictureFault::NotFinite) => Err(decoder_overflow()),
        Some(PictureFault::OneColour) => {
            report(Progress::Noticed(Notice::OneColour));
            Ok(picture)
        }
        None => Ok(picture),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CancelToken,
        diffusion::{Prediction, TextEmbedding, UnetInput},
        error::Error,
    };

    /// Decodes to shades of `half` until it is widened, and then of `single`, if it can be.
    struct Decoder {
        half: f32,
        single: Option<f32>,
        calls: usize,
    }

    impl Components for Decoder {
        fn cross_attention_layers(&self) -> &[String] {
            &[]
        }

        fn self_attention_layers(&self) -> &[String] {
            &[]
        }

        fn encode_text(&mut self, _: &[[Vec<i64>; 2]], _: &CancelToken) -> Result<TextEmbedding> {
            Err(Error::Internal("nothing to encode.".into()))
        }

        fn predict(&mut self, _: &UnetInput<'_>, _: &CancelToken) -> Result<Prediction> {
            Err(Error::Internal("nothing to predict.".into()))
        }

        fn decode(
            &mut self,
            _: ArrayView4<'_, f32>,
            _: &mut dyn FnMut(Progress),
            _: &CancelToken,
        ) -> Result<Array3<f32>> {
            self.calls += 1;
            Ok(Array3::from_shape_fn((3, 8, 8), |(_, y, _)| self.half * y as f32))
        }

        fn widen_decoder(&mut self, _: &CancelToken) -> Result<bool> {
            let single = self.single.take();
            self.half = single.unwrap_or(self.half);
            Ok(single.is_some())
        }
    }

    #[test]
    fn a_broken_picture_is_decoded_again_in_single_precision() {
        fn check(half: f32, single: Option<f32>, calls: usize, expected: Result<(f32, &[Notice]), &str>) {
            let mut told = Vec::new();
            let mut report = |progress: Progress| {
                if let Progress::Noticed(notice) = progress {
                    told.push(notice);
                }
            };
            let latents = ndarray::Array4::zeros((1, 4, 1, 1));
            let mut model = Decoder { half, single, calls: 0 };
            let picture = decode(&mut model, latents.view(), &mut report, &CancelToken::new());
            match (picture, expected) {
                (Ok(picture), Ok(expected)) => assert_eq!((picture[[0, 1, 0]], &*told), expected),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (picture, expected) => panic!("{picture:?}, not {expected:?}"),
            }
            assert_eq!(model.calls, calls);
        }
        check(0.1, Some(0.2), 1, Ok((0.1, &[])));
        check(f32::NAN, Some(0.2), 2, Ok((0.2, &[])));
        check(0.0, Some(0.2), 2, Ok((0.2, &[])));
        check(0.0, Some(0.0), 2, Ok((0.0, &[Notice::OneColour])));
        check(0.0, None, 1, Ok((0.0, &[Notice::OneColour])));
        check(f32::NAN, None, 1, Err("The VAE overflowed in single precision"));
        check(f32::NAN, Some(f32::NAN), 2, Err("export the VAE again"));
    }
}
