//! Whether a picture came out as nearly one colour, as steering too far or a broken export makes it.

use ndarray::ArrayView3;

use super::Settings;
use crate::attention::Control;

/// The standard deviation of pixel values below which a picture is flat. Pictures of things have 0.1 and more.
const FLAT: f64 = 0.02;
/// Every fifth value is enough to tell, and no multiple of a width.
const STRIDE: usize = 5;

/// Says of a picture [3, height, width] in 0..1 that it is flat, if it is, and what may help.
pub fn said_of_flat(picture: ArrayView3<'_, f32>, settings: &Settings) -> Option<&'static str> {
    let values = || picture.iter().step_by(STRIDE).map(|&value| f64::from(value));
    let count = values().count().max(1) as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let is_steered = settings.controls().iter().any(|change| change.steer.control != Control::neutral());
    (variance.sqrt() < FLAT).then_some(if is_steered {
        "The picture is nearly one colour. Steer less: τ nearer to 1, a weaker mask, or a shorter part of the run."
    } else {
        "The picture is nearly one colour. Try more steps, another guidance scale or another seed."
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn flat_pictures_are_told_with_what_may_help() {
        fn check(spread: f32, control: Control, expected: Option<&str>) {
            let value = |y: usize, x: usize| 0.5 + if (y + x).is_multiple_of(2) { spread } else { -spread };
            let picture = Array3::from_shape_fn((3, 8, 9), |(_, y, x)| value(y, x));
            let said = said_of_flat(picture.view(), &Settings { control, ..Settings::default() });
            assert_eq!(said.is_some(), expected.is_some());
            assert!(said.zip(expected).is_none_or(|(said, expected)| said.contains(expected)), "{said:?}");
        }
        check(0.2, Control::neutral(), None);
        check(0.03, Control::our_reading(), None);
        check(0.01, Control::neutral(), Some("another seed"));
        check(0.0, Control::our_reading(), Some("Steer less"));
    }
}
