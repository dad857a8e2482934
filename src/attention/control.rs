//! What a person steers, and what that means at one step.

use serde::{Deserialize, Serialize};

/// The temperatures that make sense (method.md 1).
pub const TAU_RANGE: std::ops::RangeInclusive<f32> = 0.2..=2.0;

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
}

/// The third of the UNet that a layer sits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// A down block.
    Down,
    /// The middle block.
    Mid,
    /// An up block.
    Up,
}

impl Stage {
    /// The stage of a layer by its diffusers path ("down_blocks.1.attentions.0...").
    pub fn of(layer: &str) -> Self {
        match layer {
            name if name.starts_with("down_blocks") => Self::Down,
            name if name.starts_with("up_blocks") => Self::Up,
            _ => Self::Mid,
        }
    }
}

/// Everything a person can steer about attention. The default is neutral: it changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    /// Self-attention temperature (method.md 1): below 1 sharpens, 1 is neutral. Within [`TAU_RANGE`].
    pub tau: f32,
    /// Where `tau` acts.
    pub tau_span: Span,
    /// Structured Diffusion (method.md 4), to compare with: the values of cross-attention come from a text in which
    /// every phrase of the groups means what it means alone. For the whole run; without groups it changes nothing.
    pub structured: bool,
}

impl Default for Control {
    fn default() -> Self {
        Self { tau: 1.0, tau_span: Span::WHOLE, structured: false }
    }
}

impl Control {
    /// Step `index`'s progress in a run of `steps` steps: 0 at the first, 1 at the last (method.md, notation).
    pub fn progress(index: usize, steps: usize) -> f32 {
        index as f32 / steps.saturating_sub(1).max(1) as f32
    }

    /// What the graph is fed with at `progress`, for a prompt whose tokens weigh `token_weight` ([L]).
    pub fn at(&self, progress: f32, token_weight: &[f32]) -> StepControl {
        let tau = if self.tau_span.contains(progress) { self.tau } else { 1.0 };
        StepControl { inverse_temperature: 1.0 / tau, token_weight: token_weight.to_vec() }
    }
}

/// The control of one step, as the rewritten graph takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepControl {
    /// 1/tau of every self-attention layer; 1 is neutral.
    pub inverse_temperature: f32,
    /// Weight of each token of the context, [L]; 1 is neutral.
    pub token_weight: Vec<f32>,
}

impl StepControl {
    /// Changes nothing in a context of `tokens` tokens.
    pub fn neutral(tokens: usize) -> Self {
        Self { inverse_temperature: 1.0, token_weight: vec![1.0; tokens] }
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

    #[test]
    fn tau_acts_in_its_span_only() {
        fn check(step: usize, steps: usize, expected: f32) {
            let control = Control { tau: 0.5, tau_span: Span { start: 0.0, end: 0.5 }, ..Control::default() };
            let step = control.at(Control::progress(step, steps), &[1.0]);
            assert_eq!(step.inverse_temperature, expected);
        }
        check(0, 4, 2.0);
        check(1, 4, 2.0);
        check(2, 4, 1.0);
        check(3, 4, 1.0);
        check(0, 1, 2.0);
    }
}
