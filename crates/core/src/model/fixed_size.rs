//! The sizes that an export with fixed shapes can paint.

use std::fmt;

use serde::Serialize;

/// Width and height of pictures in pixels, each set if the UNet was exported for that length only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FixedSize {
    /// The only width.
    pub width: Option<usize>,
    /// The only height.
    pub height: Option<usize>,
}

impl FixedSize {
    /// Whether any size can be painted.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// The size (width, height) that can be painted in place of this one.
    pub fn applied_to(&self, (width, height): (usize, usize)) -> (usize, usize) {
        (self.width.unwrap_or(width), self.height.unwrap_or(height))
    }

    /// Whether a size (width, height) can be painted.
    pub fn takes(&self, size: (usize, usize)) -> bool {
        self.applied_to(size) == size
    }
}

impl fmt::Display for FixedSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.width, self.height) {
            (Some(width), Some(height)) => write!(f, "{width} x {height} px"),
            (Some(width), None) => write!(f, "{width} px wide"),
            (None, Some(height)) => write!(f, "{height} px high"),
            (None, None) => f.write_str("any size"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_fixed_by_itself() {
        fn check(width: Option<usize>, height: Option<usize>, expected: (usize, usize), text: &str) {
            let fixed = FixedSize { width, height };
            assert_eq!((fixed.applied_to((640, 384)), fixed.to_string().as_str()), (expected, text));
            assert_eq!(fixed.takes((640, 384)), expected == (640, 384));
            assert_eq!(fixed.is_free(), text == "any size");
        }
        check(None, None, (640, 384), "any size");
        check(Some(512), None, (512, 384), "512 px wide");
        check(None, Some(384), (640, 384), "384 px high");
        check(Some(512), Some(512), (512, 512), "512 x 512 px");
    }
}
