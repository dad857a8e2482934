//! Whether a result can be a picture: numbers that overflowed, one colour only, and steering that degrades pictures.
//! Pure; the loop decides what follows.

use std::{ops::RangeInclusive, sync::Arc};

use ndarray::{ArrayView3, ArrayView4, Axis};

use super::{Notice, Steer};
use crate::{
    attention::{CONTROL_PARTS, Control, ControlPart},
    error::Error,
};

/// Nobody sees a difference of colours below this, in 0..1.
const ONE_COLOUR: f32 = 2.0 / 255.0;
/// Latents of pictures are of about unit deviation, which the VAE's scaling factor is for. The embedded model's have
/// 0.7 at usual settings, 1.5 at a guidance scale of 20, where pictures are harsh, and 3.7 at 50, where they are ruined.
const BURNT_DEVIATION: f32 = 2.5;
/// Temperatures that may act through the whole run.
const NEAR_TAU: RangeInclusive<f32> = 0.5..=1.6;

/// What is wrong with a decoded picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFault {
    /// Some values are infinite or NaN.
    NotFinite,
    /// All pixels are alike.
    OneColour,
}

impl PictureFault {
    /// The fault of a picture [3, h, w] in 0..1, if it has one.
    pub fn of(picture: ArrayView3<'_, f32>) -> Option<Self> {
        if !is_finite(picture.iter()) {
            return Some(Self::NotFinite);
        }
        let is_flat = |colour: ndarray::ArrayView2<'_, f32>| {
            let darkest = colour.iter().copied().fold(f32::INFINITY, f32::min);
            let brightest = colour.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            brightest - darkest < ONE_COLOUR
        };
        picture.axis_iter(Axis(0)).all(is_flat).then_some(Self::OneColour)
    }
}

/// Hints about a finished run: its latents [1, 4, h, w], and what was in force at each of its steps.
pub fn hints(latents: ArrayView4<'_, f32>, steers: &[Arc<Steer>], steps: usize) -> Vec<Notice> {
    let burnt = (latents.std(0.0) > BURNT_DEVIATION).then_some(Notice::Burnt);
    burnt.into_iter().chain(far_temperature(steers, steps)).chain(idle(steers)).collect()
}

/// The parts of the control that acted and never had the entities that they need.
fn idle(steers: &[Arc<Steer>]) -> impl Iterator<Item = Notice> {
    let does = |steer: &Steer, part: &ControlPart| (part.acts)(&steer.control);
    let has_enough = |steer: &Steer, part: &ControlPart| steer.entities.list.len() >= part.fewest_entities;
    let is_idle = move |part: &&ControlPart| {
        let mut acting = steers.iter().filter(|steer| does(steer, part)).peekable();
        acting.peek().is_some() && acting.all(|steer| !has_enough(steer, part))
    };
    let parts = CONTROL_PARTS.into_iter().filter(is_idle);
    parts.map(|part| Notice::Idle { part: part.name, fewest: part.fewest_entities })
}

/// A run of `steps` steps whose temperature was far from 1 in more than half of them. `steers` are those of the last
/// steps, all of them where the run did not go on from another.
fn far_temperature(steers: &[Arc<Steer>], steps: usize) -> Option<Notice> {
    let first = steps.saturating_sub(steers.len());
    let taus = steers
        .iter()
        .enumerate()
        .map(|(at, steer)| steer.control.tau_at(Control::progress(first + at, steps)));
    let far: Vec<_> = taus.filter(|tau| !NEAR_TAU.contains(tau)).collect();
    let &tau = far.last()?;
    (2 * far.len() > steps).then_some(Notice::FarTemperature { tau, steps: far.len(), of: steps })
}

pub(super) fn is_finite<'a>(mut values: impl Iterator<Item = &'a f32>) -> bool {
    values.all(|value| value.is_finite())
}

/// The UNet's output at step `index` (0-based) of `steps` is not finite.
pub(super) fn unet_overflow(index: usize, steps: usize) -> Error {
    overflow(
        &format!("The UNet overflowed at step {} of {steps}", index + 1),
        "Half precision does this: use the model's fp32 export, a lower guidance scale, or a τ nearer to 1.",
    )
}

/// The latents after step `index` (0-based) of `steps` are not finite, though the UNet's output was.
pub(super) fn sampler_overflow(index: usize, steps: usize) -> Error {
    overflow(
        &format!("The latents overflowed at step {} of {steps}", index + 1),
        "Choose another sampler, more steps, or a lower guidance scale.",
    )
}

