//! What became of a check, and how many became what.

use std::ops::AddAssign;

use serde::Serialize;

use crate::statistics::{Interval, wilson};

/// What became of one check of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Met,
    NotMet,
    CannotTell,
    /// The picture is not painted, failed, or the judge did not see it yet.
    NotJudged,
}

impl Answer {
    /// Of a judge's entry: yes, no, "cannot tell", or no entry.
    pub(super) fn of(entry: Option<Option<bool>>) -> Self {
        match entry {
            Some(Some(true)) => Self::Met,
            Some(Some(false)) => Self::NotMet,
            Some(None) => Self::CannotTell,
            None => Self::NotJudged,
        }
    }

    /// Yes or no, if it is either.
    pub(super) fn yes_or_no(self) -> Option<bool> {
        match self {
            Self::Met => Some(true),
            Self::NotMet => Some(false),
            Self::CannotTell | Self::NotJudged => None,
        }
    }
}

/// How many checks became what. None is dropped: all four add up to the checks that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Answered yes.
    pub met: usize,
    /// Answered yes or no.
    pub asked: usize,
    /// Answered "cannot tell".
    pub cannot_tell: usize,
    /// Of pictures that are not painted, failed, or were not seen by the judge yet.
    pub not_judged: usize,
}

impl Counts {
    /// Share of the answered checks that are met, in 0..1.
    pub fn share(self) -> Option<f64> {
        (self.asked > 0).then(|| self.met as f64 / self.asked as f64)
    }

    /// Wilson's 95 % interval of the share.
    pub fn interval(self) -> Option<Interval> {
        wilson(self.met, self.asked)
    }

    /// Whether there is no such check.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(super) fn count(&mut self, answer: Answer) {
        match answer {
            Answer::Met => {
                self.met += 1;
                self.asked += 1;
            }
            Answer::NotMet => self.asked += 1,
            Answer::CannotTell => self.cannot_tell += 1,
            Answer::NotJudged => self.not_judged += 1,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.met += other.met;
        self.asked += other.asked;
        self.cannot_tell += other.cannot_tell;
        self.not_judged += other.not_judged;
    }
}

/// The same checks under two arms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Answered yes or no under both.
    pub(super) asked: usize,
    /// Met under the other arm alone.
    pub(super) better: usize,
    /// Met under the first arm alone.
    pub(super) worse: usize,
}

impl Pairs {
    pub(super) fn count(&mut self, first: Answer, other: Answer) {
        if let (Some(first), Some(other)) = (first.yes_or_no(), other.yes_or_no()) {
            self.asked += 1;
            self.better += usize::from(other && !first);
            self.worse += usize::from(first && !other);
        }
    }
}

impl AddAssign for Pairs {
    fn add_assign(&mut self, other: Self) {
        self.asked += other.asked;
        self.better += other.better;
        self.worse += other.worse;
    }
}
