//! What derived maps are found by.

use super::{super::session::Time, JobId, LayerFilter};

/// A step of a painting, over some of its layers.
pub(in super::super) type StepKey = (JobId, LayerFilter, usize);

/// Which maps of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// As used.
    Used(Time),
    /// Before mask and weights.
    Neutral,
}

/// The maps of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum PartsKey {
    /// As used.
    Used(Time, StepKey),
    /// Before mask and weights, where these acted.
    Neutral(StepKey),
}

impl PartsKey {
    /// The step.
    pub(in super::super) fn of(&self) -> &StepKey {
        match self {
            Self::Used(_, step) | Self::Neutral(step) => step,
        }
    }
}
