//! Trying again what may well succeed the next time.

use std::{
    thread,
    time::{Duration, Instant},
};

use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// How often in a row something may fail without getting any further.
const TRIES: u32 = 5;
/// A hub that wants more patience than this is told of at once.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Why something did not succeed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may succeed the next time.
    Passing {
        /// In words, without a full stop.
        reason: String,
        /// How long to wait before that, where the hub has said it.
        wait: Option<Duration>,
    },
    /// It will not.
    Final(Error),
}

impl Trouble {
    /// A lost connection.
    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self::Passing { reason: reason.into(), wait: None }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// How much is borne until something succeeds.
pub(super) struct Patience {
    first_pause: Duration,
    failures: u32,
    reached_bytes: u64,
}

impl Patience {
    /// The first pause is `first_pause` long, each later one twice as long.
    pub(super) fn new(first_pause: Duration) -> Self {
        Self { first_pause, failures: 0, reached_bytes: 0 }
    }

    /// Takes a trouble and returns when it is time to try again. Whatever has come further than before, told by
    /// `reached_bytes`, has all its tries again. `pausing` is called before the pause.
    ///
    /// # Errors
    /// What is final, [`Error::Cancelled`], and [`Error::Input`] with the reason once it has failed too often.
    pub(super) fn bear(
        &mut self,
        trouble: Trouble,
        reached_bytes: u64,
        pausing: impl FnOnce(),
        cancel: &CancelToken,
    ) -> Result<()> {
        let (reason, wait) = match trouble {
            Trouble::Final(error) => return Err(error),
            Trouble::Passing { reason, wait } => (reason, wait),
        };
        self.failures = if reached_bytes > self.reached_bytes { 1 } else { self.failures + 1 };
        self.reached_bytes = self.reached_bytes.max(reached_bytes);
        let wait = wait.unwrap_or(self.first_pause * 2_u32.pow(self.failures - 1));
        if self.failures == TRIES || wait > LONGEST_PAUSE {
            return Err(Error::input(
                format!("The download failed: {reason}."),
                "Check the network and try again later; it goes on from where it was.",
            ));
        }
        pausing();
        pause(wait, cancel)
    }
}

/// Waits, but not when nobody wants the outcome any more.
fn pause(length: Duration, cancel: &CancelToken) -> Result<()> {
    let end = Instant::now() + length;
    loop {
        cancel.check()?;
        match end.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => thread::sleep(left.min(Duration::from_millis(50))),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bears these one after the other, without pauses, each after so many bytes more; gives how many were borne.
    fn borne(troubles: Vec<Trouble>, bytes: u64) -> (Result<()>, usize) {
        let (mut patience, mut pauses) = (Patience::new(Duration::ZERO), 0);
        let cancel = CancelToken::new();
        let outcome = (0..)
            .zip(troubles)
            .try_for_each(|(at, trouble)| patience.bear(trouble, at * bytes, || pauses += 1, &cancel));
        (outcome, pauses)
    }

    fn lost(times: usize) -> Vec<Trouble> {
        (0..times).map(|_| Trouble::lost("the line is dead")).collect()
    }

    #[test]
    fn it_ends_when_nothing_gets_further() {
        let (outcome, pauses) = borne(lost(4), 0);
        assert!(outcome.is_ok() && pauses == 4);
        let (outcome, pauses) = borne(lost(9), 0);
        assert!(outcome.unwrap_err().to_string().contains("the line is dead."));
        assert_eq!(pauses, 4);
    }

    #[test]
    fn whatever_gets_further_may_go_on() {
        let (outcome, pauses) = borne(lost(20), 1);
        assert!(outcome.is_ok() && pauses == 20);
    }

    #[test]
    fn what_is_final_or_takes_too_long_is_told_at_once() {
        let (outcome, pauses) = borne(vec![Trouble::Final(Error::Internal("no".into()))], 0);
        assert!(matches!(outcome, Err(Error::Internal(_))) && pauses == 0);
        let wait = Some(Duration::from_hours(1));
        let (outcome, pauses) = borne(vec![Trouble::Passing { reason: "busy".into(), wait }], 0);
        assert!(matches!(outcome, Err(Error::Input { .. })) && pauses == 0);
    }

    #[test]
    fn cancelling_ends_a_pause() {
        let cancel = CancelToken::new();
        let mut patience = Patience::new(Duration::from_secs(100));
        let outcome = patience.bear(Trouble::lost("cut"), 0, || cancel.cancel(), &cancel);
        assert!(matches!(outcome, Err(Error::Cancelled)));
    }
}
