//! When a control acts.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A part of a run, in progress 0..1: the start belongs to it, the end only if it is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins, 0..1.
    pub start: f32,
    /// Where it ends, 0..1.
    pub end: f32,
}

impl Span {
    /// The whole run.
    pub const WHOLE: Self = Self { start: 0.0, end: 1.0 };

    /// Whether a control with this span acts at `progress`.
    pub fn contains(self, progress: f32) -> bool {
        self.start <= progress && (progress < self.end || self.end >= 1.0)
    }

    /// Checks the ends. `who` begins the sentence about wrong ones: "The mask".
    pub(super) fn validate(self, who: &str) -> Result<()> {
        if 0.0 <= self.start && self.start <= self.end && self.end <= 1.0 {
            return Ok(());
        }
        Err(Error::input(
            format!("{who} cannot act from {} to {}.", self.start, self.end),
            "Both ends lie from 0 to 1, the start before the end.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_their_start_and_not_their_end() {
        fn check(span: (f32, f32), progress: f32, expected: bool) {
            assert_eq!(
                Span { start: span.0, end: span.1 }.contains(progress),
                expected,
                "{span:?} at {progress}"
            );
        }
        check((0.0, 0.5), 0.0, true);
        check((0.0, 0.5), 0.499, true);
        check((0.0, 0.5), 0.5, false);
        check((0.0, 1.0), 1.0, true);
        check((0.3, 1.0), 0.2, false);
        check((0.0, 0.0), 0.0, false);
    }
}
