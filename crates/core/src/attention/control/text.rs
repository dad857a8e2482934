//! Spans, curves and weights as people type them and as other programs' metadata shows them.
//!
//! A span is "0:0.4", a curve "0:1.3,0.5:1.1,1:0.7" (progress:weight), weights are the two curves with a "/" between
//! them, global first, or one number, their amplitude.

use std::{fmt, str::FromStr};

use super::{Curve, CurvePoint, Span, Weights};
use crate::error::{Error, Result};

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.start, self.end)
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (start, end) = pair(text)?;
        let span = Self { start, end };
        span.validate("A control").map(|()| span)
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points: Vec<_> =
            self.points().iter().map(|point| format!("{}:{}", point.progress, point.weight)).collect();
        f.write_str(&points.join(","))
    }
}

impl FromStr for Curve {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let point = |text| pair(text).map(|(progress, weight)| CurvePoint { progress, weight });
        Self::new(text.split(',').map(point).collect::<Result<_>>()?)
    }
}

impl fmt::Display for Weights {
    /// The curves, whether they act or not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.global, self.entity)
    }
}

impl FromStr for Weights {
    type Err = Error;

    /// Weights that act.
    fn from_str(text: &str) -> Result<Self> {
        if let Ok(amplitude) = text.trim().parse() {
            return Self::of_amplitude(amplitude);
        }
        let Some((global, entity)) = text.split_once('/') else {
            return Err(Error::input(
                format!("Weights of \"{text}\" cannot be read."),
                "Give an amplitude such as 0.3, or two curves such as 0:1.3,1:0.7/0:0.7,1:1.3.",
            ));
        };
        let weights = Self { on: true, global: global.parse()?, entity: entity.parse()? };
        weights.validate().map(|()| weights)
    }
}

/// A number alone.
pub(super) fn number(text: &str) -> Result<f32> {
    let Ok(number) = text.trim().parse() else {
        return Err(Error::input(format!("\"{text}\" is not a number."), "Give one such as 0.7."));
    };
    Ok(number)
}

/// Two numbers with a colon between them.
fn pair(text: &str) -> Result<(f32, f32)> {
    let numbers = text.split_once(':').map(|(a, b)| (a.trim().parse(), b.trim().parse()));
    match numbers {
        Some((Ok(a), Ok(b))) => Ok((a, b)),
        _ => Err(Error::input(
            format!("\"{text}\" cannot be read."),
            "Give two numbers with a colon between them, as in 0:0.4.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        fn check(text: &str) {
            assert_eq!(text.parse::<Weights>().unwrap().to_string(), text);
        }
        check("0:1.3,1:0.7/0:0.7,1:1.3");
        check("0:1.5,0.25:1,1:1/0:0,1:4");
        assert_eq!("0:0.4".parse::<Span>().unwrap().to_string(), "0:0.4");
    }

    #[test]
    fn an_amplitude_stands_for_straight_curves() {
        assert_eq!("0.4".parse::<Weights>().unwrap(), Weights::of_amplitude(0.4).unwrap());
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        fn check(text: &str, expected: &str) {
            let message = text.parse::<Weights>().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        check("2", "amplitude of 2");
        check("many", "Weights of \"many\"");
        check("0:1,1:1/0,1", "\"0\" cannot be read");
        check("0:1,0.5:1/0:1,1:2", "end at 1");
        check("0:1,1:2/0:1,1:2", "global words turns back");
        assert!("0.5:0.1".parse::<Span>().is_err() && "0.5".parse::<Span>().is_err());
    }
}