/// The VAE's picture is not finite, and it computes in single precision.
pub(super) fn decoder_overflow() -> Error {
    overflow(
        "The VAE overflowed in single precision",
        "Its file is damaged or of another model: export the VAE again.",
    )
}

fn overflow(problem: &str, remedy: &str) -> Error {
    Error::input(format!("{problem} (some numbers are not finite), so there is no picture to show."), remedy)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Array4};

    use super::*;
    use crate::{
        attention::{Control, Grid, Span},
        diffusion::initial_noise,
        prompt::Entities,
    };

    #[test]
    fn broken_pictures_are_told() {
        fn check(pixel: impl Fn((usize, usize, usize)) -> f32, expected: Option<PictureFault>) {
            let picture = Array3::from_shape_fn((3, 4, 5), pixel);
            assert_eq!(PictureFault::of(picture.view()), expected);
        }
        check(|(colour, y, x)| (colour + y + x) as f32 / 10.0, None);
        check(|(colour, _, _)| colour as f32 / 3.0, Some(PictureFault::OneColour));
        check(|(_, y, _)| 0.5 + y as f32 * 1e-4, Some(PictureFault::OneColour));
        check(|_| 0.0, Some(PictureFault::OneColour));
        // One colour channel that varies is a picture.
        check(|(colour, y, _)| if colour == 2 { y as f32 / 4.0 } else { 0.5 }, None);
        check(|(_, y, _)| if y == 3 { f32::NAN } else { 0.1 * y as f32 }, Some(PictureFault::NotFinite));
        check(|(_, y, _)| if y == 3 { f32::INFINITY } else { 0.0 }, Some(PictureFault::NotFinite));
    }

    #[test]
    fn latents_beyond_any_picture_are_told() {
        fn check(scale: f32, expected: &[Notice]) {
            let latents: Array4<f32> = initial_noise(1, Grid::new(8, 8)) * scale;
            assert_eq!(hints(latents.view(), &[], 4), expected);
        }
        check(0.7, &[]);
        check(1.5, &[]);
        check(3.7, &[Notice::Burnt]);
    }

    #[test]
    fn a_control_that_has_too_few_entities_is_told() {
        fn check(controls: &[(Control, &str)], expected: &[&str]) {
            let prompt = "a red cat and a blue dog";
            let steer = |(control, entities): &(Control, &str)| {
                let entities = Entities::by_hand(prompt, entities).unwrap();
                Arc::new(Steer { control: control.clone(), entities })
            };
            let steers: Vec<_> = controls.iter().map(steer).collect();
            let parts: Vec<_> = idle(&steers).map(|notice| notice.to_string()).collect();
            assert_eq!(parts.len(), expected.len(), "{parts:?}");
            assert!(parts.iter().zip(expected).all(|(part, name)| part.starts_with(name)), "{parts:?}");
        }
        let (two, one) = ("a red cat;a blue dog", "a red cat");
        let tau = Control { tau: 0.7, ..Control::neutral() };
        check(&[], &[]);
        check(&[(Control::neutral(), ""), (tau, "")], &[]);
        check(&[(Control::mask_only(), two)], &[]);
        check(&[(Control::mask_only(), one)], &["The mask did nothing"]);
        check(&[(Control::our_reading(), "")], &["The mask did nothing", "Word weighting did nothing"]);
        // Entities that are found while the run goes on are enough.
        check(&[(Control::mask_only(), ""), (Control::mask_only(), two)], &[]);
        check(&[(Control::neutral(), two), (Control::mask_only(), one)], &["The mask did nothing"]);
    }

    #[test]
    fn a_temperature_that_acts_for_long_is_told() {
        fn check(tau: f32, end: f32, painted: usize, expected: Option<usize>) {
            let tau_span = Span { start: 0.0, end };
            let steer =
                Steer { control: Control { tau, tau_span, ..Control::default() }, ..Steer::default() };
            let steers = std::iter::repeat_n(Arc::new(steer), painted).collect::<Vec<_>>();
            let expected = expected.map(|steps| Notice::FarTemperature { tau, steps, of: 10 });
            assert_eq!(far_temperature(&steers, 10), expected, "{tau} until {end}");
        }
        check(1.0, 1.0, 10, None);
        check(0.7, 1.0, 10, None);
        check(0.4, 0.4, 10, None);
        check(0.4, 1.0, 10, Some(10));
        check(2.0, 0.7, 10, Some(7));
        // A branch that goes on from step 6 of 10.
        check(0.4, 1.0, 4, None);
    }
}
